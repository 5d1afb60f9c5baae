/** L1 and L0 with frozen features, groups and levels: linear models whose smallest change is counted, and a real network. */
import { describe, expect, test } from "vitest";
import "../../../src/index.ts";
import { quantize } from "../../../src/analysis/index.ts";
import { minimalAttack } from "../../../src/attacks/index.ts";
import { lengthIn } from "../../../src/attacks/minimal/norm.ts";
import { predictedClasses } from "../../../src/model/index.ts";
import { loadMnist, loadNetwork } from "../../../src/node/index.ts";
import { linearScoreTarget } from "../../support/score-targets.ts";

/** z_1 - z_0 = <w, x> + b: at 0 it is b, and each feature may add its weight. */
const linear = (w: number[], b: number) => linearScoreTarget([w.map(() => 0), w], [0, b]);

describe("a linear model", () => {
  const w = [4, 3, 2, 1, 0.5, 0.25];
  const asked = { rows: new Float32Array(6), truth: [0], evaluations: 100 };
  // 5.5 is 4 + half of 3; without the first feature it is 3 + 2 + half of 1.
  for (const [norm, free, frozen] of [
    ["l0", 2, 3],
    ["l1", 1.5, 2.5],
  ] as const) {
    test(`${norm}: the smallest change without frozen features`, async () => {
      for (const [options, least] of [
        [{}, free],
        [{ frozen: [0] }, frozen],
      ] as const) {
        const found = await minimalAttack(linear(w, -5.5), { ...asked, norm, ...options });
        expect(found.stop).toEqual(["found"]);
        if ("frozen" in options) expect(found.rows[0]).toBe(0);
        // An aim of 1e-4 over the least slope in use, and what a run in L1 leaves when it ends.
        expect(found.distance[0]).toBeGreaterThanOrEqual(least - 1e-6);
        expect(found.distance[0]).toBeLessThanOrEqual(least * (1 + 4e-5) + 1e-4);
      }
    });

    test(`${norm}: on 256 levels no more than the step that the last feature needs`, async () => {
      const found = await minimalAttack(linear(w, -5.5), { ...asked, norm, levels: 256 });
      expect(found.stop).toEqual(["found"]);
      expect(quantize(found.rows, 256)).toEqual(found.rows);
      // Half of 3 is reached at 128 of 255 levels.
      expect(found.distance[0]).toBeCloseTo(norm === "l0" ? 2 : 1 + 128 / 255, 6);
    });

    test(`${norm}: groups change by one choice each, the one that gains most`, async () => {
      const rows = Float32Array.from([1, 0, 0, 1, 0, 0]);
      // From choice 0 the first group gains 1 or 3, the second 0.5 or 2: 2.5 is reached by the first alone, 4 by both.
      const model = (b: number) => linear([0, 1, 3, 0, 0.5, 2], b);
      const groups = [
        [0, 1, 2],
        [3, 4, 5],
      ];
      const one = await minimalAttack(model(-2.5), { ...asked, rows, norm, groups });
      expect([...one.rows]).toEqual([0, 0, 1, 1, 0, 0]);
      expect(one.distance[0]).toBe(2);
      const both = await minimalAttack(model(-4), { ...asked, rows, norm, groups });
      expect([...both.rows]).toEqual([0, 0, 1, 0, 0, 1]);
      expect(both.distance[0]).toBe(4);
    });
  }
});

describe("fc100-100-10", () => {
  for (const norm of ["l1", "l0"] as const) {
    test(`${norm}: frozen borders and 8-bit levels hold, and every success is one`, async () => {
      const network = await loadNetwork("fc100-100-10");
      const mnist = await loadMnist("test");
      const rows = mnist.rows.slice(0, 4 * 784);
      const truth = predictedClasses(network.predict(rows), 10);
      const frozen = Array.from({ length: 784 }, (_, i) => i).filter((i) => i % 28 < 6 || i % 28 > 21);
      const found = await minimalAttack(network, { rows, truth, norm, frozen, levels: 256, evaluations: 300 });
      expect(found.stop).toEqual(new Array(4).fill("found"));
      expect(quantize(found.rows, 256)).toEqual(found.rows);
      const again = predictedClasses(network.predict(found.rows), 10);
      for (let r = 0; r < 4; r++) {
        const [image, row] = [rows, found.rows].map((all) => all.subarray(r * 784, (r + 1) * 784)) as [
          Float32Array,
          Float32Array,
        ];
        expect(again[r]).not.toBe(truth[r]);
        expect(frozen.every((i) => image[i] === row[i])).toBe(true);
        expect(found.distance[r]).toBe(lengthIn(norm, image, row));
      }
    });
  }
});
