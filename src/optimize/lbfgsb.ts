/**
 * L-BFGS-B, Algorithm 778 version 3.0: limited-memory BFGS for bounds on the variables.
 *
 * R. H. Byrd, P. Lu, J. Nocedal, C. Zhu, "A limited memory algorithm for bound constrained optimization", SIAM J. Sci.
 * Comput. 16 (1995); C. Zhu, R. H. Byrd, P. Lu, J. Nocedal, "Algorithm 778", ACM TOMS 23 (1997); J. L. Morales,
 * J. Nocedal, "Remark on Algorithm 778", ACM TOMS 38 (2011). In each iteration the Cauchy point (cauchy.ts) says
 * which variables are free, a Newton step of the compact model (compact.ts, subspace.ts) over these is projected into the
 * box, and a line search (line-search.ts) goes towards the result.
 */
import { requireOptions } from "../check.ts";
import type { F64Pointer, I32Pointer, I64Pointer, SolverWorkspace } from "../wasm/index.ts";
import { type Bound, type Bounds, boundsOf } from "./bounds.ts";
import { followPath, type Path, startPath } from "./cauchy.ts";
import { Compact, type CompactState } from "./compact.ts";
import { Descent, type DescentState, type Proposal } from "./descent.ts";
import { History, type HistoryState } from "./history.ts";
import { requireVector, SOLVER_OPTIONS, type SolverOptions, settingsOf } from "./options.ts";
import { Subspace, type SubspaceState } from "./subspace.ts";

/** The longest step of a line search, where no bound is nearer. */
const MAX_STEP = 1e10;

/** Elements of a tile in assembly/optimize/history.ts. */
const TILE = 512;

/** The options of L-BFGS-B. */
export interface LbfgsbOptions extends SolverOptions {
  /** Lower bounds, one for all variables or one each; default none. */
  lower?: Bound;
  /** Upper bounds, one for all variables or one each; default none. */
  upper?: Bound;
}

/** The whole state of a run, as plain numbers and Float64Arrays. */
export interface LbfgsbState extends DescentState, HistoryState {
  /** f64[n], the lower bounds. */
  lower: Float64Array;
  /** f64[n], the upper bounds. */
  upper: Float64Array;
  /** d'd of the direction. */
  squaredStep: number;
  /** f64[n], 1 on the variables that were free at the last Cauchy point. */
  free: Float64Array;
  /** The inner products of the history. */
  model: CompactState;
  /** The factors of the last subspace step. */
  subspace: SubspaceState;
}

/**
 * A bound-constrained run whose caller evaluates the function:
 *
 *   const run = new Lbfgsb(x0, { lower: 0, upper: 1 });
 *   while (!run.done) run.tell(f(run.ask()), gradient);
 *   const { x, status } = run.result();
 *
 * It lives in the workspace it is given, or in one of its own, and takes (2 memory + 11) n doubles there.
 */
export class Lbfgsb extends Descent {
  private bounds: Bounds;
  private readonly history: History;
  private readonly model: Compact;
  private readonly subspace: Subspace;
  private readonly lower: F64Pointer;
  private readonly upper: F64Pointer;
  private readonly index: I32Pointer;
  /** The Cauchy point. Changes places with trialX where no subspace step follows. */
  private z: F64Pointer;
  private free: I64Pointer;
  private previous: I64Pointer;
  private readonly coef: F64Pointer;
  private readonly out: F64Pointer;
  private readonly work: F64Pointer;
  /** Whether the newest pair's inner products are still missing. */
  private fresh = false;
  /** d'd of the current direction, and s's of the newest pair. */
  private dd = 0;
  private newestSS = 0;
  private newestSY = 0;
  /** Whether trialX is where a step of 1 leads. */
  private placed = false;
  private readonly p: Float64Array;
  private readonly c: Float64Array;
  private readonly v: Float64Array;
  private readonly w: Float64Array;

