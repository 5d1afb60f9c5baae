import { expect, test } from "vitest";
import { compareExamples, shownExamples } from "../../../src/report/attack/shown.ts";
import { example } from "./example-report.ts";

test("shownExamples keeps the order and prefers successes, then the nearest", () => {
  const list = [
    example(0, { distortion: 0.3 }),
    example(1, { success: false, distortion: 0.01 }),
    example(2, { distortion: 0.1 }),
    example(3, { prediction: 1, distortion: 0 }),
    example(4, { distortion: 0.2 }),
  ];
  expect(shownExamples(list, 2).map((e) => e.index)).toEqual([2, 4]);
  expect(shownExamples(list, 4).map((e) => e.index)).toEqual([0, 1, 2, 4]);
  expect(shownExamples(list, 5)).toBe(list);
});

test("the farthest first turns distortions around, and leaves what was not found behind", () => {
  const list = [
    example(0, { success: false, distortion: 0.9 }),
    example(1, { distortion: 0.1 }),
    example(2, { distortion: 0.2 }),
  ];
  expect(list.toSorted((a, b) => compareExamples(a, b, -1)).map(({ index }) => index)).toEqual([2, 1, 0]);
});

test("of an attack in a norm the distance decides, not the distortion", () => {
  const list = [
    example(0, { distortion: 0.1, distance: 0.9 }),
    example(1, { distortion: 0.2, distance: 0.8 }),
    example(2, { distortion: 0.3, distance: 0.7 }),
  ];
  expect(list.toSorted((a, b) => compareExamples(a, b)).map(({ index }) => index)).toEqual([2, 1, 0]);
});
