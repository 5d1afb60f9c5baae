/** The L2 attack where the smallest change is known: linear models in a box, two classes or three. */
import { describe, expect, test } from "vitest";
import "../../../src/index.ts";
import { minimalAttack } from "../../../src/attacks/index.ts";
import { nearestInHalfSpace } from "../../oracle/half-space.ts";
import { U32 } from "../../support/bounds.ts";
import { HALF_SPACE_CASES, IMAGES, QUESTIONS } from "../../support/half-space-cases.ts";
import { noise32, noise64 } from "../../support/noise.ts";
import { linearScoreTarget } from "../../support/score-targets.ts";

for (const { title, lower, upper, rows, target, problem, aim, size, largest } of HALF_SPACE_CASES) {
  describe(title, () => {
    for (const [question, asked] of QUESTIONS) {
      test(`${question}: the distance is between the exact ones to the boundary and to the aim`, async () => {
        const found = await minimalAttack(target, { rows, ...asked, norm: "l2", evaluations: 40, lower, upper });
        expect([...found.success]).toEqual(new Array(IMAGES).fill(1));
        for (let r = 0; r < IMAGES; r++) {
          // Scores round to f32 (2 u size), the gradient and the point too: its reach errs by as much again for each.
          const least = nearestInHalfSpace(problem(r), -2 * U32 * size).distance;
          const most = nearestInHalfSpace(problem(r), aim(r) + 6 * U32 * size).distance;
          expect(least).toBeGreaterThan(0);
          expect(found.distance[r]).toBeGreaterThanOrEqual(least);
          // The point itself rounds to f32, each component by u times its size.
          expect(found.distance[r]).toBeLessThanOrEqual(most + U32 * largest * Math.sqrt(rows.length / IMAGES));
        }
        expect(found.rows.every((v) => v >= lower && v <= upper)).toBe(true);
      });
    }
  });
}

describe("a label with two rivals", () => {
  const n = 24;
  // The way to label 2 leads along the edge where 0 and 1 are equal: the largest of two scores has its kink there.
  const [a, b] = [noise64(n, 5), noise64(n, 6)];
  const weights = [Array.from(a), Array.from(b), Array.from(a, (v, i) => -2 * (v + (b[i] as number)))];
  const target = linearScoreTarget(weights, [4, 4, -6]);
  const rows = noise32(IMAGES * n, 7, 0.2);

  for (const norm of ["l2", "linf"] as const) {
    test(`${norm}: the change ends where a longer search ends, within 0.2 percent`, async () => {
      const options = { rows, labels: new Array(IMAGES).fill(2), norm, lower: -8, upper: 8 } as const;
      const found = await minimalAttack(target, { ...options, evaluations: 100 });
      const longer = await minimalAttack(target, { ...options, evaluations: 3000 });
      expect([...found.success]).toEqual(new Array(IMAGES).fill(1));
      for (let r = 0; r < IMAGES; r++) {
        expect(found.distance[r]).toBeLessThanOrEqual((longer.distance[r] as number) * 1.002);
      }
    });
  }
});
