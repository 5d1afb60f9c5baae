/**
 * L-BFGS for smooth functions without bounds: the two-loop recursion (Nocedal, "Updating quasi-Newton matrices with
 * limited storage", Math. Comp. 35, 1980; Nocedal and Wright 2006, algorithm 7.5) under the line search, the tests
 * and the restarts of L-BFGS-B. With bounds: `minimize`.
 */
import { requireOptions } from "../check.ts";
import type { F64Pointer, SolverWorkspace } from "../wasm/index.ts";
import { Descent, type DescentState, type Proposal } from "./descent.ts";
import { History, type HistoryState } from "./history.ts";
import {
  type Objective,
  type Result,
  RUN_OPTIONS,
  type RunOptions,
  requireVector,
  SOLVER_OPTIONS,
  type SolverOptions,
  settingsOf,
} from "./options.ts";
import { run } from "./run.ts";

/** The longest step of a line search, as in the original. */
const MAX_STEP = 1e10;

/** The options of L-BFGS without bounds. */
export interface LbfgsOptions extends SolverOptions {
  /**
   * Relative noise of f, at most 1; default 0. A search gives up once it has shortened its step until the promised
   * decrease is less than noise |f|. If that happens along the gradient too, the run ends as "converged-noise".
   */
  noise?: number;
}

/** The whole state of a run, as plain numbers and Float64Arrays. */
export interface LbfgsState extends DescentState, HistoryState {}

/**
 * An unconstrained run whose caller evaluates the function:
 *
 *   const run = new Lbfgs(x0, { memory: 10 });
 *   while (!run.done) run.tell(f(run.ask()), gradient);
 *   const { x, status } = run.result();
 *
 * It lives in the workspace it is given, or in one of its own, and takes (2 memory + 5) n doubles there.
 */
export class Lbfgs extends Descent {
  private readonly history: History;
  /** f64[memory], s'y of the pair in each slot. */
  private readonly curvatures: F64Pointer;
  private readonly work: F64Pointer;

  /**
   * Starts at x0, n numbers. Throws for numbers that are not finite, and for options that are unknown or out of
   * range.
   */
  constructor(x0: ArrayLike<number>, options: LbfgsOptions = {}, workspace?: SolverWorkspace) {
    requireOptions("Lbfgs", options, { ...SOLVER_OPTIONS, noise: true });
    super(requireVector("x0", x0, undefined, false), settingsOf(options), workspace);
    const { memory } = this.settings;
    const { arena } = this.workspace;
    this.history = new History(arena, this.n, this.padded, memory);
    this.curvatures = arena.allocateF64(memory);
    this.work = arena.allocateF64(memory);
  }

  /**
   * Starts over from another point, in the same memory and with the same options. Throws for a point of another
   * length or that is not finite.
   */
  restart(x0: ArrayLike<number>): void {
    this.rewind(requireVector("x0", x0, this.n, false));
  }

  /** The whole state, between any two calls: `Lbfgs.restore` continues from it bit for bit. */
  snapshot(): LbfgsState {
    return { ...this.descentState(), ...this.history.state() };
  }

  /** A run that continues where the snapshot was taken. */
  static restore(state: LbfgsState, workspace?: SolverWorkspace): Lbfgs {
    const run = new Lbfgs(state.x, state.settings, workspace);
    run.history.restore(state);
    for (let slot = 0; slot < state.pairs; slot++) run.setCurvature(slot);
    run.resume(state);
    return run;
  }

  protected override computeDirection(): Proposal {
    const { padded, history, curvatures, g, d, work } = this;
    const { pairs } = history;
    const slope = this.kernels.two_loop_unbounded_f64(padded, pairs, history, curvatures, g, d, 1, work);
    // Along the bare gradient nothing is known of the scale: move by a unit of length.
    const step = pairs > 0 ? 1 : Math.min(1 / this.kernels.norm2_f64(padded, d), MAX_STEP);
    return { slope, step, maxStep: MAX_STEP };
  }

  protected override placeTrial(step: number): void {
    this.workspace.arena.f64(this.trialX, this.padded).set(this.workspace.arena.f64(this.x, this.padded));
    this.kernels.axpy_f64(this.padded, step, this.d, this.trialX);
  }

  protected override updateHistory(step: number): void {
    this.history.append();
    const { newest, newestS, newestY } = this.history;
    this.kernels.pair_f64(this.padded, step, this.d, this.trialG, this.g, newestS, newestY);
    this.setCurvature(newest);
  }

  private setCurvature(slot: number): void {
    const { padded, history, kernels } = this;
    const { arena } = this.workspace;
    const curvature = kernels.curvature_f64(padded, history.rowOfS(slot), history.rowOfY(slot));
    arena.f64(this.curvatures, history.capacity)[slot] = curvature;
  }

  protected override clearHistory(): boolean {
    return this.history.clear();
  }

  protected override projectedGradientNorm(): number {
    return this.kernels.norm_inf_f64(this.padded, this.g);
  }
}

/**
 * Minimises a function without bounds from x0. Throws a TypeError or RangeError for bad arguments before the first
 * call of `fg`, and whatever `fg` throws; everything else is a status.
 */
export function lbfgs(fg: Objective, x0: ArrayLike<number>, options: LbfgsOptions & RunOptions = {}): Result {
  requireOptions("lbfgs", options, { ...RUN_OPTIONS, noise: true });
  const { onIteration, signal, ...settings } = options;
  return run(fg, options, (workspace) => new Lbfgs(x0, settings, workspace));
}
