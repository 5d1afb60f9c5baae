/**
 * The L1 and L0 attacks on a real network, beside the smallest change that any of several other attacks found for each image.
 * Every success is judged by the network in f64.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { minimalAttack } from "../../../src/attacks/index.ts";
import { loadMnist, loadNetwork } from "../../../src/node/index.ts";
import { forward, toLogits } from "../../oracle/network.ts";
import { rowOf, stepsOf } from "../../support/network-steps.ts";
import { fc100 } from "../../support/reference.ts";

interface Peers {
  /** Positions in the MNIST test set. */
  index: number[];
  /** The smallest change found by any peer. */
  envelope_l1: number[];
  envelope_l0: number[];
}

const GOALS = [
  { question: "untargeted", norm: "l1", evaluations: 80, ratio: 0.973, worst: 1.03 },
  { question: "untargeted", norm: "l0", evaluations: 200, ratio: 0.953, worst: 1.2 },
  { question: "targeted", norm: "l1", evaluations: 150, ratio: 1.002, worst: 1.15 },
] as const;

describe.skipIf(!fc100.isThere)(`fc100${fc100.note}`, () => {
  for (const { question, norm, evaluations, ratio, worst } of GOALS) {
    test(`${question} ${norm}, ${evaluations} evaluations: ${ratio} of the best peer on average, and no image above ${worst}`, async () => {
      const network = await loadNetwork(fc100.folder);
      const peers = JSON.parse(readFileSync(join(fc100.folder, "peers-norms.json"), "utf8")) as Record<string, Peers>;
      const { index, ...best } = peers[question] as Peers;
      const data = await loadMnist("test");
      const rows = new Float32Array(index.length * 784);
      for (const [i, image] of index.entries()) rows.set(rowOf(data.rows, image, 784), i * 784);
      const truth = index.map((image) => data.labels[image] as number);
      const labels = truth.map((label) => (label + 1) % 10);
      const asked = question === "targeted" ? { truth, labels } : { truth };
      const found = await minimalAttack(network, { rows, ...asked, norm, evaluations });

      expect(index).toHaveLength(100);
      expect(found.stop).toEqual(new Array(100).fill("found"));
      expect(Math.max(...found.evaluations)).toBeLessThanOrEqual(evaluations);
      const ratios = best[`envelope_${norm}`].map((length, i) => (found.distance[i] as number) / length);
      expect(ratios.reduce((sum, r) => sum + r, 0) / 100).toBeLessThanOrEqual(ratio);
      expect(Math.max(...ratios)).toBeLessThanOrEqual(worst);

      const steps = toLogits(stepsOf(network).steps, 10);
      for (const [i, label] of truth.entries()) {
        const row = rowOf(found.rows, i, 784);
        const logits = forward(steps, row).at(-1) as Float64Array;
        const wanted = question === "targeted" ? labels[i] : logits.indexOf(Math.max(...logits));
        expect(logits.indexOf(Math.max(...logits))).toBe(wanted);
        expect(wanted).not.toBe(label);
        const changes = Array.from(row, (v, k) => Math.abs(v - (rows[i * 784 + k] as number)));
        const length = norm === "l1" ? changes.reduce((sum, r) => sum + r, 0) : changes.filter((r) => r !== 0).length;
        expect(found.distance[i]).toBe(length);
      }
    });
  }
});

const smallcnn = join(fc100.folder, "..", "smallcnn");

describe.skipIf(!existsSync(smallcnn))("SmallCNN of robust training, where slopes mislead", () => {
  test("untargeted l0, 150 evaluations: 1.02 of the best peer on average", async () => {
    const network = await loadNetwork(join(smallcnn, "ddn"));
    const peers = JSON.parse(readFileSync(join(smallcnn, "peers-norms.json"), "utf8")) as Peers;
    const data = await loadMnist("test");
    const rows = new Float32Array(peers.index.length * 784);
    for (const [i, image] of peers.index.entries()) rows.set(rowOf(data.rows, image, 784), i * 784);
    const truth = peers.index.map((image) => data.labels[image] as number);
    const found = await minimalAttack(network, { rows, truth, norm: "l0", evaluations: 150 });
    expect(found.stop).toEqual(new Array(20).fill("found"));
    const ratios = peers.envelope_l0.map((length, i) => (found.distance[i] as number) / length);
    expect(ratios.reduce((sum, r) => sum + r, 0) / 20).toBeLessThanOrEqual(1.02);
  });
});
