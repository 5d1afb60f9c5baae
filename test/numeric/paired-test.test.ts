/** The sign-flip test: all signs of a few pairs, what is symmetric, and what is refused. */
import { expect, test } from "vitest";
import { pairedTest } from "../../src/numeric/paired-test.ts";

/** All assignments of signs, one by one. */
function shareAsFar(differences: readonly number[]): number {
  const observed = Math.abs(differences.reduce((a, b) => a + b, 0));
  let hits = 0;
  for (let code = 0; code < 2 ** differences.length; code++) {
    const total = differences.reduce((sum, one, i) => sum + ((code >> i) & 1 ? one : -one), 0);
    if (Math.abs(total) >= observed - 1e-12) hits++;
  }
  return hits / 2 ** differences.length;
}

test("p is the share of all assignments of signs that are as far from zero", () => {
  for (const differences of [
    [1],
    [1, 2, 3],
    [0.1, -0.2, 0.3, 0.4],
    [1, -1],
    [0.03, 0.01, 0.02, 0.02, -0.01, 0.05, 0.04],
  ]) {
    expect(pairedTest(differences).p).toBe(shareAsFar(differences));
  }
  // All twenty the same way: the two extremes of 2^20.
  expect(pairedTest(Array.from({ length: 20 }, (_, i) => 1 + i / 7)).p).toBe(2 / 2 ** 20);
});

test("mean, deviation and effect; none where all differences are equal", () => {
  const { count, mean, deviation, effect } = pairedTest([1, 2, 3, 6]);
  expect([count, mean]).toEqual([4, 3]);
  expect(deviation).toBeCloseTo(Math.sqrt(14 / 3), 12);
  expect(effect).toBeCloseTo(3 / Math.sqrt(14 / 3), 12);
  expect(pairedTest([2, 2]).effect).toBe(null);
  expect(pairedTest([-1, -2, -3]).p).toBe(pairedTest([1, 2, 3]).p);
});

test("beyond twenty pairs signs are drawn, by the seed, to about the same p", () => {
  const some = Array.from({ length: 21 }, (_, i) => (i % 3 === 0 ? -0.6 : 0.5));
  const { p } = pairedTest(some);
  expect(pairedTest(some).p).toBe(p);
  // A sum is known by how many of the 7 and of the 14 turn: 2^21 assignments, counted by binomial numbers.
  const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k);
  const observed = Math.abs(14 * 0.5 - 7 * 0.6);
  let far = 0;
  for (let a = 0; a <= 7; a++) {
    for (let b = 0; b <= 14; b++) {
      const total = 0.5 * (14 - 2 * b) - 0.6 * (7 - 2 * a);
      if (Math.abs(total) >= observed - 1e-9) far += choose(7, a) * choose(14, b);
    }
  }
  // Five deviations of a share of 100,000.
  expect(Math.abs(p - far / 2 ** 21)).toBeLessThan(5 * Math.sqrt(0.25 / 1e5));
});

test("refuses none, and what is no number", () => {
  expect(() => pairedTest([])).toThrow("differences: expected at least one pair, got none");
  expect(() => pairedTest([Number.NaN])).toThrow(/differences/);
  expect(() => pairedTest("12" as never)).toThrow('differences: expected an array of numbers, got "12"');
});
