/** The L1 attack where the smallest change is known: linear models in a box. */
import { describe, expect, test } from "vitest";
import "../../../src/index.ts";
import { minimalAttack } from "../../../src/attacks/index.ts";
import { l1ToHalfSpace } from "../../oracle/half-space-sparse.ts";
import { U32 } from "../../support/bounds.ts";
import { HALF_SPACE_CASES, IMAGES, QUESTIONS } from "../../support/half-space-cases.ts";

/** A run ends after four steps that shorten the change by less than 1e-5 of it each. */
const END = 4e-5;

for (const { title, lower, upper, rows, target, problem, aim, size, largest } of HALF_SPACE_CASES) {
  describe(title, () => {
    for (const [question, asked] of QUESTIONS) {
      test(`${question}: the distance is between the exact ones to the boundary and to the aim`, async () => {
        const found = await minimalAttack(target, { rows, ...asked, norm: "l1", evaluations: 40, lower, upper });
        expect([...found.success]).toEqual(new Array(IMAGES).fill(1));
        expect([...found.labels]).toEqual(new Array(IMAGES).fill(1));
        for (let r = 0; r < IMAGES; r++) {
          // Scores round to f32 (2 u size), the gradient and the point too: its reach errs by as much again for each.
          const least = l1ToHalfSpace(problem(r), -2 * U32 * size);
          const most = l1ToHalfSpace(problem(r), aim(r) + 6 * U32 * size);
          expect(least).toBeGreaterThan(0);
          expect(found.distance[r]).toBeGreaterThanOrEqual(least);
          // Each feature rounds to f32, and what is at most a millionth of the box counts as none.
          const rounding = (found.rows.length / IMAGES) * (U32 * largest + 1e-6 * (upper - lower));
          expect(found.distance[r]).toBeLessThanOrEqual(most * (1 + END) + rounding);
        }
        expect(found.rows.every((v) => v >= lower && v <= upper)).toBe(true);
      });
    }
  });
}
