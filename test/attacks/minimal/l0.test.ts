/** The L0 attack where the fewest features are known: linear models in a box, and one whose slopes mislead. */
import { describe, expect, test } from "vitest";
import "../../../src/index.ts";
import { minimalAttack } from "../../../src/attacks/index.ts";
import { l0ToHalfSpace } from "../../oracle/half-space-sparse.ts";
import { HALF_SPACE_CASES, IMAGES, QUESTIONS } from "../../support/half-space-cases.ts";
import { scoreTargetOf } from "../../support/score-targets.ts";

for (const { title, lower, upper, rows, target, problem, aim } of HALF_SPACE_CASES) {
  describe(title, () => {
    for (const [question, asked] of QUESTIONS) {
      test(`${question}: the fewest features, counted exactly`, async () => {
        const found = await minimalAttack(target, { rows, ...asked, norm: "l0", evaluations: 150, lower, upper });
        expect([...found.success]).toEqual(new Array(IMAGES).fill(1));
        const n = rows.length / IMAGES;
        for (let r = 0; r < IMAGES; r++) {
          const least = l0ToHalfSpace(problem(r), 0);
          // With this margin the number is the same, so the lead cannot be what decides.
          expect(l0ToHalfSpace(problem(r), aim(r))).toBe(least);
          expect(found.distance[r]).toBe(least);
          const changed = Array.from({ length: n }, (_, i) => found.rows[r * n + i] !== rows[r * n + i]);
          expect(changed.filter(Boolean)).toHaveLength(least);
        }
        expect(found.rows.every((v) => v >= lower && v <= upper)).toBe(true);
      });
    }
  });
}

test("it leaves the support that the slopes at the image lead to, where another is smaller", async () => {
  // z_1 - z_0 = <w, x> + 6 ab - 6, with a and b the last two features. From 0 the first three have the largest slopes, and
  // it takes all three: 2.6 + 2.4 + 2.2 = 7.2. But a and b alone come to 0.5 + 0.5 + 6 = 7.
  const weights = [2.6, 2.4, 2.2, 0.5, 0.5];
  const target = scoreTargetOf(5, 2, (row) => {
    const [a, b] = [row[3] as number, row[4] as number];
    const linear = weights.reduce((sum, w, i) => sum + w * (row[i] as number), 0);
    const slope = weights.map((w, i) => w + (i === 3 ? 6 * b : i === 4 ? 6 * a : 0));
    return { logits: [0, linear + 6 * a * b - 6], jacobian: [weights.map(() => 0), slope] };
  });
  const found = await minimalAttack(target, { rows: new Float32Array(5), truth: [0], norm: "l0", evaluations: 100 });
  expect(found.distance[0]).toBe(2);
  expect([...found.rows.subarray(0, 3)]).toEqual([0, 0, 0]);
});
