/**
 * Auto-PGD: projected ascent with momentum whose step is halved, and which returns to its best point, where it does not gain enough.
 * Algorithm 1 of Croce & Hein, Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks,
 * ICML 2020. The letters are the paper's.
 */
import type { RowSearch } from "../minimal/lockstep.ts";
import type { Vector } from "../row-space.ts";
import { BALL_VECTORS, ballOf } from "./ball.ts";
import type { Loss } from "./losses.ts";
import { whole } from "./options.ts";
import type { AttackRow } from "./row.ts";

/** The weight of the step beside the momentum. */
const ALPHA = 0.75;
/** The share of steps that must gain, condition 1. */
const RHO = 0.75;

/** Vectors that it keeps. */
export const AUTO_PGD_VECTORS = 6 + BALL_VECTORS;

/** The options of every form of it. */
export const AUTO_PGD_OPTIONS = {
  steps: whole(100, "steps of each start"),
  restarts: whole(1, "random starts, one after another until one succeeds"),
};

/** Evaluations of one start: each iterate is evaluated, the first included. */
export const autoPgdEvaluations = ({ steps }: { steps: number }): number => steps + 1;

/**
 * The iterations after which the step may be halved: w_j = ceil(p_j N), p_0 = 0, p_1 = 0.22,
 * p_{j+1} = p_j + max(p_j - p_{j-1} - 0.03, 0.06). Here p is in hundredths.
 */
export function checkpoints(steps: number): number[] {
  const found: number[] = [];
  for (let [before, p] = [0, 22]; p <= 100; [before, p] = [p, p + Math.max(p - before - 3, 6)]) {
    found.push(Math.ceil((p * steps) / 100));
  }
  return found;
}

/**
 * One start from a random point of the ball.
 *
 * @param start number of the start, of which its random numbers follow
 */
export function* autoPgd(row: AttackRow, { weigh, value }: Loss, steps: number, start: number): RowSearch {
  const [x, before, z, g, best, gBest, low, high] = row.vectors(AUTO_PGD_VECTORS) as [
    ...[Vector, Vector, Vector, Vector, Vector, Vector],
    ...[Vector, Vector],
  ];
  const { kernels, n } = row;
  const copy = (from: Vector, to: Vector) => kernels.copy_f64(n, from.at, to.at);
  const ball = ballOf(row, [low, high]);
  const halvings = checkpoints(steps);
  let eta = 2 * row.epsilon;
  ball.scatter(x, row.random(start));
  let f = value(row.takeGradient(yield row.askGradient(x, weigh), g).scores);
  let fBest = f;
  copy(x, best);
  copy(g, gBest);
  // Of the last checkpoint: when it was, the gains since, and what stood there.
  let [last, gains, etaThere, fBestThere] = [0, 0, eta, fBest];

  for (let k = 0; k < steps; k++) {
    // z = P(x + eta g), then x' = P(x + alpha (z - x) + (1 - alpha)(x - x before)); the first step has no momentum.
    copy(x, z);
    ball.step(z, g, eta);
    const alpha = k === 0 ? 1 : ALPHA;
    kernels.momentum_f64(n, alpha, x.at, before.at, z.at);
    ball.project(z);
    copy(x, before);
    copy(z, x);
    const isLast = k === steps - 1;
    const { scores } = isLast
      ? row.takeScores(yield row.askScores(x))
      : row.takeGradient(yield row.askGradient(x, weigh), g);
    const next = value(scores);
    const gained = next > f;
    f = next;
    if (f > fBest) {
      fBest = f;
      copy(x, best);
      copy(g, gBest);
    }
    if (k > 0 && halvings.includes(k)) {
      const tooFew = gains < RHO * (k - last);
      const stuck = etaThere === eta && fBestThere === fBest;
      [last, gains, etaThere, fBestThere] = [k, 0, eta, fBest];
      if (tooFew || stuck) {
        eta /= 2;
        f = fBest;
        copy(best, x);
        copy(gBest, g);
      }
    }
    if (gained) gains++;
  }
}
