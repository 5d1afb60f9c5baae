/**
 * L-BFGS for smooth functions without bounds: the two-loop recursion (Nocedal, "Updating quasi-Newton matrices with
 * limited storage", Math. Comp. 35, 1980; Nocedal and Wright 2006, algorithm 7.5) under the line search, the tests
 * and the restarts of L-BFGS-B. With bounds: `minimize`.
 */
import type { Pointer, Workspace } from "../wasm/index.ts";
import { Descent, type DescentState, type Proposal } from "./descent.ts";
import {
  type Objective,
  type Result,
  type RunOptions,
  requireVector,
  type SolverOptions,
  settingsOf,
} from "./options.ts";
import { run } from "./run.ts";

/** A step no search goes beyond, as in the original. */
const MAX_STEP = 1e10;

export interface LbfgsOptions extends SolverOptions {
  /**
   * Relative noise of f, below 1; default 0. With noise, a search whose steps have become so short that the decrease they
   * promise is less than noise |f| ends, and so does the run: "converged-noise".
   */
  noise?: number;
}

/** A run in the middle of what it does: plain numbers and Float64Arrays. */
export interface LbfgsState extends DescentState {
  pairs: number;
  newest: number;
  /** The pairs stored, slot after slot: f64[pairs, n]. */
  steps: Float64Array;
  differences: Float64Array;
}

/**
 * An unconstrained run under its caller's control:
 *
 *   const run = new Lbfgs(x0, { memory: 10 });
 *   while (!run.done) run.tell(f(run.ask()), gradient);
 *   const { x, status } = run.result();
 *
 * It lives in the workspace it is given, or in one of its own, and takes (2 memory + 6) n doubles there.
 */
export class Lbfgs extends Descent {
  private readonly steps: Pointer;
  private readonly differences: Pointer;
  private readonly free: Pointer;
  private readonly work: Pointer;
  private pairs = 0;
  private newest = -1;

  constructor(x0: ArrayLike<number>, options: LbfgsOptions = {}, workspace?: Workspace) {
    super(requireVector("x0", x0, undefined, false), settingsOf(options), workspace);
    const { memory } = this.settings;
    this.steps = this.vector(memory);
    this.differences = this.vector(memory);
    this.free = this.vector();
    this.work = this.workspace.arena.allocate64(4 * memory);
    // The mask of the kernel: every variable is free. The padding may be, too: it holds zeros.
    this.workspace.arena.i32(this.free, 2 * this.padded).fill(-1);
  }

  /** The whole state, between any two calls: `Lbfgs.restore` continues from it bit for bit. */
  snapshot(): LbfgsState {
    return {
      ...this.descentState(),
      pairs: this.pairs,
      newest: this.newest,
      steps: this.rows(this.steps),
      differences: this.rows(this.differences),
    };
  }

  /** A run that continues where the snapshot was taken. */
  static restore(state: LbfgsState, workspace?: Workspace): Lbfgs {
    const run = new Lbfgs(state.x, state.settings, workspace);
    run.pairs = state.pairs;
    run.newest = state.newest;
    for (let slot = 0; slot < state.pairs; slot++) {
      const row = [slot * state.n, (slot + 1) * state.n] as const;
      run.write(run.slot(run.steps, slot), state.steps.subarray(...row));
      run.write(run.slot(run.differences, slot), state.differences.subarray(...row));
    }
    run.resume(state);
    return run;
  }

  protected override propose(): Proposal {
    const { steps, differences, free, g, d, work } = this;
    const { memory } = this.settings;
    const newest = Math.max(this.newest, 0);
    const slope = this.kernels.two_loop_f64(
      this.padded,
      this.pairs,
      memory,
      newest,
      steps,
      differences,
      free,
      g,
      d,
      1,
      work,
    );
    // Along the bare gradient nothing is known of the scale: move by a unit of length.
    const step = this.pairs > 0 ? 1 : Math.min(1 / this.kernels.norm2_f64(this.padded, d), MAX_STEP);
    return { slope, step, maxStep: MAX_STEP };
  }

  protected override place(step: number): void {
    this.workspace.arena.f64(this.trialX, this.padded).set(this.workspace.arena.f64(this.x, this.padded));
    this.kernels.axpy_f64(this.padded, step, this.d, this.trialX);
  }

  protected override absorb(step: number): void {
    const { memory } = this.settings;
    this.newest = (this.newest + 1) % memory;
    this.pairs = Math.min(this.pairs + 1, memory);
    this.kernels.scale_f64(this.padded, step, this.d, this.slot(this.steps, this.newest));
    this.kernels.sub_f64(this.padded, this.trialG, this.g, this.slot(this.differences, this.newest));
  }

  protected override forget(): boolean {
    const any = this.pairs > 0;
    this.pairs = 0;
    this.newest = -1;
    return any;
  }

  protected override measure(): number {
    return this.kernels.norm_inf_f64(this.padded, this.g);
  }

  private slot(history: Pointer, slot: number): Pointer {
    return history + 8 * this.padded * slot;
  }

  private rows(history: Pointer): Float64Array {
    const rows = new Float64Array(this.pairs * this.n);
    for (let slot = 0; slot < this.pairs; slot++) rows.set(this.view(this.slot(history, slot)), slot * this.n);
    return rows;
  }
}

/**
 * Minimises a function without bounds from x0. Throws a TypeError or RangeError for bad arguments before the first
 * call of `fg`, and whatever `fg` throws; everything else is a status.
 */
export function lbfgs(fg: Objective, x0: ArrayLike<number>, options: LbfgsOptions & RunOptions = {}): Result {
  return run(fg, options, (workspace) => new Lbfgs(x0, options, workspace));
}
