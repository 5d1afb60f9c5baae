/**
 * The search for one image: the smallest r with f(x + r) = l and x + r in the box.
 *
 * Szegedy et al. (ICLR 2014), section 4.1: minimise c |r|^2 + loss(x + r, l) in the box for a series of penalties c. The
 * largest c whose minimiser is still a success gives the smallest r. So c is lowered by a factor until one succeeds (or
 * raised until one fails), and then bisected in its logarithm. The answer is the smallest success *visited*, on the way of
 * a minimisation or at its end. Each search lives in one seat of a lockstep batch.
 */
import type { Box } from "../optimize/bounds.ts";
import type { F32Pointer, F64Pointer, Kernels, Workspace } from "../wasm/index.ts";
import type { AnnealSchedule } from "./effort.ts";
import { type Evaluation, padded, type Search, type Seat } from "./lockstep.ts";
import { createMinimiser, type Minimiser, minimiserBytes, type SolverName } from "./minimiser.ts";

/** Least penalty of the first minimisation, in nats per squared unit of the box. */
const FIRST_PENALTY = 2;
/** Factor between penalties until one success and one failure are known. */
const PENALTY_FACTOR = 1.5;
/** The most that c grows at once. */
const GROWTH_MOST = 16;
/** A bracket counts as that of one factor up to rounding; a wider one is bisected first, for nothing. */
const BRACKET = 1.000001;
/** Penalties beyond which the search ends: no success below, no failure above. */
const PENALTY_LEAST = 1e-8;
const PENALTY_MOST = 1e8;
/** Until the first success a minimisation only has to show which way c must go. */
const COARSE = 1e-3;
const FINE = 1e-4;
const MAX_ITERATIONS = 60;
/** Relative rounding of an f32 loss: some 4 units in its last place. */
const LOSS_NOISE = 2 ** -22;
/** A refinement has a good start: fewer bisections, and a finer factor. */
const REFINE_FACTOR = 1.2;
/** Annealed steps end at this length. */
const LAST_STEP = 0.01;
/** How far behind the boundary the polish puts its target point, in logits. */
const BEHIND = 1e-3;
/** It goes on from a failure this close to the boundary, and this much longer than the best success. */
const NEARLY = 0.3;
const LONGER = 1.02;
/** Newton on a convex piecewise linear function ends exactly; the limit is for the last bits. */
const NEWTON_STEPS = 30;
const NEWTON_TOLERANCE = 1e-9;

export interface SearchOptions {
  /** Logits by which the target must lead for a success. */
  margin: number;
  /** Bisections of c after the first start, and after each annealed one. */
  bisections: number;
  refinements: number;
  /** Steps along the boundary that end each. */
  polish: number;
  solver: SolverName;
  /** Pairs the minimiser remembers. */
  memory: number;
  schedules: readonly AnnealSchedule[];
}

/** A point that was evaluated: the target's loss and margin there, and |r|^2. */
interface Visit extends Evaluation {
  squared: number;
}

const NOWHERE: Visit = { loss: 0, margin: Number.NEGATIVE_INFINITY, squared: Number.POSITIVE_INFINITY };

export class ImageSearch {
  /** The smallest success of all starts, f32[n]. */
  readonly answer: F32Pointer;
  /** |r|^2 of the answer; infinite while there is none. */
  squared = Number.POSITIVE_INFINITY;
  /** c under which the answer was visited; NaN outside minimisations. */
  penalty = Number.NaN;
  evaluations = 0;
  iterations = 0;
  private readonly kernels: Kernels;
  private readonly workspace: Workspace;
  private readonly box: Box;
  private readonly n: number;
  private readonly seat: Seat;
  private readonly options: SearchOptions;
  private readonly solver: Minimiser;
  private readonly origin: F64Pointer;
  private readonly point: F64Pointer;
  private readonly residual: F64Pointer;
  private readonly bestPoint: F64Pointer;
  private readonly bestSlope: F32Pointer;
  private readonly cell: F64Pointer;
  private readonly exponent: F32Pointer;
  /** The solver's point. */
  private here = NOWHERE;
  /** The smallest success of the current start. */
  private best = NOWHERE;

  constructor(workspace: Workspace, box: Box, seat: Seat, options: SearchOptions) {
    this.workspace = workspace;
    this.kernels = workspace.kernels;
    this.box = box;
    this.n = box.n;
    this.seat = seat;
    this.options = options;
    this.solver = createMinimiser(options.solver, workspace, box, options.memory);
    const { arena } = workspace;
    this.origin = arena.allocateF64(this.n);
    this.point = arena.allocateF64(this.n);
    this.residual = arena.allocateF64(this.n);
    this.bestPoint = arena.allocateF64(this.n);
    this.bestSlope = arena.allocateF32(this.n);
    this.answer = arena.allocateF32(this.n);
    this.cell = arena.allocateF64(2);
    this.exponent = arena.allocateF32(1);
  }

  /** Bytes an instance takes in its workspace. */
  static bytes(inputSize: number, { solver, memory }: SearchOptions): number {
    const n = padded(inputSize);
    return minimiserBytes(solver, n, memory) + 40 * n;
  }

