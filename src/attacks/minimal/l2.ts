/**
 * The point nearest to an image at which one objective m reaches its aim. At the nearest point the change r is t times the
 * gradient of m, with a multiplier t. Each evaluation gives one quasi-Newton step of m(p) - |r|^2 / 2t and, from the same
 * model, the t at which its end reaches the aim: this takes the place of a search over penalties. The pairs are of m alone
 * but for the multiple of the unit matrix that 1/t adds, so they survive every change of t.
 */
import { type F64Pointer, type I64Pointer, offset64 } from "../../wasm/index.ts";
import type { Objective } from "../criterion.ts";
import type { Query, Reply } from "./lockstep.ts";
import { Pairs } from "./pairs.ts";
import type { Problem, Seat } from "./problem.ts";

const MEMORY = 8;
/** The multiplier changes by this factor at most in one step. */
const MULTIPLIER_FACTOR = 2;
/** And differs by this factor at most from what it would be if the change lay along the gradient. */
const LOCAL_FACTOR = 2;
/** The first step is at most this many times as long as it would be without the box. */
const FIRST_MOST = 4;
/** Part of a step that is taken after the whole of it led nowhere; a part below the least is taken wherever it leads. */
const BACKTRACK = 0.4;
const LEAST_SHARE = 0.1;
/** A step is accepted if the objective comes closer to the aim by this factor, */
const CLOSER = 0.9;
/** or if the estimate grows by no more than this. */
const SLACK = 1e-6;
/** A run ends after this many steps that neither come closer nor lower the estimate by more than the tolerance. */
const STALLS = 2;
const TOLERANCE = 3e-4;
/** Newton's steps to a linearised boundary, and the error of its value that is left, in aims. */
const NEWTON_STEPS = 40;
const NEWTON_ERROR = 1e-3;

/** A point of a run: p and the gradient there. */
interface Place {
  /** f64[2,n] */
  readonly at: F64Pointer;
  value: number;
  /** The length at which the objective reaches the aim, by its slope along the change. */
  estimate: number;
  /** |r| over the slope of the objective: what the multiplier would be if r lay along the gradient. */
  local: number;
}

export class L2Run {
  private readonly seat: Seat;
  private readonly pairs: Pairs;
  private readonly free: I64Pointer;
  /** f64[n] each: the gradient of what is minimised, the change r, and the quasi-Newton steps from the gradient and from r. */
  private readonly slope: F64Pointer;
  private readonly change: F64Pointer;
  private readonly alongGradient: F64Pointer;
  private readonly alongChange: F64Pointer;
  private here: Place;
  private there: Place;
  private problem!: Problem;
  private objective!: Objective;
  private multiplier = 0;
  private reached = Number.POSITIVE_INFINITY;
  private isFirst = true;
  private stalls = 0;

  constructor(seat: Seat) {
    const { workspace, n } = seat;
    const { arena } = workspace;
    const place = (): Place => ({ at: arena.allocateF64(2 * n), value: 0, estimate: 0, local: 1 });
    this.seat = seat;
    this.pairs = new Pairs(workspace, n, MEMORY);
    this.free = arena.allocateI64(n);
    this.slope = arena.allocateF64(n);
    this.change = arena.allocateF64(n);
    this.alongGradient = arena.allocateF64(n);
    this.alongChange = arena.allocateF64(n);
    this.here = place();
    this.there = place();
  }

  static bytes(n: number): number {
    return Pairs.bytes(n, MEMORY) + 8 * 9 * n;
  }

  /** The length that the run promises: its estimate, or what its objective reached. */
  get promise(): number {
    return Math.min(this.here.estimate, this.reached);
  }

  get isDone(): boolean {
    return this.stalls >= STALLS;
  }

  /** Begins at a point, f64[n]: one evaluation, and the nearest point of the boundary that is linearised there. */
  *begin(problem: Problem, objective: Objective, point: F64Pointer): Generator<Query, void, Reply> {
    const { here } = this;
    this.problem = problem;
    this.objective = objective;
    this.pairs.clear();
    this.pairs.takeOff(0);
    this.reached = Number.POSITIVE_INFINITY;
    this.isFirst = true;
    this.stalls = 0;
    this.seat.workspace.kernels.copy_f64(this.seat.n, point, here.at);
    here.value = (yield* problem.evaluate(here.at, objective, this.gradient(here))).value;
    this.project();
    here.estimate = this.lengthOf(this.there);
  }

  /** Follows another objective from where the run is: one evaluation. */
  *turn(objective: Objective): Generator<Query, void, Reply> {
    const { here, problem } = this;
    this.objective = objective;
    this.pairs.clear();
    this.stalls = 0;
    here.value = (yield* problem.evaluate(here.at, objective, this.gradient(here))).value;
    if (!this.isFirst) this.judge(here);
  }

  /** Evaluates `evaluations` times at most. */
  *advance(evaluations: number): Generator<Query, void, Reply> {
    const { problem, objective, pairs } = this;
    let share = 1;
    for (let k = 0; k < evaluations && !this.isDone; k++) {
      const { here, there } = this;
      if (this.isFirst) this.project();
      else this.propose(share);
      there.value = (yield* problem.evaluate(there.at, objective, this.gradient(there))).value;
      if (there.value > problem.lead) this.reached = Math.min(this.reached, this.lengthOf(there));
      pairs.add(here.at, there.at, this.gradient(here), this.gradient(there));
      this.judge(there);
      const far = Math.abs(here.value - problem.aim);
      const closer = Math.abs(there.value - problem.aim) < CLOSER * far;
      if (this.isFirst || closer || there.estimate <= here.estimate * (1 + SLACK) || share < LEAST_SHARE) {
        const gained = here.estimate - there.estimate > TOLERANCE * here.estimate;
        this.stalls = this.isFirst || gained || (closer && far > problem.aim) ? 0 : this.stalls + 1;
        this.here = there;
        this.there = here;
        this.isFirst = false;
        share = 1;
      } else {
        share *= BACKTRACK;
      }
    }
  }

  private gradient({ at }: Place): F64Pointer {
    return offset64(at, this.seat.n);
  }

  private lengthOf({ at }: Place): number {
    const { workspace, n, image } = this.seat;
    return Math.sqrt(workspace.kernels.squared_distance_f64(n, at, image));
  }

  /** Estimates the length at which the objective reaches the aim from its slope over the components that the box leaves free. */
  private judge(place: Place): void {
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
    place.estimate = size > 0 ? this.lengthOf(place) + missing / size : Number.POSITIVE_INFINITY;
  }

  /** Writes the next point into `there`: a share of the quasi-Newton step, with the multiplier at which the model reaches the aim. */
  private propose(share: number): void {
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
    this.multiplier = t > 0 ? t : 1;
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
