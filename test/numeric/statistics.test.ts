import { expect, test } from "vitest";
import { mean, median, sum } from "../../src/numeric/statistics.ts";
import { messageOf } from "../message-of.ts";

test("a sum runs in the order of its values, whatever array holds them", () => {
  const values = [1, 2 ** 53, 1, -(2 ** 53)];
  expect(sum(values)).toBe(1 + 2 ** 53 + 1 - 2 ** 53);
  expect(sum(Float64Array.from(values))).toBe(sum(values));
  expect(sum(values.toReversed())).not.toBe(sum(values));
  expect(sum([])).toBe(0);
});

test("a mean is the sum over the count", () => {
  expect(mean([0.1])).toBe(0.1);
  expect(mean(Uint32Array.of(1, 2, 4))).toBe(7 / 3);
});

test("a median takes the middle, or the mean of the two there, and leaves the values in their order", () => {
  const values = [10, 9, 2, 33];
  expect(median(values)).toBe(9.5);
  expect(values).toEqual([10, 9, 2, 33]);
  expect(median([0.3, 0.1, 0.2])).toBe(0.2);
  expect(median(Float32Array.of(7))).toBe(7);
});

test("of no values there is neither", () => {
  expect(messageOf(() => mean([]))).toBe("values: expected at least one number, got none");
  expect(messageOf(() => median(new Float64Array(0)))).toBe("values: expected at least one number, got none");
});
