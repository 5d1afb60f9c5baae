import { expect, test } from "vitest";
import { PermutationTests, permutationTest } from "../../src/numeric/permutation-test.ts";
import { messageOf } from "../message-of.ts";
import { noise32 } from "../support/noise.ts";

test("measures that share their deals have the bits of one test each", () => {
  const measures = [1, 2, 3].map((seed) => [noise32(13, seed), noise32(9, 10 + seed)] as const);
  const together = new PermutationTests(measures, { seed: 5 });
  for (let deal = 0; deal < 300; deal++) together.deal();
  expect(together.results()).toEqual(measures.map(([a, b]) => permutationTest(a, b, { seed: 5, deals: 300 })));
});

test("measures of groups of other sizes share no deals", () => {
  const apart = [
    [[1, 2], [3]],
    [[1], [2, 3]],
  ] as const;
  expect(messageOf(() => new PermutationTests(apart))).toBe(
    "groups: expected 2 and 1 numbers, as the first measure has, got 1 and 2",
  );
});

test("NaN in a group is refused: no deal is as far apart as NaN, which would make every difference significant", () => {
  expect(messageOf(() => permutationTest([1, Number.NaN], [2]))).toBe(
    "first group[1]: expected a finite number, got NaN",
  );
  expect(messageOf(() => permutationTest([1], [Number.POSITIVE_INFINITY]))).toBe(
    "second group[0]: expected a finite number, got Infinity",
  );
});
