/** The soft objective of a label: what it is, below its margin, and its gradient. */
import { expect, test } from "vitest";
import { answers, objectiveValue } from "../../../src/attacks/criterion.ts";
import { U64 } from "../../support/bounds.ts";

const SCORES = Float32Array.of(1.5, -0.25, 1.25, 0.5, -3);
const LABEL = 3;

for (const sharpness of [1, 5, 50]) {
  const [hard] = answers(LABEL).objectives(SCORES);
  const soft = hard?.soften?.(sharpness);
  if (!hard || !soft) throw new Error("a label has an objective, and that has a soft one");
  const others = [...SCORES].filter((_, k) => k !== LABEL);
  const exact = (scores: readonly number[], own: number) =>
    own - Math.log(scores.reduce((sum, z) => sum + Math.exp(sharpness * z), 0)) / sharpness;

  test(`sharpness ${sharpness}: it is the score minus the soft maximum of the others, at most ln 4 / sharpness below`, () => {
    const value = objectiveValue(soft, SCORES);
    // The exponential and the logarithm are within 2^-42, of magnitudes below 8.
    expect(Math.abs(value - exact(others, SCORES[LABEL] as number))).toBeLessThan(8 * (2 ** -40 + 16 * U64));
    const margin = answers(LABEL).margin(SCORES);
    expect(value).toBeLessThanOrEqual(margin);
    expect(value).toBeGreaterThanOrEqual(margin - Math.log(4) / sharpness - 2 ** -40);
  });

  test(`sharpness ${sharpness}: its weights are its slopes`, () => {
    const weights = soft.weigh(SCORES);
    const h = 2 ** -10;
    for (let k = 0; k < SCORES.length; k++) {
      const moved = (by: number) =>
        objectiveValue(
          soft,
          SCORES.map((z, j) => (j === k ? z + by : z)),
        );
      const slope = (moved(h) - moved(-h)) / (2 * h);
      // Central differences of a function whose third derivative is at most sharpness^2.
      expect(Math.abs(slope - (weights[k] as number))).toBeLessThan((sharpness * h) ** 2 / 6 + 2 ** -28);
    }
  });
}
