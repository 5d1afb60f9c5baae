/**
 * HopSkipJump: walks along the decision boundary by answers alone. Each round bisects between the row and the last success down to the
 * boundary, estimates the direction across it from answers at random points nearby, and steps that way. Algorithm 2 of the paper,
 * whose letters these are, with the constants of the authors' code.
 */

import type { Random } from "../../numeric/random.ts";
import type { Query, Reply, RowSearch } from "../minimal/lockstep.ts";
import { clampTo } from "../project.ts";
import type { Vector } from "../row-space.ts";
import { defineAttack } from "./attack.ts";
import { whole } from "./options.ts";
import type { AttackRow } from "./row.ts";

/** Points asked about at once. */
const BLOCK = 32;
/** Points of an estimate at most. */
const MOST_POINTS = 10_000;
/** Halvings of a step before it is given up: its length is then below what f32 tells apart. */
const HALVINGS = 24;

export const hopSkipJump = defineAttack({
  name: "hopskipjump",
  title: "HopSkipJump",
  paper: "Chen, Jordan & Wainwright, HopSkipJumpAttack: a query-efficient decision-based attack, IEEE S&P 2020",
  norms: ["l2", "linf"],
  needs: "labels",
  finds: "smallest",
  questions: ["not", "label"],
  options: {
    queries: whole(25_000, "answers asked for, where no evaluations are given: the most of the paper"),
    points: whole(100, "points of the first estimate; later ones take sqrt(t) times as many"),
    tries: whole(100, "random pictures that are tried for a first success"),
  },
  evaluations: ({ queries }) => queries,
  least: () => 2,
  vectors: () => 6,
  points: () => BLOCK,
  *search(row, { points, tries }) {
    const [x, v, far, sum, metSum, tried] = row.vectors(6) as [Vector, Vector, Vector, Vector, Vector, Vector];
    const { size } = row;
    const isL2 = row.norm === "l2";
    // theta, to which the bisection goes, as a share of the way
    const theta = isL2 ? 1 / (size * Math.sqrt(size)) : 1 / (size * size);
    const random = row.random(0);
    if (!(yield* start(row, x, random, tries))) return;
    for (let t = 1; row.left > 0; t++) {
      const before = distance(row, x);
      yield* bisect(row, x, far, theta);
      const d = distance(row, x);
      const delta = t === 1 ? 0.1 * widest(row) : before * theta * (isL2 ? Math.sqrt(size) : size);
      const count = Math.min(MOST_POINTS, Math.floor(points * Math.sqrt(t)), row.left);
      yield* estimate(row, x, v, { sum, metSum, tried, random, delta, count, round: t });
      // Step 3: xi = d / sqrt(t), halved until the step ends in a success
      let [xi, isMet] = [d / Math.sqrt(t), false];
      for (let k = 0; k < HALVINGS && !isMet && row.left > 0; k++, xi /= 2) {
        for (let i = 0; i < size; i++) far.values[i] = (x.values[i] as number) + xi * (v.values[i] as number);
        clampTo(row, far, row.lower, row.upper);
        isMet = takeOne(row, yield askOne(row, far));
      }
      if (isMet) x.values.set(far.values);
    }
  },
});

function askOne(row: AttackRow, x: Vector): Query {
  row.points.set(x.values);
  return row.askMeets(1);
}

function takeOne(row: AttackRow, reply: Reply): boolean {
  return row.takeMeets(reply)[0] === 1;
}

/** The first success: a random point of the box, drawn until one is a success. */
function* start(row: AttackRow, x: Vector, random: Random, tries: number): Generator<Query, boolean, Reply> {
  const { size, lower, upper } = row;
  const draws = new Float32Array(size);
  for (let k = 0; k < tries && row.left > 0; k++) {
    row.reuse(random, k).fill(draws, 0.5);
    for (let i = 0; i < size; i++) {
      const low = lower.values[i] as number;
      x.values[i] = low + (0.5 + (draws[i] as number)) * ((upper.values[i] as number) - low);
    }
    if (takeOne(row, yield askOne(row, x))) return true;
  }
  return false;
}