  /**
   * Starts at the projection of x0, n numbers, onto the bounds. Throws for numbers that are not finite, lower bounds
   * above upper ones, and options that are unknown or out of range.
   */
  constructor(x0: ArrayLike<number>, options: LbfgsbOptions = {}, workspace?: SolverWorkspace) {
    requireOptions("Lbfgsb", options, { ...SOLVER_OPTIONS, lower: true, upper: true });
    const start = requireVector("x0", x0, undefined, false);
    const settings = settingsOf(options);
    const bounds = boundsOf(start.length, options.lower, options.upper);
    super(project(start, bounds), settings, workspace);
    const { memory } = settings;
    const { arena } = this.workspace;
    this.bounds = bounds;
    this.model = new Compact(memory);
    this.subspace = new Subspace(memory);
    this.lower = this.vector();
    this.upper = this.vector();
    this.history = new History(arena, this.n, this.padded, memory);
    this.z = this.vector();
    this.free = this.masks();
    this.previous = this.masks();
    this.index = arena.allocateI32(this.padded);
    this.coef = arena.allocateF64(2 * memory);
    this.out = arena.allocateF64(Math.max(8, 6 * memory, 3 * memory * memory));
    this.work = arena.allocateF64(2 * Math.max(TILE, memory));
    this.p = new Float64Array(2 * memory);
    this.c = new Float64Array(2 * memory);
    this.v = new Float64Array(2 * memory);
    this.w = new Float64Array(2 * memory);
    this.write(this.lower, bounds.lower);
    this.write(this.upper, bounds.upper);
  }

  /**
   * Starts over from another point, in the same memory and with the same options, within the same bounds or others.
   * Throws for a point of another length or that is not finite.
   */
  restart(x0: ArrayLike<number>, bounds?: { lower?: Bound; upper?: Bound }): void {
    const start = requireVector("x0", x0, this.n, false);
    if (bounds) {
      this.bounds = boundsOf(this.n, bounds.lower, bounds.upper);
      this.write(this.lower, this.bounds.lower);
      this.write(this.upper, this.bounds.upper);
    }
    this.rewind(project(start, this.bounds));
  }

  /** The whole state, between any two calls: `Lbfgsb.restore` continues from it bit for bit. */
  snapshot(): LbfgsbState {
    const mask = this.workspace.arena.masks(this.free, this.n);
    return {
      ...this.descentState(),
      ...this.history.state(),
      lower: this.bounds.lower.slice(),
      upper: this.bounds.upper.slice(),
      squaredStep: this.dd,
      free: Float64Array.from({ length: this.n }, (_, i) => (mask[2 * i] === 0 ? 0 : 1)),
      model: this.model.state(),
      subspace: this.subspace.state(),
    };
  }

  /** A run that continues where the snapshot was taken. */
  static restore(state: LbfgsbState, workspace?: SolverWorkspace): Lbfgsb {
    const { lower, upper } = state;
    const { noise: _, ...settings } = state.settings;
    const run = new Lbfgsb(state.x, { ...settings, lower, upper }, workspace);
    run.model.restore(state.model);
    run.subspace.restore(state.subspace);
    run.history.restore(state);
    const mask = run.workspace.arena.masks(run.free, run.n);
    state.free.forEach((free, i) => {
      mask.fill(-free, 2 * i, 2 * i + 2);
    });
    run.resume(state);
    run.dd = state.squaredStep;
    return run;
  }

  protected override computeDirection(): Proposal {
    for (;;) {
      const target = this.tryDirection();
      if (target) return target;
      // Rounding has made a factorisation fail. Without pairs there is none.
      this.clearHistory();
    }
  }

  protected override placeTrial(step: number): void {
    const { x, d, lower, upper, trialX } = this;
    if (!(this.placed && step === 1)) this.kernels.step_f64(this.padded, step, x, d, lower, upper, trialX);
    this.placed = false;
  }

  protected override updateHistory(step: number, curvature: number): void {
    const { model, history } = this;
    const dropped = history.append();
    model.append(dropped);
    if (dropped) this.subspace.shift();
    const { newestS, newestY } = history;
    model.theta = this.kernels.pair_f64(this.padded, step, this.d, this.trialG, this.g, newestS, newestY) / curvature;
    this.newestSS = step * step * this.dd;
    this.newestSY = curvature;
    this.fresh = true;
  }

  protected override clearHistory(): boolean {
    this.model.forget();
    this.fresh = false;
    return this.history.clear();
  }

