/**
 * The point nearest to an image at which one objective m reaches its aim. At the nearest point the change r is t times the
 * gradient of m, with a multiplier t. Each evaluation gives one quasi-Newton step of m(p) - |r|^2 / 2t and, from the same
 * model, the t at which its end reaches the aim: this takes the place of a search over penalties. The pairs are of m alone
 * but for the multiple of the unit matrix that 1/t adds, so they survive every change of t.
 */
import type { F64Pointer, I64Pointer } from "../../wasm/index.ts";
import { type BoundaryPlace, BoundaryRun, NEWTON_ERROR, NEWTON_STEPS } from "./boundary-run.ts";
import type { Seat } from "./problem.ts";

/** The multiplier changes by this factor at most in one step. */
const MULTIPLIER_FACTOR = 2;
/** And differs by this factor at most from what it would be if the change lay along the gradient. */
const LOCAL_FACTOR = 2;
/** The first step is at most this many times as long as it would be without the box. */
const FIRST_MOST = 4;

interface Place extends BoundaryPlace {
  /** |r| over the slope of the objective: what the multiplier would be if r lay along the gradient. */
  local: number;
}

export class L2Run extends BoundaryRun<Place> {
  private readonly free: I64Pointer;
  /** f64[n] each: the gradient of what is minimised, the change r, and the quasi-Newton steps from the gradient and from r. */
  private readonly slope: F64Pointer;
  private readonly change: F64Pointer;
  private readonly alongGradient: F64Pointer;
  private readonly alongChange: F64Pointer;
  private multiplier = 0;

  constructor(seat: Seat) {
    super(seat, (at) => ({ at, value: 0, estimate: 0, local: 1 }));
    const { n, workspace } = seat;
    const { arena } = workspace;
    this.free = arena.allocateI64(n);
    this.slope = arena.allocateF64(n);
    this.change = arena.allocateF64(n);
    this.alongGradient = arena.allocateF64(n);
    this.alongChange = arena.allocateF64(n);
  }

  static bytes(n: number): number {
    return BoundaryRun.frameBytes(n) + 8 * 5 * n;
  }

  /** The first step goes to the nearest point of the boundary that is linearised where the run begins. */
  protected open(): void {
    this.pairs.takeOff(0);
    this.project();
    this.here.estimate = this.lengthOf(this.there);
    for (const place of [this.here, this.there]) place.local = this.multiplier;
  }

  protected lengthOf({ at }: Place): number {
    const { workspace, n, image } = this.seat;
    return Math.sqrt(workspace.kernels.squared_distance_f64(n, at, image));
  }

  /** Estimates the length at which the objective reaches the aim from its slope over the components that the box leaves free. */
  protected judge(place: Place): void {
    const { problem, slope, free } = this;
    const { workspace, n } = this.seat;
    const { kernels } = workspace;
    const gradient = this.gradient(place);
    kernels.scale_f64(n, -1, gradient, slope);
    kernels.free_set_f64(n, place.at, slope, problem.lower, problem.upper, free);
    const size = Math.sqrt(kernels.free_square_f64(n, gradient, free));
    const missing = problem.aim - place.value;
    const length = this.lengthOf(place);
    if (size > 0 && length > 0) place.local = length / size;
    place.estimate = size > 0 ? length + missing / size : Number.POSITIVE_INFINITY;
  }

  protected propose(share: number): void {
    if (this.isFirst) this.project();
    else this.step(share);
  }

  /** Writes the next point into `there`: a share of the quasi-Newton step, with the multiplier at which the model reaches the aim. */
  private step(share: number): void {
    const { here, there, problem, pairs, slope, change, free } = this;
    const { alongGradient: a, alongChange: b } = this;
    const { workspace, n, image } = this.seat;
    const { kernels } = workspace;
    const gradient = this.gradient(here);
    const local = here.local;
    const t = Math.min(Math.max(this.multiplier, local / LOCAL_FACTOR), local * LOCAL_FACTOR);
    pairs.takeOff(1 / t);
    kernels.sub_f64(n, here.at, image, change);
    kernels.scale_f64(n, 1 / t, change, slope);
    kernels.axpy_f64(n, -1, gradient, slope);
    kernels.free_set_f64(n, here.at, slope, problem.lower, problem.upper, free);
    // Both are minus H times the vector: the step is b u - a for a multiplier 1 / u.
    const ga = -pairs.step(free, gradient, a, t);
    const rb = -pairs.step(free, change, b, t);
    const [aa, ab, bb] = [kernels.dot_f64(n, a, a), kernels.dot_f64(n, a, b), kernels.dot_f64(n, b, b)];
    // The model at the end of the step: m + g's - s'B s / 2, B = H^-1 - 1/t, H^-1 s = g - u r. It is c0 + c1 u + c2 u^2.
    const c0 = here.value + ga / 2 + aa / (2 * t);
    const c1 = -ab / t;
    const c2 = -rb / 2 + bb / (2 * t);
    const u = multiplierWhere(c0 - problem.aim, c1, c2, 1 / t);
    this.multiplier = 1 / u;
    // there = clamp(p + share (H g - u H r)), H g = -a, H r = -b
    kernels.scale_f64(n, u, b, slope);
    kernels.axpy_f64(n, -1, a, slope);
    kernels.step_f64(n, share, here.at, slope, problem.lower, problem.upper, there.at);
  }

  /** Writes the point of the linearised boundary that is nearest to the image into `there`, and its multiplier. */
  private project(): void {
    const { here, there, problem, slope: d } = this;
    const { workspace, n, image } = this.seat;
    const { kernels } = workspace;
    const gradient = this.gradient(here);
    const wanted = problem.aim - here.value;
    const square = kernels.dot_f64(n, gradient, gradient);
    // x + t g, clamped: the reach <g, to - p> grows with t in straight pieces.
    const base = kernels.dot_f64(n, gradient, here.at);
    let t = square > 0 ? Math.max(0, wanted / square) : 0;
    let most = FIRST_MOST * t;
    let least = 0;
    for (let k = 0; ; k++) {
      kernels.step_f64(n, t, image, gradient, problem.lower, problem.upper, there.at);
      const excess = kernels.dot_f64(n, gradient, there.at) - base - wanted;
      if (k === NEWTON_STEPS || square === 0 || Math.abs(excess) <= NEWTON_ERROR * problem.aim) break;
      if (excess < 0) least = t;
      else most = t;
      kernels.scale_f64(n, -1, gradient, d);
      kernels.free_set_f64(n, there.at, d, problem.lower, problem.upper, this.free);
      const rate = kernels.free_square_f64(n, gradient, this.free);
      const newton = rate > 0 ? t - excess / rate : Number.POSITIVE_INFINITY;
      if (newton > least && newton < most) t = newton;
      else if (t === most) break;
      else t = excess < 0 ? most : (least + most) / 2;
    }
    // Any multiplier of the right unit where the objective is flat, or at its aim already.
    this.multiplier = t > 0 ? t : problem.extent / (Math.sqrt(square) || 1);
  }
}

/** u > 0 near `from` with c0 + c1 u + c2 u^2 = 0, within a factor. The value falls with u. */
function multiplierWhere(c0: number, c1: number, c2: number, from: number): number {
  const [low, high] = [from / MULTIPLIER_FACTOR, from * MULTIPLIER_FACTOR];
  const at = (u: number) => c0 + u * (c1 + u * c2);
  let u = from;
  for (let k = 0; k < 8; k++) {
    const rate = c1 + 2 * c2 * u;
    if (!(rate < 0)) break;
    u = Math.min(high, Math.max(low, u - at(u) / rate));
  }
  return u;
}
