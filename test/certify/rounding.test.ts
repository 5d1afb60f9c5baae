/** Rounding to one side: never to the other, and hardly farther than to the next number. */
import { describe, expect, test } from "vitest";
import { withOffset } from "../../src/certify/claim.ts";
import { above, below, down32, up32 } from "../../src/certify/rounding.ts";
import { noise64 } from "../support/noise.ts";

const NUMBERS = [0, 1, -1, 0.1, -0.1, 1 / 3, 2 ** -126, 2 ** -140 / 3, -(2 ** -149), 2 ** -150, -(2 ** -160), 5e-324]
  .concat([1 - 2 ** -30, -1 - 2 ** -30, 2 ** 40 + 1, -(2 ** 40) - 1])
  .concat(Array.from(noise64(500, 1), (x, i) => x * 2 ** ((i % 60) - 30)));

test("down32 is a float that is not above, up32 one that is not below, both next to the number", () => {
  for (const x of NUMBERS) {
    const low = down32(x);
    expect(Object.is(Math.fround(low), low)).toBe(true);
    expect(low).toBeLessThanOrEqual(x);
    expect(x - low).toBeLessThanOrEqual(3 * (Math.abs(x) * 2 ** -24 + 2 ** -149));
    const size = Math.abs(x);
    expect(Math.fround(up32(size))).toBe(up32(size));
    expect(up32(size)).toBeGreaterThanOrEqual(size);
  }
  expect(down32(Number.NEGATIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY);
});

test("a float stays what it is", () => {
  for (const x of NUMBERS) expect(down32(Math.fround(x))).toBe(Math.fround(x));
});

describe("a sum in f64", () => {
  test("of a bound and an offset is not above the exact one, where rounding goes up", () => {
    // 1 + 3/2 2^-53 is rounded to 1 + 2^-52.
    const bound = 1.5 * 2 ** -53;
    expect(1 + bound).toBeGreaterThan(1);
    expect(withOffset(bound, 1)).toBeLessThanOrEqual(1);
    expect(withOffset(bound, 1)).toBeGreaterThan(1 - 2 ** -48);
  });

  test("of terms of a size is moved to its side, by no subnormal number", () => {
    for (const [x, size] of [
      [0, 0],
      [1, 1],
      [-3, 10],
    ] as const) {
      expect(below(x, size)).toBeLessThan(x + (x === 0 ? 0 : 2 ** -40));
      expect(above(x, size)).toBeGreaterThan(x - (x === 0 ? 0 : 2 ** -40));
      expect(Math.abs(below(x, size))).toBeGreaterThan(2 ** -1000);
    }
    expect(below(1, 1)).toBeLessThan(1);
    expect(above(1, 1)).toBeGreaterThan(1);
  });
});
