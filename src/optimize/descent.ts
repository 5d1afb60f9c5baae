/**
 * What every quasi-Newton method with a line search does: ask for a point, take f and g there, search along the
 * direction, test for convergence, update the model; when a search fails, drop the model and start over.
 * The tests, their order and the restarts are those of L-BFGS-B 3.0 (Zhu, Byrd, Lu, Nocedal, "Algorithm 778", ACM
 * TOMS 23, 1997). A subclass adds the direction, the model and the norm of the projected gradient.
 */
import { misplaced, requireLength, wrongType } from "../check.ts";
import type { F64Pointer, I64Pointer, SolverKernels } from "../wasm/index.ts";
import { type SolverWorkspace, solverWorkspace } from "../wasm/index.ts";
import { LineSearch, type LineSearchState } from "./line-search.ts";
import { EPSILON, type Result, type Settings, type Status } from "./options.ts";

/** Trial steps of one line search. */
const MAX_TRIALS = 20;

/** The part of a snapshot that all methods share, as plain numbers and arrays. */
export interface DescentState {
  n: number;
  settings: Settings;
  status: Status;
  iterations: number;
  evaluations: number;
  skippedUpdates: number;
  f: number;
  projectedGradient: number;
  /** Undefined before the first evaluation and after the last. */
  search: LineSearchState | undefined;
  trials: number;
  rejected: boolean;
  /** The iterate, its gradient, the direction from it, and the point asked for. */
  x: Float64Array;
  gradient: Float64Array;
  direction: Float64Array;
  trial: Float64Array;
}

/** A direction to search along, already written to d. */
export interface Proposal {
  /** g'd. */
  slope: number;
  /** The first step to try. */
  step: number;
  maxStep: number;
}

export abstract class Descent {
  /** Number of variables. */
  readonly n: number;
  readonly settings: Settings;
  /** Accepted steps so far. */
  iterations = 0;
  /** Calls of `tell` so far. */
  evaluations = 0;
  /** Pairs that were not stored because s'y was too small. */
  skippedUpdates = 0;
  /** f at the current iterate. */
  f = Number.NaN;
  /** Largest magnitude in the projected gradient at the current iterate. */
  projectedGradient = Number.NaN;
  status: Status = "running";

  protected readonly workspace: SolverWorkspace;
  protected readonly kernels: SolverKernels;
  /** n up to whole blocks of 8; what lies between holds zeros. */
  protected readonly padded: number;
  /** x_k and g_k. */
  protected x: F64Pointer;
  protected g: F64Pointer;
  /** The point asked for, and its gradient. Changes places with x and g when a step is accepted. */
  protected trialX: F64Pointer;
  protected trialG: F64Pointer;
  /** d, the search direction from x_k. */
  protected readonly d: F64Pointer;
  protected search: LineSearch | undefined;
  private trials = 0;
  /** Whether the last trial was not finite. */
  private rejected = false;
  private readonly point: Float64Array;

  protected constructor(x0: Float64Array, settings: Settings, workspace: SolverWorkspace = solverWorkspace()) {
    this.n = x0.length;
    this.padded = 8 * Math.floor((this.n + 7) / 8);
    this.settings = settings;
    this.workspace = workspace;
    this.kernels = workspace.kernels;
    this.x = this.vector();
    this.g = this.vector();
    this.trialX = this.vector();
    this.trialG = this.vector();
    this.d = this.vector();
    this.point = new Float64Array(this.n);
    this.write(this.trialX, x0);
  }

  /** Whether the run has ended; `status` says why. */
  get done(): boolean {
    return this.status !== "running";
  }

  /** The point to evaluate next, f64[n]. The array belongs to the solver and changes with the next `ask`. Throws when the run has ended. */
  ask(): Float64Array {
    this.requireRunning("ask");
    this.point.set(this.view(this.trialX));
    return this.point;
  }

