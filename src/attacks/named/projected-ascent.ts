/**
 * Steps up a loss, each taken back into the ball and the box: x <- P(x + a steepest(g)). FGSM is one such step of the
 * whole radius, BIM several of a part of it, PGD the same from random points.
 */
import type { RowSearch } from "../minimal/lockstep.ts";
import type { Vector } from "../row-space.ts";
import { BALL_VECTORS, ballOf } from "./ball.ts";
import type { Loss } from "./losses.ts";
import type { AttackRow } from "./row.ts";

export interface AscentPlan {
  readonly steps: number;
  /** Length of a step as a share of epsilon. */
  readonly rate: number;
  /** Starts, one after another. */
  readonly restarts: number;
  /** Whether they are random points of the ball; otherwise the image. */
  readonly isRandom: boolean;
  /** In L1: the share of the features that a step leaves alone. */
  readonly sparsity?: number;
}

/** Vectors that an ascent keeps. */
export const ASCENT_VECTORS = 2 + BALL_VECTORS;

/** Evaluations of an ascent at most: a gradient a step, and the scores where each start ends. */
export function ascentEvaluations({ steps, restarts }: Pick<AscentPlan, "steps" | "restarts">): number {
  return restarts * (steps + 1);
}

export function* ascend(
  row: AttackRow,
  { weigh }: Loss,
  { steps, rate, restarts, isRandom, sparsity }: AscentPlan,
): RowSearch {
  const [x, g, low, high] = row.vectors(ASCENT_VECTORS) as [Vector, Vector, Vector, Vector];
  const ball = ballOf(row, [low, high], sparsity);
  for (let start = 0; start < restarts; start++) {
    if (isRandom) ball.scatter(x, row.random(start));
    else x.values.set(row.image.values);
    for (let k = 0; k < steps; k++) {
      row.takeGradient(yield row.askGradient(x, weigh), g);
      ball.step(x, g, rate * row.epsilon);
    }
    row.takeScores(yield row.askScores(x));
  }
}
