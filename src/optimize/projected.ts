/**
 * Projected L-BFGS for a box, ask/tell: the two-loop recursion over the free variables, Armijo backtracking along the
 * projected path. Bertsekas (SIAM J. Control Optim. 20, 1982) gives the free set, Nocedal and Wright (2006) 7.4 the
 * direction. A step is cheaper than one of L-BFGS-B (no Cauchy point), and hundreds of instances share one workspace.
 * A run can start from any point whose value and gradient are known, and the history survives from run to run.
 *
 * It is for functions computed in single precision: points, gradients and history are f32, values and inner products f64.
 * Vectors are f32[n] with n padded to a multiple of 8 by zeros; the bounds of the padding are 0, 0.
 */
import type { F32Pointer, Kernels, Workspace } from "../wasm/index.ts";
import type { Box } from "./bounds.ts";
import { InverseHessian } from "./inverse-hessian.ts";

/** Share of the predicted decrease that a step must achieve (Armijo). */
const DECREASE = 1e-4;
/** Steps tried along one direction before the run gives up. */
const BACKTRACKS = 12;
/** A backtracking step lies within these shares of the last. */
const SHRINK_LEAST = 0.1;
const SHRINK_MOST = 0.5;
/** A run ends as "flat" where f falls along the free gradient by less than this over a width of the box. */
const FLAT = 1e-9;

export type ProjectedStop = "converged" | "flat" | "noise" | "max-iterations" | "line-search-failed";

export interface ProjectedRun {
  /** The run ends when an iteration lowers f by less than this share of |f|. */
  tolerance: number;
  maxIterations: number;
  /** Relative error of f: a search whose promised decrease is below it ends the run. */
  noise: number;
}

export class ProjectedLbfgs {
  /** The current point and gradient. An accepted step trades places with them: read the pointers anew after `tell`. */
  x: F32Pointer;
  g: F32Pointer;
  /** Value at `x`. */
  f = 0;
  iterations = 0;
  /** The curvature found so far. */
  readonly curvature: InverseHessian;
  /** Why the run is over, or undefined while it is not. */
  stop: ProjectedStop | undefined;
  private readonly kernels: Kernels;
  private readonly box: Box;
  private readonly d: F32Pointer;
  private trial: F32Pointer;
  private trialGradient: F32Pointer;
  private run: ProjectedRun = { tolerance: 0, maxIterations: 0, noise: 0 };
  private length = 1;
  private predicted = 0;
  private tries = 0;

  constructor(workspace: Workspace, box: Box, memory: number) {
    this.kernels = workspace.kernels;
    this.box = box;
    const vector = (): F32Pointer => {
      const at = workspace.arena.allocateF32(box.n);
      workspace.arena.f32(at, box.n).fill(0);
      return at;
    };
    this.x = vector();
    this.g = vector();
    this.d = vector();
    this.trial = vector();
    this.trialGradient = vector();
    this.curvature = new InverseHessian(workspace, box, memory);
  }

  /** Bytes an instance takes in its workspace. */
  static bytes(n: number, memory: number): number {
    return 20 * n + InverseHessian.bytes(n, memory);
  }

  /** Drops the history. */
  forget(): void {
    this.curvature.forget();
  }

  /**
   * Adds (change / 2) |x - a|^2 to f: to the value and gradient at `x`, and to every gradient difference of the
   * history. So a run for another penalty keeps the curvature found so far.
   */
  addQuadratic(change: number, a: F32Pointer): void {
    const { kernels, x, g } = this;
    const { n } = this.box;
    // The gradient of (change / 2) |x - a|^2, added to g in place.
    this.f += (change / 2) * kernels.penalty_gradient_f32(n, change / 2, x, a, g, g);
    this.curvature.shift(change);
  }

  /** Begins a run at the point, value and gradient that the caller has written to `x`, `f` and `g`. */
  start(run: ProjectedRun): void {
    this.run = run;
    this.iterations = 0;
    this.stop = undefined;
    this.computeDirection();
  }

  /** The point to evaluate next, in the box. Only while `stop` is undefined. */
  ask(): F32Pointer {
    const { n, lower, upper } = this.box;
    this.predicted = this.kernels.trial_f32(n, this.length, this.x, this.d, this.g, lower, upper, this.trial);
    return this.trial;
  }

  /** Where the caller writes the gradient at the point asked for, before `tell`. */
  get gradient(): F32Pointer {
    return this.trialGradient;
  }

  /** The value at the point asked for. Returns whether the point was accepted. */
  tell(f: number): boolean {
    // Where the box bends a long step, the slope along it may promise an increase: only a shorter step will do.
    const descends = this.predicted <= 0;
    if (descends && f <= this.f + DECREASE * this.predicted) {
      this.accept(f);
      return true;
    }
    this.tries++;
    const invisible = descends && -this.predicted <= this.run.noise * (1 + Math.abs(this.f));
    if (invisible || this.tries >= BACKTRACKS) {
      this.stop = invisible ? "noise" : "line-search-failed";
      return false;
    }
    // The minimiser of the parabola through both values and the slope, where it is one.
    const share = -this.predicted / (2 * (f - this.f - this.predicted));
    this.length *=
      share > SHRINK_LEAST && share < SHRINK_MOST ? share : share >= SHRINK_MOST ? SHRINK_MOST : SHRINK_LEAST;
    return false;
  }

  private accept(f: number): void {
    this.curvature.learn(this.x, this.g, this.trial, this.trialGradient);
    [this.x, this.trial] = [this.trial, this.x];
    [this.g, this.trialGradient] = [this.trialGradient, this.g];

    const decrease = this.f - f;
    const scale = Math.max(Math.abs(this.f), Math.abs(f));
    this.f = f;
    this.iterations++;
    if (decrease <= this.run.tolerance * scale) this.stop = "converged";
    else if (this.iterations >= this.run.maxIterations) this.stop = "max-iterations";
    else this.computeDirection();
  }

  /** Computes the direction at the current point, and the step to try first. */
  private computeDirection(): void {
    const { curvature, x, g, d } = this;
    const { width } = this.box;
    this.tries = 0;
    this.length = 1;
    // As if the box were one unit wide: gradients there are `width` times these, and steps are longer by as much.
    const gamma = width * width;
    curvature.setFree(x, g);
    const slope = curvature.apply(g, gamma, d);
    if (slope < 0 && curvature.pairs > 0) return;
    // No history, or one that points uphill: along the free gradient, by a width at most.
    this.forget();
    const squared = -curvature.apply(g, gamma, d);
    if (!(squared > FLAT * FLAT)) this.stop = "flat";
    else this.length = Math.min(1, 1 / Math.sqrt(squared));
  }
}
