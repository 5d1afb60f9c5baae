import { expect, test } from "vitest";
import { naturalLogarithm } from "../../src/numeric/logarithm.ts";
import { Random } from "../../src/numeric/random.ts";

test("naturalLogarithm is within three units of the last place of Math.log, over all exponents and around 1", () => {
  const random = new Random(5);
  let cases = 0;
  for (let i = 0; i < 20000; i++) {
    const wide = (1 + random.uniform(2 * i)) * 2 ** (random.integer(2 * i + 1, 2044) - 1022);
    const near = 1 + (random.uniform(2 * i) - 0.5) * 2 ** -random.integer(2 * i + 1, 50);
    for (const x of [wide, near]) {
      const expected = Math.log(x);
      // Math.log's own error is below one of them.
      expect(Math.abs(naturalLogarithm(x) - expected)).toBeLessThanOrEqual(3 * 2 ** -52 * Math.abs(expected));
      cases++;
    }
  }
  expect(cases).toBe(40000);
  expect(naturalLogarithm(1)).toBe(0);
  for (const x of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** -1023]) expect(naturalLogarithm(x)).toBeNaN();
});
