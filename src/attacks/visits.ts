/** The points that the searches for one image visit: where they are evaluated, and the smallest successes among them. */
import type { Box } from "../optimize/bounds.ts";
import type { F32Pointer, Kernels, Workspace } from "../wasm/index.ts";
import type { Evaluation, Seat } from "./lockstep.ts";

/**
 * A success margin that is there for rounding alone, up to so many logits, is at most this share of what the label trails by
 * on the image: so no distance grows by more. A larger margin is wanted for itself.
 */
const FOR_ROUNDING = 1e-4;
const LEAD_SHARE = 2 ** -11;

/** A point that was evaluated: the target's loss and margin there, and |r|^2. */
export interface Visit extends Evaluation {
  squared: number;
}

const NOWHERE: Visit = { loss: 0, margin: Number.NEGATIVE_INFINITY, squared: Number.POSITIVE_INFINITY };

/** A part of a search, which suspends for each evaluation. */
export type Steps<Result = void> = Generator<void, Result, Evaluation>;

export class Visits {
  readonly kernels: Kernels;
  readonly box: Box;
  readonly seat: Seat;
  /** The image, f32[n], and the gradient of the loss there. */
  readonly origin: F32Pointer;
  readonly originSlope: F32Pointer;
  /** The smallest success of all starts, f32[n]. */
  readonly answer: F32Pointer;
  /** |r|^2 of the answer; infinite while there is none. */
  squared = Number.POSITIVE_INFINITY;
  /** c under which the answer was visited; NaN where none was. */
  penalty = Number.NaN;
  evaluations = 0;
  /** Logits by which the target must lead for a success. */
  lead = 0;
  /** Logits by which the label trails on the image. */
  deficit = 0;
  /** The smallest success of the current start, f32[n], and the gradient of the loss there. */
  readonly bestPoint: F32Pointer;
  readonly bestSlope: F32Pointer;
  best = NOWHERE;
  private readonly workspace: Workspace;
  private readonly exponent: F32Pointer;
  private exponentView: Float32Array = new Float32Array(1);

  constructor(workspace: Workspace, box: Box, seat: Seat) {
    const { arena } = workspace;
    this.workspace = workspace;
    this.kernels = workspace.kernels;
    this.box = box;
    this.seat = seat;
    this.origin = arena.allocateF32(box.n);
    this.originSlope = arena.allocateF32(box.n);
    this.answer = arena.allocateF32(box.n);
    this.bestPoint = arena.allocateF32(box.n);
    this.bestSlope = arena.allocateF32(box.n);
    this.exponent = arena.allocateF32(1);
  }

  /** Bytes an instance takes in its workspace. */
  static bytes(n: number): number {
    return 20 * n + 4;
  }

  get hasSuccess(): boolean {
    return this.best.squared < Number.POSITIVE_INFINITY;
  }

  /** Begins with an image: evaluates it, its gradient going to `gradient`, and settles the success margin. */
  *begin(image: Float32Array, margin: number, gradient: F32Pointer): Steps<Visit> {
    const { arena } = this.workspace;
    this.exponentView = arena.f32(this.exponent, 1); // the memory does not grow during a search
    const origin = arena.f32(this.origin, this.box.n);
    origin.fill(0);
    origin.set(image);
    this.squared = Number.POSITIVE_INFINITY;
    this.penalty = Number.NaN;
    this.evaluations = 0;
    this.forgetBest();
    this.lead = Number.POSITIVE_INFINITY;
    const at = yield* this.evaluate(this.origin, 0, gradient);
    this.copy(this.seat.slope, this.originSlope);
    this.deficit = -at.margin;
    this.lead = margin > FOR_ROUNDING ? margin : Math.max(0, Math.min(margin, LEAD_SHARE * this.deficit));
    return at;
  }

  /** Forgets the smallest success of the start, not the answer. */
  forgetBest(): void {
    this.best = NOWHERE;
  }

  /**
   * Evaluates the target at a point, writes the gradient of c |r|^2 + loss to `gradient`, and keeps the point if it is the
   * smallest success so far.
   */
  *evaluate(x: F32Pointer, c: number, gradient: F32Pointer): Steps<Visit> {
    const { seat } = this;
    this.copy(x, seat.row);
    const { loss, margin } = yield;
    this.evaluations++;
    const squared = this.penaltyGradient(c, x, seat.slope, gradient);
    const visit = { loss, margin, squared };
    if (margin <= this.lead) return visit;
    if (squared < this.best.squared) {
      this.best = visit;
      this.copy(x, this.bestPoint);
      this.copy(seat.slope, this.bestSlope);
    }
    if (squared < this.squared) {
      this.squared = squared;
      this.penalty = c > 0 ? c : Number.NaN;
      this.copy(x, this.answer);
    }
    return visit;
  }

  /** gradient = slope + 2 c r; returns |r|^2. */
  penaltyGradient(c: number, x: F32Pointer, slope: F32Pointer, gradient: F32Pointer): number {
    return this.kernels.penalty_gradient_f32(this.box.n, c, x, this.origin, slope, gradient);
  }

  /**
   * The c for which a point is stationary along r: the gradients of the loss and of c |r|^2 cancel, -<slope, r> = 2 c |r|^2.
   * Not positive where the loss falls towards the image.
   */
  stationaryPenalty(x: F32Pointer, slope: F32Pointer, squared: number): number {
    const { kernels, box, origin } = this;
    return kernels.dot_difference_f32_f64(box.n, slope, origin, x) / (2 * squared);
  }

  /** 1 - p of the target, from its cross-entropy -ln p, by the kernel's exponential: the loss's slope over the margin's. */
  wrongProbability(loss: number): number {
    this.exponentView[0] = -loss;
    this.kernels.exp_f32(1, this.exponent, this.exponent);
    return 1 - (this.exponentView[0] as number);
  }

  copy(from: F32Pointer, to: F32Pointer): void {
    this.kernels.copy_rows_f32(1, this.box.n, from, this.box.n, to, this.box.n);
  }
}
