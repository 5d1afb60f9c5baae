/** Linear models in a box, in which the smallest change is known: the scores' difference is <w, x> + b. */
import type { ScoreTarget } from "../../src/attacks/index.ts";
import type { HalfSpaceProblem } from "../oracle/half-space.ts";
import { noise32, noise64 } from "./noise.ts";
import { linearScoreTarget } from "./score-targets.ts";

export const IMAGES = 6;

const SHAPES = [
  { title: "16 inputs, no bound active", n: 16, lower: -64, upper: 64, share: 0.02 },
  { title: "16 inputs, some bounds active", n: 16, lower: 0, upper: 1, share: 0.3 },
  { title: "21 inputs (not whole vectors of 8), most bounds active", n: 21, lower: 0, upper: 1, share: 0.8 },
  { title: "10 inputs in another box", n: 10, lower: -0.5, upper: 0.25, share: 0.5 },
  { title: "16 inputs in [0, 255]", n: 16, lower: 0, upper: 255, share: 0.3 },
  { title: "a single input", n: 1, lower: -8, upper: 8, share: 0.5 },
];

export interface HalfSpaceCase {
  title: string;
  lower: number;
  upper: number;
  /** f32[IMAGES,n]; the target answers 0 on each, and 1 beyond the half-space. */
  rows: Float32Array;
  target: ScoreTarget;
  problem(row: number): HalfSpaceProblem;
  /** What a search aims at is at most this: half as much again as a success leads by. */
  aim(row: number): number;
  /** What the scores and the terms of their sums are at most. */
  size: number;
  /** The largest number in the box. */
  largest: number;
}

export const HALF_SPACE_CASES: readonly HalfSpaceCase[] = SHAPES.map(({ title, n, lower, upper, share }) => {
  const weights = [1, 2].map((seed) => Array.from(noise64(n, seed))) as [number[], number[]];
  const w = weights[1].map((v, i) => v - (weights[0][i] as number));
  const middle = (lower + upper) / 2;
  const rows = noise32(IMAGES * n, 3, (upper - lower) / 4).map((v) => v + middle);
  const dot = (row: ArrayLike<number>) => w.reduce((sum, v, i) => sum + v * (row[i] as number), 0);
  const furthest = Math.max(...Array.from({ length: IMAGES }, (_, r) => dot(rows.subarray(r * n, (r + 1) * n))));
  const last = w.reduce((sum, v) => sum + Math.max(v * lower, v * upper), 0);
  const bias = -(furthest + share * (last - furthest));
  const largest = Math.max(Math.abs(lower), Math.abs(upper));
  const size = [...weights[0], ...weights[1]].reduce((sum, v) => sum + Math.abs(v), 0) * largest + Math.abs(bias);
  return {
    title,
    lower,
    upper,
    rows,
    target: linearScoreTarget(weights, [0, bias]),
    problem: (r) => ({ x: rows.subarray(r * n, (r + 1) * n), w, b: bias, lower, upper }),
    aim: (r) => 1.5 * Math.max(1.5 * 2 ** -20 * size, -(dot(rows.subarray(r * n, (r + 1) * n)) + bias) * 2 ** -16),
    size,
    largest,
  };
});

/** Ways to ask for the half-space. */
export const QUESTIONS = [
  ["any other label", { truth: new Array(IMAGES).fill(0) }],
  ["a label", { labels: new Array(IMAGES).fill(1) }],
] as const;
