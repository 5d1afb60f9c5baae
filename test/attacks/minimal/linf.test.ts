/** The L-infinity attack where the smallest change is known: linear models in a box. */
import { describe, expect, test } from "vitest";
import "../../../src/index.ts";
import { minimalAttack } from "../../../src/attacks/index.ts";
import { linfToHalfSpace } from "../../oracle/half-space-linf.ts";
import { U32 } from "../../support/bounds.ts";
import { HALF_SPACE_CASES, IMAGES, QUESTIONS } from "../../support/half-space-cases.ts";

for (const { title, lower, upper, rows, target, problem, aim, size, largest } of HALF_SPACE_CASES) {
  describe(title, () => {
    for (const [question, asked] of QUESTIONS) {
      test(`${question}: the distance is between the exact ones to the boundary and to the aim`, async () => {
        const found = await minimalAttack(target, { rows, ...asked, norm: "linf", evaluations: 20, lower, upper });
        expect([...found.success]).toEqual(new Array(IMAGES).fill(1));
        expect([...found.labels]).toEqual(new Array(IMAGES).fill(1));
        for (let r = 0; r < IMAGES; r++) {
          // Scores round to f32 (2 u size), the gradient and the point too: its reach errs by as much again for each.
          const least = linfToHalfSpace(problem(r), -2 * U32 * size);
          const most = linfToHalfSpace(problem(r), aim(r) + 6 * U32 * size);
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