  /**
   * Takes f and its gradient at the point last asked for, and moves on to the next point or ends the run. Throws when the
   * run has ended.
   *
   * @param gradient n numbers
   */
  tell(f: number, gradient: Float64Array | Float32Array): void {
    this.requireRunning("tell");
    if (typeof f !== "number") wrongType("f", "a number", f);
    requireLength("gradient", gradient, this.n, "numbers, one a variable");
    const g = this.workspace.arena.f64(this.trialG, this.padded);
    g.set(gradient);
    g.fill(0, this.n); // a method may have used the vector for something else
    this.evaluations++;
    if (this.search) this.continueLineSearch(this.search, f);
    else this.takeFirstValue(f);
  }

  /** Ends the run at the best point so far. */
  abort(): void {
    if (!this.done) this.finish("aborted");
  }

  /** The best point so far and its cost. Before the first `tell`, f is NaN. */
  result(): Result {
    return {
      x: this.view(this.x).slice(),
      f: this.f,
      gradient: this.view(this.g).slice(),
      projectedGradient: this.projectedGradient,
      iterations: this.iterations,
      evaluations: this.evaluations,
      status: this.status,
    };
  }

  /** Writes the next search direction d. */
  protected abstract computeDirection(): Proposal;
  /** Writes trialX = x + step d, inside the bounds. */
  protected abstract placeTrial(step: number): void;
  /** Stores s = step d and y = trialG - g, whose s'y is `curvature`. */
  protected abstract updateHistory(step: number, curvature: number): void;
  /** Drops the pairs; returns whether there were any. */
  protected abstract clearHistory(): boolean;
  /** Largest magnitude in the projected gradient at x. */
  protected abstract projectedGradientNorm(): number;

  /** Starts over at x0. */
  protected rewind(x0: Float64Array): void {
    this.clearHistory();
    this.iterations = 0;
    this.evaluations = 0;
    this.skippedUpdates = 0;
    this.f = Number.NaN;
    this.projectedGradient = Number.NaN;
    this.status = "running";
    this.search = undefined;
    this.write(this.trialX, x0);
  }

  /** Reserves a padded vector of zeros. */
  protected vector(): F64Pointer {
    const at = this.workspace.arena.allocateF64(this.padded);
    this.workspace.arena.f64(at, this.padded).fill(0);
    return at;
  }

  /** The same of masks, all fixed. */
  protected masks(): I64Pointer {
    const at = this.workspace.arena.allocateI64(this.padded);
    this.workspace.arena.masks(at, this.padded).fill(0);
    return at;
  }

  /** The n numbers at a pointer; stale after the memory grows. */
  protected view(at: F64Pointer): Float64Array {
    return this.workspace.arena.f64(at, this.n);
  }

  protected write(at: F64Pointer, values: Float64Array): void {
    this.view(at).set(values);
  }

  protected descentState(): DescentState {
    return {
      n: this.n,
      settings: { ...this.settings },
      status: this.status,
      iterations: this.iterations,
      evaluations: this.evaluations,
      skippedUpdates: this.skippedUpdates,
      f: this.f,
      projectedGradient: this.projectedGradient,
      search: this.search?.state(),
      trials: this.trials,
      rejected: this.rejected,
      x: this.view(this.x).slice(),
      gradient: this.view(this.g).slice(),
      direction: this.view(this.d).slice(),
      trial: this.view(this.trialX).slice(),
    };
  }

  /** Continues from a `descentState`. */
  protected resume(state: DescentState): void {
    this.status = state.status;
    this.iterations = state.iterations;
    this.evaluations = state.evaluations;
    this.skippedUpdates = state.skippedUpdates;
    this.f = state.f;
    this.projectedGradient = state.projectedGradient;
    this.search = state.search && new LineSearch(state.search);
    this.trials = state.trials;
    this.rejected = state.rejected;
    this.write(this.x, state.x);
    this.write(this.g, state.gradient);
    this.write(this.d, state.direction);
    this.write(this.trialX, state.trial);
  }

  /** The first evaluation. */
  private takeFirstValue(f: number): void {
    this.exchange();
    this.f = f;
    if (!Number.isFinite(f) || !Number.isFinite(this.kernels.norm_inf_f64(this.padded, this.g))) {
      this.finish("not-finite");
      return;
    }
    this.projectedGradient = this.projectedGradientNorm();
    if (this.projectedGradient <= this.settings.pgtol) this.finish("converged-gradient");
    else if (this.settings.maxIterations === 0) this.finish("max-iterations");
    else this.startLineSearch();
  }

