/** The model resists small pushes: as far as attacks find, and as far as certificates prove. */
import { loadMnist, loadNetwork } from "blindspot/node";
import { toResist } from "blindspot/vitest";
import { expect, test } from "vitest";

expect.extend({ toResist });

const network = await loadNetwork(process.env.MODEL ?? "fc100-100-10");
const mnist = await loadMnist("test");
const count = Number(process.env.COUNT ?? 50);
const rows = mnist.rows.slice(0, count * network.inputSize);
const truth = mnist.labels.slice(0, count);

test("a push of two grey levels changes at most one answer in ten", async () => {
  await expect(network).toResist({ rows, truth, norm: "linf", epsilon: 2 / 255, share: 0.9 });
}, 300_000);

test("half of the answers are proved to stay", async () => {
  await expect(network).toResist({ rows, truth, norm: "linf", epsilon: 2 / 255, share: 0.5, proved: true });
}, 300_000);
