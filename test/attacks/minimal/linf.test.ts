/** The L-infinity attack where the smallest change is known: linear models in a box. */
import { describe, expect, test } from "vitest";
import "../../../src/index.ts";
import { minimalAttack } from "../../../src/attacks/index.ts";
import type { HalfSpaceProblem } from "../../oracle/half-space.ts";
import { linfToHalfSpace } from "../../oracle/half-space-linf.ts";
import { U32 } from "../../support/bounds.ts";
import { noise32, noise64 } from "../../support/noise.ts";
import { linearScoreTarget } from "../../support/score-targets.ts";

const IMAGES = 6;
/** The lead that a search aims for is at most this: twice 5e-5. */
const AIM = 1e-4;

const CASES = [
  { title: "16 inputs, no bound active", n: 16, lower: -64, upper: 64, share: 0.02 },
  { title: "16 inputs, some bounds active", n: 16, lower: 0, upper: 1, share: 0.3 },
  { title: "21 inputs (not whole vectors of 8), most bounds active", n: 21, lower: 0, upper: 1, share: 0.8 },
  { title: "10 inputs in another box", n: 10, lower: -0.5, upper: 0.25, share: 0.5 },
  { title: "16 inputs in [0, 255]", n: 16, lower: 0, upper: 255, share: 0.3 },
  { title: "a single input", n: 1, lower: -8, upper: 8, share: 0.5 },
];

for (const { title, n, lower, upper, share } of CASES) {
  describe(title, () => {
    const weights = [1, 2].map((seed) => Array.from(noise64(n, seed))) as [number[], number[]];
    const w = weights[1].map((v, i) => v - (weights[0][i] as number));
    const middle = (lower + upper) / 2;
    const rows = noise32(IMAGES * n, 3, (upper - lower) / 4).map((v) => v + middle);
    const dot = (row: ArrayLike<number>) => w.reduce((sum, v, i) => sum + v * (row[i] as number), 0);
    const furthest = Math.max(...Array.from({ length: IMAGES }, (_, r) => dot(rows.subarray(r * n, (r + 1) * n))));
    const last = w.reduce((sum, v) => sum + Math.max(v * lower, v * upper), 0);
    const bias = -(furthest + share * (last - furthest));
    const target = linearScoreTarget(weights, [0, bias]);
    const problem = (r: number): HalfSpaceProblem => {
      return { x: rows.subarray(r * n, (r + 1) * n), w, b: bias, lower, upper };
    };
    const largest = Math.max(Math.abs(lower), Math.abs(upper));
    /** What the scores and the terms of their sums are at most. */
    const size = [...weights[0], ...weights[1]].reduce((sum, v) => sum + Math.abs(v), 0) * largest + Math.abs(bias);

    for (const [question, asked] of [
      ["any other label", { truth: new Array(IMAGES).fill(0) }],
      ["a label", { labels: new Array(IMAGES).fill(1) }],
    ] as const) {
      test(`${question}: the distance is between the exact ones to the boundary and to the aim`, async () => {
        const found = await minimalAttack(target, { rows, ...asked, norm: "linf", evaluations: 20, lower, upper });
        expect([...found.success]).toEqual(new Array(IMAGES).fill(1));
        expect([...found.labels]).toEqual(new Array(IMAGES).fill(1));
        for (let r = 0; r < IMAGES; r++) {
          // Scores round to f32 (2 u size), the gradient and the point too: its reach errs by as much again for each.
          const least = linfToHalfSpace(problem(r), -2 * U32 * size);
          const most = linfToHalfSpace(problem(r), AIM + 6 * U32 * size);
          expect(least).toBeGreaterThan(0);
          expect(found.distance[r]).toBeGreaterThanOrEqual(least);
          // The point itself rounds to f32.
          expect(found.distance[r]).toBeLessThanOrEqual(most + U32 * largest);
        }
        expect(found.rows.every((v) => v >= lower && v <= upper)).toBe(true);
      });
    }
  });
}