  protected override projectedGradientNorm(): number {
    return this.kernels.projected_norm_f64(this.padded, this.x, this.g, this.lower, this.upper);
  }

  /** Writes trialX, the point to search towards, and d. Undefined if a matrix that should be definite is not. */
  private tryDirection(): Proposal | undefined {
    const { model, n } = this;
    // Without bounds the Cauchy point is not needed: the subspace is the whole space.
    const whole = !this.bounds.constrained && model.pairs > 0;
    const free = whole ? n : this.cauchyPoint();
    if (whole && !this.updateUnconstrained()) return undefined;
    if (free < 0) return undefined;
    if (model.pairs > 0 && !whole && !this.updateSubspace()) return undefined;
    this.fresh = false;

    let slope: number;
    let room: number;
    if (model.pairs > 0 && free > 0) {
      if (!this.subspace.refactor(model) || !this.subspace.solve(model.pairs, this.v)) return undefined;
      const hit = this.newtonStep(whole);
      ({ slope, room } = this.directionToTrial());
      if (hit && slope > 0) {
        this.truncateAtBounds();
        ({ slope, room } = this.directionToTrial());
      }
    } else {
      [this.z, this.trialX] = [this.trialX, this.z];
      ({ slope, room } = this.directionToTrial());
    }

    const first = this.iterations === 0;
    const maxStep = !this.bounds.constrained ? MAX_STEP : first ? 1 : Math.min(MAX_STEP, room);
    // Only a box on every variable says how far a first step may go.
    const step = first && !this.bounds.boxed ? 1 / Math.sqrt(this.dd) : 1;
    this.placed = true;
    return { slope, step: Math.min(step, maxStep), maxStep };
  }

  /** Writes z and the free set; returns how many are free, -1 on failure. */
  private cauchyPoint(): number {
    const { kernels, arena } = this.workspace;
    const { model, history, padded, d, out, p, c, v, w } = this;
    [this.free, this.previous] = [this.previous, this.free];
    const { n, x, g, lower, upper, index, free, z, trialG } = this;
    const path: Path = { n, padded, x, g, lower, upper, history, d, t: trialG, index, free, z, out };
    const start = startPath(this.workspace, path);
    if (model.pairs > 0) {
      const { pairs, theta } = model;
      kernels.history_dots2_f64(padded, pairs, history, history.newestS, d, out);
      const dots = arena.f64(out, 4 * pairs);
      if (!this.completeModel(dots, 4, 2)) return -1;
      for (let j = 0; j < pairs; j++) {
        p[j] = dots[4 * j + 3] as number;
        p[pairs + j] = theta * (dots[4 * j + 1] as number);
      }
    }
    return followPath(this.workspace, path, start, model, { p, c, v, w });
  }

  /** Completes the model with s_j's_new and y_j's_new, which stand `stride` apart in `dots`. */
  private completeModel(dots: Float64Array, stride: number, ofY: number): boolean {
    if (!this.fresh) return true;
    const { pairs, capacity: m, sy, ss } = this.model;
    const last = pairs - 1;
    for (let j = 0; j < last; j++) {
      ss[j * m + last] = dots[stride * j] as number;
      sy[last * m + j] = dots[stride * j + ofY] as number;
    }
    ss[last * m + last] = this.newestSS;
    sy[last * m + last] = this.newestSY;
    return this.model.refactor();
  }

  /** Without bounds: completes model and subspace matrix, v = W'r with r = -g. */
  private updateUnconstrained(): boolean {
    const { kernels, arena } = this.workspace;
    const { padded, history, g, out, v } = this;
    const { pairs, theta } = this.model;
    kernels.history_dots3_f64(padded, pairs, history, history.newestS, history.newestY, g, out);
    const dots = arena.f64(out, 6 * pairs);
    if (!this.completeModel(dots, 6, 3)) return false;
    for (let j = 0; j < pairs; j++) {
      v[j] = -(dots[6 * j + 5] as number);
      v[pairs + j] = -theta * (dots[6 * j + 2] as number);
      if (this.fresh) this.subspace.append(pairs - 1, j, dots[6 * j + 4] as number, dots[6 * j + 1] as number, 0, 0);
    }
    return true;
  }

