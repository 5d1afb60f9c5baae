import { expect, test } from "vitest";
import { rootsOfUnity } from "../../src/numeric/roots-of-unity.ts";

test("roots of unity are within 4 roundings of cos and sin", () => {
  for (const m of [1, 2, 3, 4, 5, 7, 8, 36, 89, 1000]) {
    const { cos, sin } = rootsOfUnity(m);
    for (let j = 0; j < m; j++) {
      expect(Math.abs((cos[j] as number) - Math.cos((2 * Math.PI * j) / m))).toBeLessThan(
        8 * 2 ** -53 + (8 * j) / m / 2 ** 52,
      );
      expect(Math.abs((sin[j] as number) - Math.sin((2 * Math.PI * j) / m))).toBeLessThan(
        8 * 2 ** -53 + (8 * j) / m / 2 ** 52,
      );
    }
  }
});