/** Step 1: takes x to the boundary, on the line to the image in L2, through shrinking cubes in L-infinity   [algorithm 1]. */
function* bisect(row: AttackRow, x: Vector, far: Vector, theta: number): RowSearch {
  const { size, image } = row;
  const isL2 = row.norm === "l2";
  far.values.set(x.values);
  const place = (share: number, length: number) => {
    for (let i = 0; i < size; i++) {
      const r = (far.values[i] as number) - (image.values[i] as number);
      const to = isL2 ? share * r : Math.min(Math.max(r, -share * length), share * length);
      x.values[i] = (image.values[i] as number) + to;
    }
  };
  const length = distance(row, far);
  let [low, high] = [0, 1];
  while (high - low > theta && row.left > 0) {
    const middle = (low + high) / 2;
    place(middle, length);
    if (takeOne(row, yield askOne(row, x))) high = middle;
    else low = middle;
  }
  place(high, length);
}

/** Step 2: the direction across the boundary, from answers at points around x   [equations 15 and 16]. */
function* estimate(
  row: AttackRow,
  x: Vector,
  v: Vector,
  plan: { sum: Vector; metSum: Vector; tried: Vector; random: Random; delta: number; count: number; round: number },
): RowSearch {
  const { size, points, kernels, n } = row;
  const { sum, metSum, tried, random, delta, count, round } = plan;
  sum.values.fill(0);
  metSum.values.fill(0);
  let met = 0;
  for (let first = 0; first < count; first += BLOCK) {
    const block = Math.min(BLOCK, count - first);
    for (let b = 0; b < block; b++) {
      direction(row, tried, row.reuse(random, (round + 1) * MOST_POINTS + first + b));
      for (let i = 0; i < size; i++) tried.values[i] = (x.values[i] as number) + delta * (tried.values[i] as number);
      clampTo(row, tried, row.lower, row.upper);
      points.set(tried.values, b * size);
    }
    const answers = row.takeMeets(yield row.askMeets(block));
    for (let b = 0; b < block; b++) {
      const is = answers[b] as number;
      met += is;
      for (let i = 0; i < size; i++) {
        const u = ((points[b * size + i] as number) - (x.values[i] as number)) / delta;
        sum.values[i] = (sum.values[i] as number) + u;
        if (is === 1) metSum.values[i] = (metSum.values[i] as number) + u;
      }
    }
  }
  // With phi = +1 or -1 and its mean m: the sum of (phi_b - m) u_b, or of phi_b u_b where all are alike
  const mean = (2 * met - count) / count;
  const shift = met > 0 && met < count ? 1 + mean : 1;
  for (let i = 0; i < size; i++) {
    const signed = 2 * (metSum.values[i] as number) - shift * (sum.values[i] as number);
    v.values[i] = row.norm === "linf" ? Math.sign(signed) : signed;
  }
  if (row.norm === "linf") return;
  const length = kernels.norm2_f64(n, v.at);
  if (length > 0) kernels.scale_f64(n, 1 / length, v.at, v.at);
}

/** Writes a random direction of length 1 in L2: uniform on the sphere, or from the cube where the norm is L-infinity. */
function direction({ size, norm, kernels, n }: AttackRow, u: Vector, random: Random): void {
  if (norm === "l2") random.fillNormal(u.values);
  else for (let i = 0; i < size; i++) u.values[i] = 2 * random.uniform(i) - 1;
  kernels.scale_f64(n, 1 / kernels.norm2_f64(n, u.at), u.at, u.at);
}

/** How far x is from the image, in the norm. */
function distance({ norm, size, n, kernels, image }: AttackRow, x: Vector): number {
  if (norm === "l2") return Math.sqrt(kernels.squared_distance_f64(n, x.at, image.at));
  let most = 0;
  for (let i = 0; i < size; i++) {
    most = Math.max(most, Math.abs((x.values[i] as number) - (image.values[i] as number)));
  }
  return most;
}

/** The largest extent of the box. */
function widest({ size, lower, upper }: AttackRow): number {
  let most = 0;
  for (let i = 0; i < size; i++) most = Math.max(most, (upper.values[i] as number) - (lower.values[i] as number));
  return most;
}
