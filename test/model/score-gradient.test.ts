/** The gradient of a weighted sum of scores, judged by other ways to the same bits, by batches, and by what it refuses. */
import { expect, test } from "vitest";
import "../../src/index.ts";
import type { ScoreGradient } from "../../src/model/index.ts";
import { firstDifferent } from "../support/bounds.ts";
import { CONV_NETWORKS } from "../support/conv-networks.ts";
import { rowOf } from "../support/network-steps.ts";
import { dense, networkOf } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";

const ROWS = 131;
const linear = () => networkOf([7], [dense("fc1", 7, 9, "tanh"), dense("fc2", 9, 4, "linear")]);

test("with weights that do not change it is the gradient of the last layer along them, bit for bit", () => {
  const network = linear();
  const rows = noise32(ROWS * 7, 1, 2);
  const direction = Float32Array.of(0.5, -1, 2, 0.25);
  const found = network.scoreGradient(rows, () => direction);
  expect(firstDifferent(found.gradient, network.activationGradient(rows, "fc2", direction).gradient)).toBe(-1);
  expect(firstDifferent(found.scores, network.scores(rows))).toBe(-1);
});

test("a softmax at the end is left out of the scores and of the gradient", () => {
  const layers = (last: string) => [dense("fc1", 7, 9, "tanh"), dense("fc2", 9, 4, last)];
  const [bare, ending] = [networkOf([7], layers("linear")), networkOf([7], layers("softmax"))];
  ending.setParameters(bare.getParameters());
  const rows = noise32(5 * 7, 2, 2);
  const weigh = (scores: Float32Array) => scores.map((s) => s * s);
  expect(ending.scoreGradient(rows, weigh)).toEqual(bare.scoreGradient(rows, weigh));
});

for (const { title, network: build } of CONV_NETWORKS) {
  test(`${title}: weights may depend on the scores, and a row has the same bits alone and in a batch`, () => {
    const network = build();
    const { inputSize, classes } = network;
    const rows = noise32(ROWS * inputSize, 3, 2);
    const seen: number[] = [];
    const largest = (scores: Float32Array, row?: number) => {
      if (row !== undefined) seen.push(row);
      const top = Math.max(...scores);
      return scores.map((s) => (s === top ? 1 : -1 / classes));
    };
    const all = network.scoreGradient(rows, largest);
    expect(seen).toEqual(Array.from({ length: ROWS }, (_, r) => r));
    for (const r of [0, 1, 64, 127, 128, 130]) {
      const alone = network.scoreGradient(rowOf(rows, r, inputSize), (scores) => largest(scores));
      expect(firstDifferent(rowOf(all.gradient, r, inputSize), alone.gradient)).toBe(-1);
      expect(firstDifferent(rowOf(all.scores, r, classes), alone.scores)).toBe(-1);
    }
  });
}

test("it fills the record it is given, and leaves it alone when it throws", () => {
  const network = linear();
  const rows = noise32(2 * 7, 4, 2);
  const into: ScoreGradient = { scores: new Float32Array(8), gradient: new Float32Array(14) };
  expect(network.scoreGradient(rows, () => [1, 0, 0, 0], into)).toBe(into);
  const before = structuredClone(into);
  const second = (_: Float32Array, row: number) => (row === 1 ? [1, Number.NaN, 0, 0] : [0, 1, 0, 0]);
  expect(() => network.scoreGradient(rows, second, into)).toThrow(
    "weigh's weights of row 1: expected finite numbers, got NaN",
  );
  expect(into).toEqual(before);
});

test("it refuses what is no function, too few weights, and a record of another size", () => {
  const network = linear();
  const rows = noise32(7, 5, 2);
  expect(() => network.scoreGradient(rows, [1, 0, 0, 0] as never)).toThrow(/^weigh: expected a function/);
  expect(() => network.scoreGradient(rows, () => [1, 0])).toThrow("weigh's weights of row 0: expected 4 values, got 2");
  const into = { scores: new Float32Array(4), gradient: new Float32Array(6) };
  expect(() => network.scoreGradient(rows, () => [1, 0, 0, 0], into)).toThrow(
    "into.gradient: expected 7 values, got 6",
  );
});
