import { expect, test } from "vitest";
import { exponential } from "../../src/numeric/exponential.ts";
import { Random } from "../../src/numeric/random.ts";

test("exponential is within 2^-42 of Math.exp for |x| < 700, and within 2^-51 where |x| < ln(2) / 2", () => {
  const random = new Random(6);
  for (let i = 0; i < 20000; i++) {
    const wide = 1400 * (random.uniform(2 * i) - 0.5);
    const near = Math.LN2 * (random.uniform(2 * i + 1) - 0.5);
    // Math.exp's own error is below 2^-52.
    expect(Math.abs(exponential(wide) / Math.exp(wide) - 1)).toBeLessThanOrEqual(2 ** -42);
    expect(Math.abs(exponential(near) / Math.exp(near) - 1)).toBeLessThanOrEqual(2 ** -51);
  }
  expect(exponential(0)).toBe(1);
});