  /** Searches from the image, then from each annealed start. */
  *run(image: Float32Array): Search {
    const { options } = this;
    const origin = this.workspace.arena.f64(this.origin, this.n);
    origin.fill(0);
    origin.set(image);
    this.squared = Number.POSITIVE_INFINITY;
    this.penalty = Number.NaN;
    this.evaluations = 0;
    this.iterations = 0;

    this.begin();
    const at = yield* this.evaluate(this.origin);
    if (this.best.squared === 0) return;
    const first = this.firstPenalty(at);
    this.standAt(this.origin, at, this.seat.slope, first);
    yield* this.minimise(first, PENALTY_FACTOR, options.bisections);
    yield* this.polish();

    for (const schedule of options.schedules) {
      this.begin();
      yield* this.anneal(schedule);
      if (this.best.squared === Number.POSITIVE_INFINITY) continue;
      yield* this.minimise(this.stationaryPenalty(), REFINE_FACTOR, options.refinements);
      yield* this.polish();
    }
  }

  /**
   * Where to begin: at the c for which the boundary of the linear model, |r| = -margin / |slope|, is stationary, since
   * there 2 c |r| is half of the slope. A steep network has its blind spots near and needs a large c.
   */
  private firstPenalty({ loss, margin }: Visit): number {
    const slope = this.kernels.norm2_f32(this.n, this.seat.slope) / this.wrongProbability(loss);
    return Math.max(FIRST_PENALTY, Math.min((slope * slope) / (-4 * margin), PENALTY_MOST / 2) || 0);
  }

  /** Resets the best of the start, not the answer. */
  private begin(): void {
    this.best = NOWHERE;
    this.solver.forget();
  }

  /**
   * Evaluates the target at a point (rounded to f32), leaves the gradient of c |r|^2 + loss in `solver.gradient`, and
   * keeps the point if it is the smallest success so far.
   */
  private *evaluate(x: F64Pointer, c = 0): Generator<void, Visit, Evaluation> {
    const { kernels, n, seat, solver } = this;
    kernels.demote_f64_to_f32(n, x, seat.row);
    const { loss, margin } = yield;
    this.evaluations++;
    const squared = kernels.penalty_gradient_f64(n, c, x, this.origin, seat.slope, solver.gradient);
    const visit = { loss, margin, squared };
    if (margin <= this.options.margin) return visit;
    if (squared < this.best.squared) {
      this.best = visit;
      kernels.copy_f64(n, x, this.bestPoint);
      kernels.copy_rows_f32(1, n, seat.slope, n, this.bestSlope, n);
    }
    if (squared < this.squared) {
      this.squared = squared;
      this.penalty = c > 0 ? c : Number.NaN;
      kernels.copy_rows_f32(1, n, seat.row, n, this.answer, n);
    }
    return visit;
  }

  /** Puts the solver at a point whose evaluation is known. */
  private standAt(x: F64Pointer, at: Visit, slope: F32Pointer, c: number): void {
    const { kernels, n, solver, origin } = this;
    kernels.copy_f64(n, x, solver.x);
    solver.f = at.loss + c * kernels.penalty_gradient_f64(n, c, x, origin, slope, solver.g);
    this.here = at;
  }

  /**
   * Minimises for one penalty after another until the bracket has been bisected so many times: from the best success
   * once there is one, from where the last minimisation ended before.
   */
  private *minimise(first: number, factor: number, bisections: number): Generator<void, void, Evaluation> {
    const { solver } = this;
    let c = first;
    let succeeded = 0;
    let failed = Number.POSITIVE_INFINITY;
    for (let bisected = 0; bisected < bisections && c > PENALTY_LEAST && c < PENALTY_MOST; ) {
      const warm = this.best.squared < Number.POSITIVE_INFINITY;
      if (warm) this.standAt(this.bestPoint, this.best, this.bestSlope, c);
      yield* this.descend(c, warm ? FINE : COARSE);

      if (this.here.margin > this.options.margin) succeeded = c;
      else failed = c;
      const bracketed = succeeded > 0 && failed < Number.POSITIVE_INFINITY;
      if (bracketed && failed <= BRACKET * factor * succeeded) bisected++;
      const next = bracketed ? Math.sqrt(succeeded * failed) : succeeded > 0 ? c * this.growth(factor) : c / factor;
      solver.addQuadratic(2 * (next - c), this.origin);
      c = next;
    }
  }

  /**
   * How far c may grow from a minimiser that is a success. There 2 c |r| is the slope of the loss, which is that of the
   * margin times the probability q of a wrong answer; at the boundary q is 1/2: so c grows by 1 / (2 q), to first order.
   */
  private growth(factor: number): number {
    return Math.max(factor, Math.min(0.5 / this.wrongProbability(this.here.loss), GROWTH_MOST));
  }

