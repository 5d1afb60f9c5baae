/**
 * The ball of epsilon around a row's image, cut by the row's box: random points of it, steps up a slope, and the way back into it.
 * Every point that it leaves is in the ball and in the box after it has been rounded to f32 too, which is how it is evaluated.
 */
import { exponential } from "../../numeric/exponential.ts";
import { naturalLogarithm } from "../../numeric/logarithm.ts";
import type { Random } from "../../numeric/random.ts";
import type { NormName } from "../minimal/norm.ts";
import { clampTo, projectL1, projectL2 } from "../project.ts";
import type { RowSpace, Vector } from "../row-space.ts";
import type { AttackRow } from "./row.ts";

/** Vectors that a ball keeps. */
export const BALL_VECTORS = 2;

/** Rounding to f32 moves a number by this share of itself at most. */
const ROUNDING = 2 ** -24;

export interface Ball {
  /** Epsilon, but for what rounding to f32 may add. */
  readonly radius: number;
  /** Takes x into the ball and the box. */
  project(x: Vector): void;
  /** Moves x by `length`, in the norm, the way that climbs fastest by the slope g, and takes it into the ball and the box. */
  step(x: Vector, g: Vector, length: number): void;
  /** Writes a uniform random point of the ball, taken into the box. */
  scatter(x: Vector, random: Random): void;
}

/** The ball of the row's epsilon in its norm. It keeps two vectors. */
export function ballOf(row: AttackRow, [low, high]: readonly [Vector, Vector], sparsity = 0.99): Ball {
  const shape = BALLS[row.norm] as NonNullable<(typeof BALLS)[NormName]>;
  return shape(row, low, high, sparsity);
}

const BALLS: Readonly<
  Partial<Record<NormName, (row: AttackRow, low: Vector, high: Vector, sparsity: number) => Ball>>
> = {
  linf: cube,
  l2: sphere,
  l1: crossPolytope,
};

/** A cube cut by a box is a box: its bounds are narrowed to what f32 holds of it. */
function cube(row: AttackRow, low: Vector, high: Vector): Ball {
  const { size, n, epsilon, image, kernels } = row;
  kernels.cube_f64(n, epsilon, image.at, low.at, high.at);
  return {
    radius: epsilon,
    project: (x) => clampTo(row, x, low, high),
    // <g, r> over |r|_inf <= length is largest at length sgn(g)   [Goodfellow et al. 2015, section 4]
    step: (x, g, length) => kernels.climb_signs_f64(n, length, g.at, low.at, high.at, x.at),
    scatter: (x, random) => {
      const draws = new Float32Array(size);
      random.fill(draws, 1);
      for (let i = 0; i < size; i++) x.values[i] = (image.values[i] as number) + epsilon * (draws[i] as number);
      clampTo(row, x, low, high);
    },
  };
}

function sphere(row: AttackRow): Ball {
  const { size, n, epsilon, image, lower, upper, kernels } = row;
  const radius = Math.max(0, epsilon - row.ofBox(roundingL2));
  const project = (x: Vector) => {
    projectL2(row, x, radius);
    clampTo(row, x, lower, upper);
  };
  return {
    radius,
    project,
    step: (x, g, length) => {
      const slope = kernels.norm2_f64(n, g.at);
      if (slope > 0) kernels.axpy_f64(n, length / slope, g.at, x.at);
      project(x);
    },
    // A normal direction, and a length whose power `size` is uniform.
    scatter: (x, random) => {
      const { values } = x;
      random.fillNormal(values);
      const share = exponential(naturalLogarithm(Math.max(random.uniform(0), 2 ** -53)) / size);
      const factor = (radius * share) / kernels.norm2_f64(n, x.at);
      for (let i = 0; i < size; i++) values[i] = (image.values[i] as number) + factor * (values[i] as number);
      project(x);
    },
  };
}

/** @param scratch two vectors, one behind the other */
function crossPolytope(row: AttackRow, scratch: Vector, order: Vector, sparsity: number): Ball {
  const { size, n, kernels, epsilon, image, lower, upper } = row;
  const radius = Math.max(0, epsilon - row.ofBox(roundingL1));
  // Shrunk towards the image a point stays in the box, so the box comes first.
  const project = (x: Vector) => {
    clampTo(row, x, lower, upper);
    projectL1(row, x, radius, order);
  };
  const kept = Math.max(1, Math.round((1 - sparsity) * size));
  return {
    radius,
    project,
    // Equal steps of the features of largest slope that the box leaves room   [Tramer & Boneh 2019, algorithm 1, SLIDE]
    step: (x, g, length) => {
      kernels.climb_steepest_f64(n, length, kept, g.at, lower.at, upper.at, x.at, scratch.at);
      project(x);
    },
    // Exponentials with random signs, over their sum and one more, are uniform in the ball.
    scatter: (x, random) => {
      const draws = new Float32Array(size + 1);
      random.fill(draws, 1);
      const lengths = draws.map((u) => -naturalLogarithm(Math.max(Math.abs(u), 2 ** -24)));
      const total = lengths.reduce((all, one) => all + one, 0);
      for (let i = 0; i < size; i++) {
        const share = ((lengths[i] as number) / total) * radius;
        x.values[i] = (image.values[i] as number) + ((draws[i] as number) < 0 ? -share : share);
      }
      project(x);
    },
  };
}

/** A point of the box is rounded by no more than this in L2, and in L1. */
function roundingL2({ lower, upper, size }: RowSpace): number {
  let squares = 0;
  for (let i = 0; i < size; i++) {
    const most = Math.max(Math.abs(lower.values[i] as number), Math.abs(upper.values[i] as number));
    squares += most * most;
  }
  return ROUNDING * Math.sqrt(squares);
}

function roundingL1({ lower, upper, size }: RowSpace): number {
  let sum = 0;
  for (let i = 0; i < size; i++)
    sum += Math.max(Math.abs(lower.values[i] as number), Math.abs(upper.values[i] as number));
  return ROUNDING * sum;
}
