/**
 * Projected L-BFGS for a box, ask/tell: the two-loop recursion over the free variables, Armijo backtracking along the
 * projected path. Bertsekas (SIAM J. Control Optim. 20, 1982) gives the free set, Nocedal and Wright (2006) 7.4 the
 * direction. A step is cheaper than one of L-BFGS-B (no Cauchy point), and hundreds of instances share one workspace.
 * A run can start from any point whose value and gradient are known, and the history survives from run to run.
 *
 * Vectors are f64[n] with n padded to a multiple of 8 by zeros; the bounds of the padding are 0, 0.
 */
import type { F64Pointer, I64Pointer, SolverKernels, SolverWorkspace } from "../wasm/index.ts";
import type { Box } from "./bounds.ts";
import { History } from "./history.ts";

/** Share of the predicted decrease that a step must achieve (Armijo). */
const DECREASE = 1e-4;
/** Steps tried along one direction before the run gives up. */
const BACKTRACKS = 12;
/** A backtracking step lies within these shares of the last. */
const SHRINK_LEAST = 0.1;
const SHRINK_MOST = 0.5;
/** A run ends as "flat" where the free gradient is shorter than this. */
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
  x: F64Pointer;
  g: F64Pointer;
  /** Value at `x`. */
  f = 0;
  iterations = 0;
  /** Why the run is over, or undefined while it is not. */
  stop: ProjectedStop | undefined;
  private readonly kernels: SolverKernels;
  private readonly box: Box;
  private readonly d: F64Pointer;
  private trial: F64Pointer;
  private trialGradient: F64Pointer;
  private readonly free: I64Pointer;
  private readonly history: History;
  private readonly work: F64Pointer;
  private run: ProjectedRun = { tolerance: 0, maxIterations: 0, noise: 0 };
  private length = 1;
  private predicted = 0;
  private tries = 0;

  constructor(workspace: SolverWorkspace, box: Box, memory: number) {
    this.kernels = workspace.kernels;
    this.box = box;
    const vector = (): F64Pointer => {
      const at = workspace.arena.allocateF64(box.n);
      workspace.arena.f64(at, box.n).fill(0);
      return at;
    };
    this.x = vector();
    this.g = vector();
    this.d = vector();
    this.trial = vector();
    this.trialGradient = vector();
    this.free = workspace.arena.allocateI64(box.n);
    this.history = new History(workspace.arena, box.n, box.n, memory);
    this.work = workspace.arena.allocateF64(4 * memory);
  }

  /** Bytes an instance takes in its workspace. */
  static bytes(n: number, memory: number): number {
    return 8 * ((6 + 2 * memory) * n + 4 * memory);
  }

  /** Drops the history. */
  forget(): void {
    this.history.clear();
  }

  /**
   * Adds (change / 2) |x - a|^2 to f: to the value and gradient at `x`, and to every gradient difference of the
   * history, exactly. So a run for another penalty keeps the curvature found so far.
   */
  addQuadratic(change: number, a: F64Pointer): void {
    const { kernels, x, g, history } = this;
    const { n } = this.box;
    this.f += (change / 2) * kernels.squared_distance_f64(n, x, a);
    kernels.axpy_f64(n, change, x, g);
    kernels.axpy_f64(n, -change, a, g);
    for (let slot = 0; slot < history.pairs; slot++) {
      kernels.axpy_f64(n, change, history.rowOfS(slot), history.rowOfY(slot));
    }
  }

  /** Begins a run at the point, value and gradient that the caller has written to `x`, `f` and `g`. */
  start(run: ProjectedRun): void {
    this.run = run;
    this.iterations = 0;
    this.stop = undefined;
    this.computeDirection();
  }

  /** The point to evaluate next, in the box. Only while `stop` is undefined. */
  ask(): F64Pointer {
    const { n, lower, upper } = this.box;
    this.predicted = this.kernels.trial_f64(n, this.length, this.x, this.d, this.g, lower, upper, this.trial);
    return this.trial;
  }

  /** Where the caller writes the gradient at the point asked for, before `tell`. */
  get gradient(): F64Pointer {
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
    const { n } = this.box;
    // The old point and gradient are done with: the pair takes their place, and that of the oldest only if it is kept.
    const [s, y] = [this.x, this.g];
    const isCurved = this.kernels.pair_of_points_f64(n, s, this.trial, y, this.trialGradient, s, y) > 0;
    if (isCurved) this.remember(s, y);
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

  /** Makes a pair the newest of the history. */
  private remember(s: F64Pointer, y: F64Pointer): void {
    const { kernels, history } = this;
    const { n } = this.box;
    kernels.copy_f64(n, s, history.rowOfS(history.next));
    kernels.copy_f64(n, y, history.rowOfY(history.next));
    history.append();
  }

  /** Computes the direction at the current point, and the step to try first. */
  private computeDirection(): void {
    const { kernels, x, g, free } = this;
    const { n, lower, upper } = this.box;
    this.tries = 0;
    this.length = 1;
    kernels.free_set_f64(n, x, g, lower, upper, free);
    const slope = this.twoLoop(1);
    if (slope < 0 && this.history.pairs > 0) return;
    // No history, or one that points uphill: along the free gradient, by a unit of length at most.
    this.forget();
    const squared = -this.twoLoop(1);
    if (!(squared > FLAT * FLAT)) this.stop = "flat";
    else this.length = Math.min(1, 1 / Math.sqrt(squared));
  }

  private twoLoop(gamma: number): number {
    const { n } = this.box;
    const { history, free, g, d, work } = this;
    return this.kernels.two_loop_f64(n, history.pairs, history, free, g, d, gamma, work);
  }
}
