/**
 * PDPGD: a saddle point is looked for of lambda_0 ||r|| + lambda_1 max(0, -margin). The change r takes a step of Adam on the margin
 * and the proximal operator of the norm in Adam's metric; the weights lambda, a softmax, rise for whichever is violated.
 *
 * Matyasko & Chau, "PDPGD: primal-dual proximal gradient descent adversarial attack", 2021, algorithm 2; the proximal operators
 * are its table 1, the iterations in a metric those of Melchior, Joseph & Moolekamp, "Proximal Adam", 2019.
 */
import { exponential } from "../../numeric/exponential.ts";
import { naturalLogarithm } from "../../numeric/logarithm.ts";
import type { NormName } from "../minimal/norm.ts";
import { Adam } from "./adam.ts";
import { defineAttack } from "./attack.ts";
import { margin as marginLoss } from "./losses.ts";
import { number, whole } from "./options.ts";
import { clampTo, projectL1, shrink } from "./project.ts";
import type { AttackRow, Vector } from "./row.ts";

/** Rates at the end, as shares of those at first; that of r falls as a power, that of lambda along a line. */
const LAST_PRIMAL = naturalLogarithm(0.01);
const LAST_DUAL = 0.1;
/** Of the moving average of lambda. */
const MEMORY = 0.9;
/** lambda_1 / lambda_0 at first, and the most that it or its inverse may be. */
const FIRST_RATIO = naturalLogarithm(100);
const LARGEST_RATIO = naturalLogarithm(1e6);
/** Proximal iterations of a step, and the relative change below which they end. */
const PROXIMAL_STEPS = 5;
const CONVERGED = 0.01;

/** z <- argmin mu ||z - x0|| + |z - z0|^2 / 2, in place; the scratch vectors are overwritten. */
const PROXIMAL: Readonly<
  Record<NormName, (row: AttackRow, z: Vector, mu: number, scratch: readonly [Vector, Vector]) => void>
> = {
  l2: ({ size, kernels, n, image }, { at, values }, mu) => {
    const length = Math.sqrt(kernels.squared_distance_f64(n, at, image.at));
    const share = length > mu ? 1 - mu / length : 0;
    for (let i = 0; i < size; i++) {
      const x = image.values[i] as number;
      values[i] = x + share * ((values[i] as number) - x);
    }
  },
  // What the projection on the ball of the dual norm, L1, leaves.
  linf: (row, { at, values }, mu, [dual, scratch]) => {
    row.kernels.copy_f64(row.n, at, dual.at);
    projectL1(row, dual, mu, scratch);
    for (let i = 0; i < row.size; i++) {
      values[i] = (row.image.values[i] as number) + ((values[i] as number) - (dual.values[i] as number));
    }
  },
  l1: ({ image }, z, mu) => shrink(z, image, mu),
  l0: ({ size, image }, { values }, mu) => {
    for (let i = 0; i < size; i++) {
      const r = (values[i] as number) - (image.values[i] as number);
      if (r * r < 2 * mu) values[i] = image.values[i] as number;
    }
  },
};

export const pdpgd = defineAttack({
  name: "pdpgd",
  title: "Primal-dual proximal gradient descent",
  paper: "Matyasko & Chau, PDPGD: primal-dual proximal gradient descent adversarial attack, 2021",
  norms: ["l2", "linf", "l1", "l0"],
  needs: "gradients",
  finds: "smallest",
  questions: ["not", "label"],
  options: {
    steps: whole(500, "steps, of one evaluation each"),
    primalRate: number(0.1, "step size of Adam at first; a hundredth of it at the end"),
    dualRate: number(0.1, "step size of the weights at first; a tenth of it at the end"),
  },
  evaluations: ({ steps }) => steps,
  vectors: () => 9,
  *search(row, { steps, primalRate, dualRate }) {
    const { kernels, n, size, image, lower, upper } = row;
    const [x, to, gradient, before, first, second, ...moments] = row.vectors(9) as [
      ...[Vector, Vector, Vector, Vector, Vector, Vector],
      ...[Vector, Vector, Vector],
    ];
    const adam = new Adam(moments);
    const { weigh } = marginLoss(row);
    const proximal = PROXIMAL[row.norm];
    const scratch = [first, second] as const;
    kernels.copy_f64(n, image.at, x.at);
    let logRatio = FIRST_RATIO;
    let shareOfMargin = logistic(logRatio);
    for (let k = 0; k < steps; k++) {
      const { margin } = yield* row.gradient(x, weigh, gradient);
      // The gradient of softplus(max(0, -margin)).
      kernels.scale_f64(n, margin < 0 ? -logistic(-margin) : 0, gradient.at, gradient.at);
      const rate = primalRate * exponential((k / steps) * LAST_PRIMAL);
      kernels.copy_f64(n, x.at, to.at);
      adam.descend(to.values, gradient.values, rate);
      clampTo(row, to, lower, upper);
      // x <- prox(x - (x - to) H / max H), H the metric of Adam
      const metric = adam.denominator;
      let steepest = 0;
      for (let i = 0; i < size; i++) steepest = Math.max(steepest, metric[i] as number);
      const mu = (((1 - shareOfMargin) / shareOfMargin) * rate) / steepest;
      kernels.copy_f64(n, to.at, x.at);
      for (let j = 0; j < PROXIMAL_STEPS; j++) {
        kernels.copy_f64(n, x.at, before.at);
        for (let i = 0; i < size; i++) {
          const from = before.values[i] as number;
          x.values[i] = from + (((to.values[i] as number) - from) * (metric[i] as number)) / steepest;
        }
        proximal(row, x, mu, scratch);
        clampTo(row, x, lower, upper);
        const moved = kernels.squared_distance_f64(n, x.at, before.at);
        if (!(moved > CONVERGED * CONVERGED * kernels.squared_distance_f64(n, x.at, image.at))) break;
      }
      // lambda_1 grows where the point was no success
      const dual = dualRate * (steps === 1 ? 1 : ((steps - 1 - k) / (steps - 1)) * (1 - LAST_DUAL) + LAST_DUAL);
      logRatio = Math.max(-LARGEST_RATIO, Math.min(LARGEST_RATIO, logRatio - dual * Math.sign(margin)));
      shareOfMargin = MEMORY * shareOfMargin + (1 - MEMORY) * logistic(logRatio);
    }
  },
});

function logistic(x: number): number {
  return 1 / (1 + exponential(Math.min(700, -x)));
}
