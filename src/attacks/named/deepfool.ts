/**
 * DeepFool: steps to the nearest of the linearised boundaries, a little beyond, until the point is a success.
 *
 * Moosavi-Dezfooli, Fawzi & Frossard, "DeepFool: a simple and accurate method to fool deep neural networks", CVPR 2016,
 * algorithm 2 (L2) and equation 12 (L-infinity), cut by the box after each step.
 */

import { type Objective, objectiveValue } from "../criterion.ts";
import type { Vector } from "../row-space.ts";
import { defineAttack } from "./attack.ts";
import { number, whole } from "./options.ts";
import type { AttackRow, RowWeigh } from "./row.ts";

/** Boundaries that are considered: those of the labels that lead at the image. */
const CANDIDATES = 9;
/** Added to each distance, as in the authors' code, so that steps do not vanish at the boundary. */
const BEYOND = 1e-4;
const TINY = 1e-6;

/** The objectives whose boundaries are considered. */
export function candidates({ criterion, scores }: AttackRow): Objective[] {
  return criterion
    .objectives(scores)
    .map((objective) => ({ objective, value: objectiveValue(objective, scores) }))
    .sort((a, b) => b.value - a.value)
    .slice(0, CANDIDATES)
    .map(({ objective }) => objective);
}

/** The steps of a walk from a point to the boundary. Between them the walk asks for the gradients of all objectives. */
export class BoundaryWalk {
  /** Weights of the objectives' scores, in their order. */
  readonly weighs: readonly RowWeigh[];
  /** The objective of the last step. */
  objective: Objective;
  private readonly row: AttackRow;
  private readonly objectives: readonly Objective[];
  private readonly overshoot: number;

  constructor(row: AttackRow, objectives: readonly Objective[], overshoot: number) {
    this.row = row;
    this.objectives = objectives;
    this.overshoot = overshoot;
    this.objective = objectives[0] as Objective;
    this.weighs = objectives.map(
      (one): RowWeigh =>
        (scores) =>
          one.weigh(scores),
    );
  }

  /**
   * Moves a point to the nearest of the linearised boundaries, a little beyond.
   *
   * @param gradients of the objectives there, f32[objectives.length, size]
   * @param step scratch
   */
  step(point: Vector, scores: Float32Array, gradients: Float32Array, step: Vector): void {
    const { objectives, overshoot } = this;
    const { kernels, n, lower, upper, norm, size } = this.row;
    // l = argmin |f_k| / ||w_k||_q, with w_k the gradient of f_k
    let nearest = Number.POSITIVE_INFINITY;
    let of = 0;
    let slope = 1;
    for (let j = 0; j < objectives.length; j++) {
      const dual = Math.max(TINY, dualNorm(norm, gradients, j, size));
      const distance = Math.abs(objectiveValue(objectives[j] as Objective, scores)) / dual;
      if (distance < nearest) {
        nearest = distance;
        of = j;
        slope = dual;
      }
    }
    this.objective = objectives[of] as Objective;
    // r = (|f_l| / ||w_l||_2) w_l / ||w_l||_2, or (|f_l| / ||w_l||_1) sign w_l
    for (let i = 0; i < size; i++) {
      const w = gradients[of * size + i] as number;
      step.values[i] = norm === "linf" ? Math.sign(w) : w;
    }
    const length = (1 + overshoot) * (nearest + BEYOND);
    kernels.step_f64(n, norm === "linf" ? length : length / slope, point.at, step.at, lower.at, upper.at, point.at);
  }
}

/** ||w||_2, or ||w||_1 for L-infinity, of row `j` of gradients. */
function dualNorm(norm: string, gradients: Float32Array, j: number, size: number): number {
  let sum = 0;
  for (let i = j * size; i < (j + 1) * size; i++) {
    const w = gradients[i] as number;
    sum += norm === "linf" ? Math.abs(w) : w * w;
  }
  return norm === "linf" ? sum : Math.sqrt(sum);
}

export const deepfool = defineAttack({
  name: "deepfool",
  title: "DeepFool",
  paper: "Moosavi-Dezfooli et al., DeepFool: a simple and accurate method to fool deep neural networks, CVPR 2016",
  norms: ["l2", "linf"],
  needs: "gradients",
  finds: "smallest",
  questions: ["not", "label", "output"],
  options: {
    steps: whole(50, "steps, each with the gradients of nine labels"),
    overshoot: number(0.02, "share by which each step goes beyond the boundary"),
  },
  evaluations: ({ steps }, { classes }) => 1 + steps * (1 + candidateCount(classes)),
  vectors: () => 2,
  points: (_, { classes }) => candidateCount(classes),
  *search(row, { steps, overshoot }) {
    const [point, step] = row.vectors(2) as [Vector, Vector];
    const walk = new BoundaryWalk(row, candidates(row), overshoot);
    row.kernels.copy_f64(row.n, row.image.at, point.at);
    for (let k = 0; ; k++) {
      const { margin } = row.takeScores(yield row.askScores(point));
      if (margin > 0 || k === steps) return;
      const { scores, gradients } = row.takeGradients(yield row.askGradients(point, walk.weighs));
      walk.step(point, scores, gradients, step);
    }
  },
});

/** How many boundaries are considered at most. An output that moves has two. */
export function candidateCount(classes: number): number {
  return Math.min(CANDIDATES, Math.max(2, classes - 1));
}
