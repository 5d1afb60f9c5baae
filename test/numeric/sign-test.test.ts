import { expect, test } from "vitest";
import { fairTail, medianInterval, pairedShareInterval, signTest } from "../../src/numeric/sign-test.ts";

/** P(at most k heads of n) to the last bit but for one division. */
function exactTail(k: number, n: number): number {
  let [coefficient, sum] = [1n, 0n];
  for (let i = 0; i <= k; i++) {
    sum += coefficient;
    coefficient = (coefficient * BigInt(n - i)) / BigInt(i + 1);
  }
  // 64 bits of the quotient, of which a double takes 53.
  const scaled = (sum << 1100n) >> BigInt(n);
  const digits = scaled.toString(2).length;
  const shift = Math.max(0, digits - 64);
  return Number(scaled >> BigInt(shift)) * 2 ** (shift - 1100);
}

test("the tail of a fair coin is that of whole numbers, from one throw to a thousand", () => {
  let cases = 0;
  for (const n of [1, 2, 3, 5, 10, 31, 100, 401, 1000]) {
    for (const k of [0, 1, 2, n >> 2, (n >> 1) - 1, n >> 1, (n >> 1) + 1, n - 1, n]) {
      if (k < 0 || k > n) continue;
      const exact = exactTail(k, n);
      expect(Math.abs(fairTail(k, n) - exact), `${k} of ${n}`).toBeLessThanOrEqual(1e-10 * exact);
      cases++;
    }
  }
  expect(cases).toBeGreaterThan(60);
  expect(fairTail(-1, 5)).toBe(0);
  // Below the least number there is 0, never NaN.
  expect(fairTail(3, 5000)).toBe(0);
  expect(fairTail(500_000, 1_000_000)).toBeGreaterThan(0.5);
});

test("the sign test is two-sided, symmetric, and 1 where nothing differs", () => {
  expect(signTest(0, 0)).toBe(1);
  expect(signTest(3, 3)).toBe(1);
  // 2 (1 + 10) / 2^10
  expect(signTest(9, 1)).toBeCloseTo(22 / 1024, 14);
  expect(signTest(1, 9)).toBe(signTest(9, 1));
  expect(signTest(0, 5)).toBeCloseTo(1 / 16, 14);
  expect(() => signTest(-1, 2)).toThrow("up: expected a whole number >= 0, got -1");
});

test("the interval of a median holds 95 % at least, and no narrower one of its kind does", () => {
  for (const n of [6, 9, 20, 41, 100]) {
    const values = Float64Array.from({ length: n }, (_, i) => i + 1);
    const { low, high } = medianInterval(values);
    const k = low;
    expect(high).toBe(n + 1 - k);
    // Outside lie as many as fewer than k heads of n throws, at either end.
    expect(2 * exactTail(k - 1, n)).toBeLessThanOrEqual(0.05);
    expect(2 * exactTail(k, n)).toBeGreaterThan(0.05);
  }
  expect(medianInterval([1, 2, 3, 4, 5])).toEqual({ low: -Infinity, high: Infinity });
  expect(medianInterval([3, Infinity, 1, Infinity, 2, Infinity])).toEqual({ low: 1, high: Infinity });
  expect(() => medianInterval([1, Number.NaN])).toThrow("values[1]: expected a number, got NaN");
  expect(() => medianInterval([])).toThrow("values: expected at least one number, got none");
});

test("the interval of a paired share covers 95 % of what is drawn, nearly, where shares are small too", () => {
  // By enumeration: of n things each is gained with probability a, lost with b.
  const [n, a, b] = [30, 0.1, 0.04];
  const factorial = Array.from({ length: n + 1 }, () => 1);
  for (let i = 1; i <= n; i++) factorial[i] = (factorial[i - 1] as number) * i;
  let covered = 0;
  for (let gained = 0; gained <= n; gained++) {
    for (let lost = 0; lost <= n - gained; lost++) {
      const rest = n - gained - lost;
      const ways =
        (factorial[n] as number) /
        (factorial[gained] as number) /
        (factorial[lost] as number) /
        (factorial[rest] as number);
      const { low, high } = pairedShareInterval(gained, lost, n);
      expect(low).toBeLessThan(high);
      if (low <= a - b && a - b <= high) covered += ways * a ** gained * b ** lost * (1 - a - b) ** rest;
    }
  }
  // Agresti and Min report coverage between 0.94 and 0.98 for such tables.
  expect(covered).toBeGreaterThan(0.94);
  expect(covered).toBeLessThan(0.99);
  const { low, high } = pairedShareInterval(0, 0, 10);
  expect(low).toBe(-high);
  expect(() => pairedShareInterval(6, 5, 10)).toThrow("lost: expected a whole number in [0, 4], got 5");
});