  /** One minimisation of c |r|^2 + loss, from where the solver stands. */
  private *descend(c: number, tolerance: number): Generator<void, void, Evaluation> {
    const { solver } = this;
    solver.start({ tolerance, maxIterations: MAX_ITERATIONS, noise: LOSS_NOISE });
    while (solver.stop === undefined) {
      const at = yield* this.evaluate(solver.ask(), c);
      if (solver.tell(c * at.squared + at.loss)) this.here = at;
    }
    this.iterations += solver.iterations;
  }

  /**
   * The c for which the best success is stationary along r: the gradient of the loss and that of c |r|^2 cancel,
   * -<loss', r> = 2 c |r|^2.
   */
  private stationaryPenalty(): number {
    const { kernels, n, bestPoint, bestSlope, origin, residual } = this;
    const before = this.best.squared;
    // |r - s|^2 = |r|^2 - 2 <s, r> + |s|^2
    const after = kernels.step_residual_f64(n, 1, bestPoint, origin, bestSlope, residual);
    const slope = kernels.norm2_f32(n, bestSlope);
    const along = (before + slope * slope - after) / 2;
    return Math.max(-along / (2 * before), PENALTY_LEAST * 2);
  }

  /** Decoupled direction and norm: normalised steps down the loss on a sphere that shrinks on success and grows on failure. */
  private *anneal({ steps, stepLength, rate }: AnnealSchedule): Generator<void, void, Evaluation> {
    const { kernels, n, seat, origin, point, residual } = this;
    const { lower, upper } = this.box;
    kernels.copy_f64(n, origin, point);
    let radius = 1;
    for (let k = 0; k < steps; k++) {
      const at = yield* this.evaluate(point);
      radius *= at.margin > this.options.margin ? 1 - rate : 1 + rate;
      const t = k / steps;
      const length = LAST_STEP + (stepLength - LAST_STEP) * (1 - t) * (1 - t) * (1 + 2 * t);
      const slope = kernels.norm2_f32(n, seat.slope) || 1;
      const squared = kernels.step_residual_f64(n, length / slope, point, origin, seat.slope, residual);
      kernels.place_residual_f64(n, radius / (Math.sqrt(squared) || 1), origin, residual, lower, upper, point);
    }
  }

  /**
   * A few steps along the boundary from the best success: to the point of the linearised boundary that is nearest to the
   * image within the box. The margin's gradient is that of log((1 - p) / p), the loss's divided by 1 - p.
   */
  private *polish(): Generator<void, void, Evaluation> {
    const { seat, point } = this;
    if (this.best.squared === Number.POSITIVE_INFINITY) return;
    // Where the next step starts: `point` with the gradient in the seat, or the best success.
    let at = this.best;
    let onBest = true;
    let share = 1;
    for (let k = 0; k < this.options.polish; k++) {
      const from = onBest ? this.bestPoint : point;
      const slope = onBest ? this.bestSlope : seat.slope;
      if (this.kernels.norm2_f32(this.n, slope) === 0) return; // the loss is flat here: no boundary to step to
      this.stepToBoundary(from, slope, at, share);
      const before = this.best.squared;
      const there = yield* this.evaluate(point);
      const almost = there.margin <= this.options.margin && there.margin > -NEARLY;
      if (this.best.squared < before) {
        at = this.best;
        onBest = true;
        share = Math.min(1, 1.5 * share);
      } else if (almost && there.squared < LONGER * this.best.squared) {
        at = there;
        onBest = false;
      } else {
        at = this.best;
        onBest = true;
        share /= 2;
      }
    }
  }

  /** Moves `point` a share of the way from `from` to the linearised boundary's point nearest to the image. */
  private stepToBoundary(from: F64Pointer, slope: F32Pointer, at: Visit, share: number): void {
    const { kernels, n, origin, point, residual, cell } = this;
    const { lower, upper } = this.box;
    const wrong = this.wrongProbability(at.loss);
    // Newton on the piecewise linear <slope, clamp(origin - t slope) - from> / wrong = margin - BEHIND.
    const wanted = (at.margin - BEHIND) * wrong;
    let t = Math.sqrt(at.squared) / kernels.norm2_f32(n, slope);
    for (let i = 0; i < NEWTON_STEPS; i++) {
      kernels.half_space_f64(n, t, origin, from, slope, lower, upper, residual, cell);
      const [reach, rate] = this.workspace.arena.f64(cell, 2) as unknown as [number, number];
      const excess = reach - wanted;
      if (!(rate > 0) || Math.abs(excess) <= NEWTON_TOLERANCE * wrong) break;
      t = Math.max(0, t + excess / rate);
    }
    // point = from + share (residual - from)
    if (from !== point) kernels.copy_f64(n, from, point);
    kernels.scale_f64(n, 1 - share, point, point);
    kernels.axpy_f64(n, share, residual, point);
    kernels.clamp_f64(n, point, lower, upper, point);
  }

  /** 1 - p of the target, from its cross-entropy -ln p, by the kernel's exponential. */
  private wrongProbability(loss: number): number {
    const value = this.workspace.arena.f32(this.exponent, 1);
    value[0] = -loss;
    this.kernels.exp_f32(1, this.exponent, this.exponent);
    return Math.max(1 - (value[0] as number), 1e-6);
  }
}