  /** Starts a line search from x. If d does not descend, drops the pairs and tries the gradient; if that fails, ends the run. */
  private startLineSearch(): void {
    if (this.evaluations >= this.settings.maxEvaluations) {
      this.finish("max-evaluations");
      return;
    }
    for (;;) {
      const { slope, step, maxStep } = this.computeDirection();
      // Also false for NaN, which a model that overflowed would give.
      if (slope < 0 && step > 0) {
        this.search = new LineSearch(this.f, slope, step, maxStep);
        this.trials = 0;
        this.rejected = false;
        this.requestTrial(this.search);
        return;
      }
      if (!this.clearHistory()) {
        this.finish("line-search-failed");
        return;
      }
    }
  }

  /** One more evaluation along d. */
  private requestTrial(search: LineSearch): void {
    this.trials++;
    this.placeTrial(search.step);
  }

  /** An evaluation within a line search. */
  private continueLineSearch(search: LineSearch, f: number): void {
    const slope = this.kernels.dot_f64(this.padded, this.trialG, this.d);
    // A gradient that is not finite anywhere makes the slope not finite: even 0 * infinity is NaN.
    this.rejected = !(Number.isFinite(f) && Number.isFinite(slope));
    const outcome = this.rejected ? search.reject() : search.tell(f, slope);
    if (outcome !== "evaluate") {
      this.accept(search, f, slope);
      return;
    }
    if (this.evaluations >= this.settings.maxEvaluations) {
      // A trial that is no acceptable step may still be the best point seen.
      if (!this.rejected && f < this.f) this.moveTo(f);
      this.finish("max-evaluations");
      return;
    }
    const isBelowNoise = this.isBelowNoise(search);
    if (isBelowNoise || this.trials >= MAX_TRIALS) {
      if (this.clearHistory()) this.startLineSearch();
      else this.finish(isBelowNoise ? "converged-noise" : this.rejected ? "not-finite" : "line-search-failed");
      return;
    }
    this.requestTrial(search);
  }

  /** After a refused trial: whether the decrease that the next step promises is below the noise of f. */
  private isBelowNoise(search: LineSearch): boolean {
    const { noise } = this.settings;
    return noise > 0 && -search.startSlope * search.step <= noise * Math.abs(search.startValue);
  }

  /** Takes an accepted step: tests for convergence, updates the model, starts the next search. */
  private accept(search: LineSearch, f: number, slope: number): void {
    const { step, startSlope, startValue } = search;
    const { pgtol, factr, maxIterations, noise } = this.settings;
    // A pair with s'y <= eps (-g's) is skipped: the original's code tests this, its paper eps y'y.   [Byrd et al. 1995, (3.9)]
    const curvature = (slope - startSlope) * step;
    const usable = curvature > EPSILON * -startSlope * step;
    if (usable) this.updateHistory(step, curvature);
    this.moveTo(f);
    this.iterations++;

    const reduction = startValue - f;
    if (this.projectedGradient <= pgtol) {
      this.finish("converged-gradient");
    } else if (noise > 0 && reduction <= 0) {
      this.finish("converged-noise");
    } else if (reduction <= factr * EPSILON * Math.max(Math.abs(startValue), Math.abs(f), 1)) {
      this.finish("converged-reduction");
    } else if (this.iterations >= maxIterations) {
      this.finish("max-iterations");
    } else {
      if (!usable) this.skippedUpdates++;
      this.startLineSearch();
    }
  }

  /** Makes the trial point the iterate. */
  private moveTo(f: number): void {
    this.exchange();
    this.f = f;
    this.projectedGradient = this.projectedGradientNorm();
  }

  private exchange(): void {
    [this.x, this.trialX] = [this.trialX, this.x];
    [this.g, this.trialG] = [this.trialG, this.g];
  }

  private finish(status: Status): void {
    // Aborted before the first evaluation: the only point there is.
    if (this.evaluations === 0) this.exchange();
    this.status = status;
    this.search = undefined;
  }

  private requireRunning(call: string): void {
    if (this.done) throw misplaced(call, "a run under way", `one that ended with "${this.status}"`);
  }
}
