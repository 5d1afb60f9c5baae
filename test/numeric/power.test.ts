import { expect, test } from "vitest";
import { power } from "../../src/numeric/power.ts";

test("powers hold what Math.pow says", () => {
  for (const [x, y] of [
    [2, -0.75],
    [0.4285714, 1.75],
    [1e-6, 0.5],
    [1000, -3],
    [1, 7],
    [3, 0],
  ] as const) {
    const { lower, upper } = power(x, y);
    expect(lower).toBeLessThanOrEqual(x ** y);
    expect(upper).toBeGreaterThanOrEqual(x ** y);
  }
});
