import { expect, test } from "vitest";
import { argmax, countErrors, marginOf, predictedClasses } from "../../src/model/index.ts";

const SCORES = Float32Array.of(1, 3, 2, 5, 5, 4, -2, -7, -1, -Infinity, -Infinity, -Infinity);

test("predictedClasses answers each row with its largest score, the first of equals", () => {
  expect(predictedClasses(SCORES, 3)).toEqual(Int32Array.of(1, 0, 2, 0));
  expect(predictedClasses(SCORES, 4)).toEqual(Int32Array.of(3, 0, 0));
  expect(predictedClasses(SCORES.subarray(3, 6), 1)).toEqual(Int32Array.of(0, 0, 0));
  expect(predictedClasses(new Float32Array(0), 3)).toEqual(new Int32Array(0));
  expect([argmax(SCORES, 3, 3), argmax(SCORES, 4, 5)]).toEqual([0, 0]);
});

test("countErrors compares the rows with their labels, which begin anywhere in a list", () => {
  expect(countErrors(SCORES, 3, [1, 0, 2, 0])).toBe(0);
  expect(countErrors(SCORES, 3, [1, 1, 2, 1])).toBe(2);
  expect(countErrors(SCORES.subarray(3, 9), 3, Int32Array.of(9, 9, 0, 1, 9), 2)).toBe(1);
});

test("marginOf is how far the label leads: negative where another class is the answer", () => {
  expect([0, 1, 2].map((label) => marginOf(SCORES, 0, 3, label))).toEqual([-2, 1, -1]);
  expect([3, 4].map((label) => marginOf(SCORES, 0, 6, label))).toEqual([0, 0]);
  expect(marginOf(SCORES, 9, 3, 0)).toBeNaN();
});
