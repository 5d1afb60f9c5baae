import { describe, expect, test } from "vitest";
import { seedInterval, wilsonInterval } from "../../src/analysis/index.ts";
import { messageOf } from "../message-of.ts";

describe("wilsonInterval", () => {
  // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, 1998, table I, method 3.
  for (const [successes, count, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const) {
    test(`is Newcombe's for ${successes} of ${count}, to four decimals`, () => {
      const found = wilsonInterval(successes, count);
      expect([found.low, found.high].map((p) => Number(p.toFixed(4)))).toEqual([low, high]);
    });
  }

  test("its ends are the rates from which the sample is z standard deviations away", () => {
    for (const [successes, count, z] of [
      [3, 10, 1.96],
      [999, 1000, 1],
      [128, 256, 3],
    ] as const) {
      const { low, high } = wilsonInterval(successes, count, z);
      for (const p of [low, high]) {
        const deviation = Math.abs(successes / count - p) / Math.sqrt((p * (1 - p)) / count);
        expect(Math.abs(deviation - z)).toBeLessThan(1e-9);
      }
    }
  });

  test("ends at 0 and 1 exactly, and mirrors", () => {
    for (const count of [1, 3, 7, 256, 1000]) {
      const [none, all] = [wilsonInterval(0, count), wilsonInterval(count, count)];
      expect([none.low, all.high]).toEqual([0, 1]);
      expect(all.low).toBeCloseTo(1 - none.high, 14);
    }
  });

  test("refuses what is no count", () => {
    expect(messageOf(() => wilsonInterval(0, 0))).toBe("count: expected a whole number >= 1, got 0");
    expect(messageOf(() => wilsonInterval(3, 2))).toBe("successes: expected a whole number in [0, 2], got 3");
    expect(messageOf(() => wilsonInterval(1, 2, -1))).toBe("z: expected a finite number >= 0, got -1");
  });
});

describe("seedInterval", () => {
  test("is mean -+ t s / sqrt(n): the lengths of Student's table for 1, 2, 4 and 30 degrees of freedom", () => {
    // scipy.stats.t.ppf(0.975, n - 1)
    for (const [n, t] of [
      [2, 12.706204736174694],
      [3, 4.302652729749462],
      [5, 2.7764451051977934],
      [31, 2.0422724563012378],
      [32, 2.039513446396408],
      [101, 1.9839715185235518],
    ] as const) {
      const values = Array.from({ length: n }, (_, i) => (i * 7) % n);
      const { count, mean, min, max, low, high } = seedInterval(values);
      expect([count, mean, min, max]).toEqual([n, (n - 1) / 2, 0, n - 1]);
      // The variance of 0, 1, ..., n - 1 with n - 1 below is n (n + 1) / 12.
      const half = t * Math.sqrt((n + 1) / 12);
      // Half a unit of the table's fourth decimal; the expansion is closer.
      expect(Math.abs((high as number) - mean - half) / half, `${n} values`).toBeLessThan(0.5e-4 / t);
      expect((low as number) + (high as number)).toBeCloseTo(2 * mean, 9);
    }
  });

  test("says nothing of spread from one seed, and none from equal ones", () => {
    expect(seedInterval([0.25])).toEqual({ count: 1, mean: 0.25, min: 0.25, max: 0.25, low: null, high: null });
    expect(seedInterval([0.25, 0.25])).toEqual({ count: 2, mean: 0.25, min: 0.25, max: 0.25, low: 0.25, high: 0.25 });
  });

  test("refuses no seed, and what is no number", () => {
    expect(messageOf(() => seedInterval([]))).toBe("values: expected at least one, one a seed, got none");
    expect(messageOf(() => seedInterval([1, Number.NaN]))).toBe("values[1]: expected a finite number, got NaN");
  });
});
