/** The attack on a real model, beside what other attacks reach on the same images. */
import { describe, expect, test } from "vitest";
import { lbfgsAttack, targetLabels } from "../../src/attacks/index.ts";
import { loadMnist, loadNetwork } from "../../src/node/index.ts";
import { rowOf } from "../support/network-steps.ts";
import { fc100, readReference } from "../support/reference.ts";

describe.skipIf(!fc100.isThere)(`fc100${fc100.note}`, () => {
  test("200 of 200 images reach (true + 1) mod 10 at a mean L2 of at most 1.3515, within 26 evaluations an image", async () => {
    const network = await loadNetwork(fc100.folder);
    const { index, methods } = readReference();
    const data = await loadMnist("test");
    const rows = new Float32Array(index.length * 784);
    index.forEach((image, i) => {
      rows.set(rowOf(data.rows, image, 784), i * 784);
    });
    const truth = index.map((image) => data.labels[image] as number);
    const found = await lbfgsAttack(network, { rows, labels: targetLabels("next", truth, { classes: 10 }), truth });

    expect(index).toHaveLength(200);
    expect(found.success.reduce((sum, success) => sum + success, 0)).toBe(200);
    const l2 = Array.from(found.distortion, (distortion) => distortion * 28);
    const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;
    expect(mean(l2)).toBeLessThanOrEqual(1.3515);
    expect(mean(found.evaluations)).toBeLessThanOrEqual(26);
    // Within reach of every method for every image: no answer is an outlier.
    const all = Object.values(methods).map((method) => method.l2);
    expect(all.length).toBeGreaterThan(0);
    l2.forEach((own, i) => {
      expect(own).toBeGreaterThan(0.5 * Math.min(...all.map((other) => other[i] as number)));
      expect(own).toBeLessThan(2 * Math.max(...all.map((other) => other[i] as number)));
    });
  });
});
