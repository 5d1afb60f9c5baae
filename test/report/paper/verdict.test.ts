import { expect, test } from "vitest";
import { atMost } from "../../../src/report/kit/format.ts";
import { paperVerdict } from "../../../src/report/paper/verdict.ts";
import type { PaperComparison } from "../../../src/studies/paper/index.ts";

test("what a sentence says that nothing exceeds is rounded up, and an exact decimal stays", () => {
  expect([0.4483, 0.45, 1.02 - 0.57, 9.04, 9, 0].map((value) => atMost(value, 2))).toEqual([
    ...["0.45", "0.45", "0.45", "9.04", "9.00", "0.00"],
  ]);
  expect([9.04, 0.3 * 30, 15.5].map((value) => atMost(value, 1))).toEqual(["9.1", "9.0", "15.5"]);
});

test("the verdict on the paper's tables names differences that no cell exceeds", () => {
  const errors = { mean: 0.001, largest: 0.00448, at: "table1/ae400-10/trainError" };
  const distortions = { mean: 0.05, largest: 0.0904, at: "table1/fc10-1/distortion" };
  const comparison = { claims: [], errors, distortions } as unknown as PaperComparison;
  expect(paperVerdict(comparison)).toBe("Beside the paper: errors within 0.45 points, distortions within 9.1 %.");
});
