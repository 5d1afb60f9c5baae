/**
 * The iteration of PDPGD: a saddle point is looked for of lambda_0 ||r|| + lambda_1 max(0, -margin). The change r takes a step of
 * Adam on the margin and the proximal operator of the norm in Adam's metric; the weights lambda, a softmax, rise for whichever is
 * violated.
 *
 * Matyasko & Chau, "PDPGD: primal-dual proximal gradient descent adversarial attack", 2021, algorithm 2; the proximal operators
 * are its table 1, the iterations in a metric those of Melchior, Joseph & Moolekamp, "Proximal Adam", 2019.
 */
import { exponential } from "../numeric/exponential.ts";
import { naturalLogarithm } from "../numeric/logarithm.ts";
import { Adam } from "./adam.ts";
import type { NormName } from "./minimal/norm.ts";
import { clampTo, projectL1 } from "./project.ts";
import type { RowSpace, Vector } from "./row-space.ts";

/** Rates at the end, as shares of those at first; that of r falls as a power, that of lambda along a line. */
const LAST_PRIMAL = naturalLogarithm(0.01);
const LAST_DUAL = 0.1;
/** Of the moving average of lambda. */
const MEMORY = 0.9;
/** lambda_1 / lambda_0 at first, and the most that it or its inverse may be. */
const FIRST_RATIO = naturalLogarithm(100);
const LARGEST_RATIO = naturalLogarithm(1e6);
/**
 * Proximal iterations of a step, and the relative change below which they end. That they stop short of convergence matters:
 * features of small slopes, which Adam moves as far as the others, are not taken back at once.
 */
const PROXIMAL_STEPS = 5;
const CONVERGED = 0.01;

/** z <- argmin mu ||z - x0|| + |z - z0|^2 / 2, in place; the scratch vectors are overwritten. */
const PROXIMAL: Readonly<
  Record<NormName, (space: RowSpace, z: Vector, mu: number, scratch: readonly [Vector, Vector]) => void>
> = {
  l2: ({ kernels, n, image }, { at }, mu) => {
    const length = Math.sqrt(kernels.squared_distance_f64(n, at, image.at));
    kernels.contract_f64(n, length > mu ? 1 - mu / length : 0, image.at, at);
  },
  // What the projection on the ball of the dual norm, L1, leaves.
  linf: (space, { at }, mu, [dual, scratch]) => {
    const { kernels, n, image } = space;
    kernels.copy_f64(n, at, dual.at);
    projectL1(space, dual, mu, scratch);
    kernels.sub_f64(n, at, dual.at, at);
    kernels.axpy_f64(n, 1, image.at, at);
  },
  l1: ({ kernels, n, image }, { at }, mu) => kernels.shrink_f64(n, mu, image.at, at),
  l0: ({ size, image }, { values }, mu) => {
    for (let i = 0; i < size; i++) {
      const r = (values[i] as number) - (image.values[i] as number);
      if (r * r < 2 * mu) values[i] = image.values[i] as number;
    }
  },
};

/** How the iteration goes. */
export interface PrimalDualOptions {
  readonly steps: number;
  /** Step size of Adam at first, in extents of the box. */
  readonly primalRate: number;
  /** Step size of the weights at first. */
  readonly dualRate: number;
  /** Extent of the box: lengths are measured in it. Default 1. */
  readonly extent?: number;
}

/** Vectors that the iteration takes for itself. */
export const PRIMAL_DUAL_VECTORS = 7;

export class PrimalDual {
  private readonly space: RowSpace;
  private readonly norm: NormName;
  private readonly options: Required<PrimalDualOptions>;
  private readonly to: Vector;
  private readonly before: Vector;
  private readonly scratch: readonly [Vector, Vector];
  private readonly adam: Adam;
  private logRatio = FIRST_RATIO;
  private shareOfMargin = logistic(FIRST_RATIO);
  private k = 0;

  /** @param vectors `PRIMAL_DUAL_VECTORS` of them, overwritten */
  constructor(space: RowSpace, norm: NormName, vectors: readonly Vector[], options: PrimalDualOptions) {
    const [to, before, first, second, ...moments] = vectors as [
      ...[Vector, Vector, Vector, Vector],
      ...[Vector, Vector, Vector],
    ];
    this.space = space;
    this.norm = norm;
    this.options = { extent: 1, ...options };
    this.to = to;
    this.before = before;
    this.scratch = [first, second];
    this.adam = new Adam(space, moments);
  }

  /**
   * Takes x one step further.
   *
   * @param gradient of the margin at x, overwritten
   */
  step(x: Vector, gradient: Vector, margin: number): void {
    const { space, to, before, scratch, adam } = this;
    const { steps, primalRate, dualRate, extent } = this.options;
    const { kernels, n, image, lower, upper } = space;
    const k = this.k++;
    // The gradient of softplus(max(0, -margin)).
    kernels.scale_f64(n, margin < 0 ? -extent * logistic(-margin) : 0, gradient.at, gradient.at);
    const rate = extent * primalRate * exponential((k / steps) * LAST_PRIMAL);
    kernels.copy_f64(n, x.at, to.at);
    adam.descend(to, gradient, rate);
    clampTo(space, to, lower, upper);
    // x <- prox(x - (x - to) H / max H), H the metric of Adam
    const metric = adam.metric.at;
    const steepest = kernels.norm_inf_f64(n, metric);
    // A count of features does not grow with the box, as lengths do.
    const unit = this.norm === "l0" ? extent : 1;
    const mu = (unit * (((1 - this.shareOfMargin) / this.shareOfMargin) * rate)) / steepest;
    kernels.copy_f64(n, to.at, x.at);
    for (let j = 0; j < PROXIMAL_STEPS; j++) {
      kernels.copy_f64(n, x.at, before.at);
      kernels.metric_step_f64(n, steepest, metric, before.at, to.at, x.at);
      PROXIMAL[this.norm](space, x, mu, scratch);
      clampTo(space, x, lower, upper);
      const moved = kernels.squared_distance_f64(n, x.at, before.at);
      if (!(moved > CONVERGED * CONVERGED * kernels.squared_distance_f64(n, x.at, image.at))) break;
    }
    // lambda_1 grows where the point was no success
    const dual = dualRate * (steps === 1 ? 1 : ((steps - 1 - k) / (steps - 1)) * (1 - LAST_DUAL) + LAST_DUAL);
    this.logRatio = Math.max(-LARGEST_RATIO, Math.min(LARGEST_RATIO, this.logRatio - dual * Math.sign(margin)));
    this.shareOfMargin = MEMORY * this.shareOfMargin + (1 - MEMORY) * logistic(this.logRatio);
  }
}

function logistic(x: number): number {
  return 1 / (1 + exponential(Math.min(700, -x)));
}