  /** With bounds: r = -Z'(g + B (z - x)) in trialG, v = W'Z r, the subspace matrix brought up to date. False on failure. */
  private updateSubspace(): boolean {
    const { kernels, arena } = this.workspace;
    const { padded, history, z, x, g, free, previous, out, coef, work, c, v, w } = this;
    const { pairs, theta } = this.model;
    const { capacity } = history;
    const old = this.fresh ? pairs - 1 : pairs;
    if (old > 0 && kernels.exchange_f64(padded, old, history, free, previous, out, work) > 0) {
      this.subspace.exchange(old, arena.f64(out, 3 * capacity * capacity));
    }
    if (!this.model.multiply(c, w)) return false;
    const factors = arena.f64(coef, 2 * pairs);
    for (let j = 0; j < pairs; j++) {
      factors[2 * j] = theta * (w[pairs + j] as number);
      factors[2 * j + 1] = w[j] as number;
    }
    const r = this.trialG;
    kernels.reduced_gradient_f64(padded, pairs, history, theta, coef, z, x, g, free, r, out, work);
    const dots = arena.f64(out, 6 * pairs);
    for (let j = 0; j < pairs; j++) {
      const at = 6 * j;
      v[j] = dots[at + 3] as number;
      v[pairs + j] = theta * (dots[at] as number);
      if (!this.fresh) continue;
      const [yyFree, syFree] = [dots[at + 4] as number, dots[at + 1] as number];
      this.subspace.append(pairs - 1, j, yyFree, syFree, dots[at + 2] as number, dots[at + 5] as number);
    }
    return true;
  }

  /** trialX = P(z + step), the step in trialG. Returns whether it met a bound. */
  private newtonStep(whole: boolean): boolean {
    const { padded, z, x, g, lower, upper, free, coef, v, trialG, trialX } = this;
    const { pairs, theta } = this.model;
    const factors = this.workspace.arena.f64(coef, 2 * pairs);
    for (let j = 0; j < pairs; j++) {
      factors[2 * j] = v[pairs + j] as number;
      factors[2 * j + 1] = (v[j] as number) / theta;
    }
    const hit = this.kernels.newton_step_f64(
      padded,
      pairs,
      this.history,
      theta,
      coef,
      whole ? -1 : 1,
      whole ? g : trialG,
      whole ? x : z,
      lower,
      upper,
      free,
      trialG,
      trialX,
    );
    return hit !== 0;
  }

  /** Writes d = trialX - x; returns the slope along it and the longest step inside the bounds. */
  private directionToTrial(): { slope: number; room: number } {
    const { padded, x, trialX, g, lower, upper, d, out } = this;
    this.kernels.direction_f64(padded, x, trialX, g, lower, upper, d, out);
    const found = this.workspace.arena.f64(out, 3);
    this.dd = found[0] as number;
    return { slope: found[1] as number, room: found[2] as number };
  }

  /**
   * Where the projected Newton step would lead uphill: goes along the Newton step only as far as the box allows, as
   * before 2011, and puts the variable that stops it exactly on its bound.
   */
  private truncateAtBounds(): void {
    const { n, padded, z, trialG: step, trialX, lower, upper } = this;
    const { arena } = this.workspace;
    const at = arena.f64(z, n);
    const by = arena.f64(step, n);
    const low = arena.f64(lower, n);
    const high = arena.f64(upper, n);
    let alpha = 1;
    let stop = -1;
    for (let i = 0; i < n; i++) {
      const move = by[i] as number;
      if (move === 0) continue;
      const room = ((move < 0 ? low[i] : high[i]) as number) - (at[i] as number);
      const ratio = Math.max(0, room / move);
      if (ratio < alpha) {
        alpha = ratio;
        stop = i;
      }
    }
    this.kernels.step_f64(padded, alpha, z, step, lower, upper, trialX);
    if (stop >= 0) arena.f64(trialX, n)[stop] = ((by[stop] as number) < 0 ? low[stop] : high[stop]) as number;
  }
}

/** The nearest point of the box. */
function project(x: Float64Array, { lower, upper }: Bounds): Float64Array {
  return x.map((v, i) => Math.min(Math.max(v, lower[i] as number), upper[i] as number));
}
