/**
 * The smallest cube around an image in which one objective reaches its aim. Each evaluation gives a quasi-Newton step of the
 * objective over the components that the cube does not hold, and with it the radius at which the model reaches the aim. The
 * objective stays what it is while the cube moves, so the pairs survive every change of radius.
 */
import { type F64Pointer, type I64Pointer, offset64 } from "../../wasm/index.ts";
import type { Objective } from "../criterion.ts";
import type { Query, Reply } from "./lockstep.ts";
import { Pairs } from "./pairs.ts";
import type { Problem, Seat } from "./problem.ts";

const MEMORY = 8;
/** The radius may change by these factors in one step. */
const SHRINK = 0.5;
const GROW = 1.5;
/** And grow by this share of the box besides. */
const GROW_MORE = 1e-3;
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
/** Newton's steps for the radius of one model, and the error of its value that is left, in aims. */
const NEWTON_STEPS = 40;
const NEWTON_ERROR = 1e-3;

/** A point of a run: p and the gradient there, with the mask of the components that are free. */
interface Place {
  /** f64[2,n] */
  readonly at: F64Pointer;
  /** i64[n] */
  readonly free: I64Pointer;
  value: number;
  radius: number;
  /** The radius at which the objective reaches the aim, by its slope along the cube. */
  estimate: number;
  /** The largest slope of a free component. */
  steepest: number;
}

export class LinfRun {
  private readonly seat: Seat;
  private readonly pairs: Pairs;
  private readonly step: F64Pointer;
  private readonly wanted: F64Pointer;
  private readonly out: F64Pointer;
  private here: Place;
  private there: Place;
  private problem!: Problem;
  private objective!: Objective;
  private reached = Number.POSITIVE_INFINITY;
  private isFirst = true;
  private stalls = 0;

  constructor(seat: Seat) {
    const { workspace, n } = seat;
    const { arena } = workspace;
    const place = (): Place => ({
      at: arena.allocateF64(2 * n),
      free: arena.allocateI64(n),
      value: 0,
      radius: 0,
      estimate: 0,
      steepest: 0,
    });
    this.seat = seat;
    this.pairs = new Pairs(workspace, n, MEMORY);
    this.step = arena.allocateF64(n);
    this.wanted = arena.allocateF64(2 * n);
    this.out = arena.allocateF64(2);
    this.here = place();
    this.there = place();
  }

  static bytes(n: number): number {
    return Pairs.bytes(n, MEMORY) + 8 * 9 * n;
  }

  /** The radius that the run promises: its estimate, or what its objective reached. */
  get promise(): number {
    return Math.min(this.here.estimate, this.reached);
  }

  get isDone(): boolean {
    return this.stalls >= STALLS;
  }

  /** Begins at a point, f64[n]: one evaluation, and the vertex of the cube that the objective's slope there points to. */
  *begin(problem: Problem, objective: Objective, point: F64Pointer): Generator<Query, void, Reply> {
    const { here } = this;
    this.problem = problem;
    this.objective = objective;
    this.pairs.clear();
    this.reached = Number.POSITIVE_INFINITY;
    this.isFirst = true;
    this.stalls = 0;
    this.seat.workspace.kernels.copy_f64(this.seat.n, point, here.at);
    here.value = (yield* problem.evaluate(here.at, objective, this.gradient(here))).value;
    here.radius = 0;
    here.estimate = problem.extent;
    this.hold(here);
    this.propose(1);
    here.estimate = this.there.radius;
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
      this.propose(share);
      there.value = (yield* problem.evaluate(there.at, objective, this.gradient(there))).value;
      if (there.value > problem.lead) this.reached = Math.min(this.reached, there.radius);
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

  private outputs(): [number, number] {
    const [a, b] = this.seat.workspace.arena.f64(this.out, 2);
    return [a as number, b as number];
  }

  /** Finds the components that are held at a place; returns the slope of the objective along the radius. */
  private hold(place: Place): number {
    const { workspace, n, image } = this.seat;
    workspace.kernels.radius_held_f64(n, place.radius, image, place.at, place.free, this.out);
    const [slope, steepest] = this.outputs();
    place.steepest = steepest;
    return slope;
  }

  private judge(place: Place): void {
    const slope = this.hold(place);
    const missing = this.problem.aim - place.value;
    place.estimate = slope > 0 ? place.radius + missing / slope : this.problem.extent;
  }

  /** Writes the next point and its radius into `there`. The first goes to the vertex of the linearised objective. */
  private propose(share: number): void {
    const { here, there, problem, step, wanted, isFirst } = this;
    const { workspace, n, image } = this.seat;
    const { kernels, arena } = workspace;
    const gradient = this.gradient(here);
    if (isFirst) {
      arena.masks(here.free, n).fill(0);
      kernels.scale_f64(n, 0, gradient, step);
    } else {
      const gamma = here.steepest > 0 ? here.radius / here.steepest : 0;
      if (!(this.pairs.step(here.free, gradient, step, gamma) < 0)) {
        this.pairs.clear();
        this.pairs.step(here.free, gradient, step, gamma);
      }
    }
    const base = kernels.radius_wanted_f64(n, share, image, here.at, here.free, step, wanted);
    const least = isFirst ? 0 : SHRINK * here.radius;
    const most = isFirst ? problem.extent : Math.min(problem.extent, GROW * here.radius + GROW_MORE * problem.extent);
    const guess = Math.max(least, Math.min(most, here.estimate));
    const lacking = problem.aim - here.value + base;
    there.radius = this.radiusWhere(lacking, least, guess, most, NEWTON_ERROR * problem.aim);
  }

  /** The radius in [least, most] at which the reach is `lacking`, or the end that comes nearest; leaves its point in `there`. */
  private radiusWhere(lacking: number, least: number, guess: number, most: number, error: number): number {
    const { kernels } = this.seat.workspace;
    const { n, image } = this.seat;
    let [low, high] = [least, most];
    let e = guess;
    for (let k = 0; ; k++) {
      kernels.radius_reach_f64(n, e, image, this.wanted, this.there.at, this.out);
      const [reach, rate] = this.outputs();
      const excess = reach - lacking;
      if (k === NEWTON_STEPS || Math.abs(excess) <= error) return e;
      if (e === (excess < 0 ? most : least)) return e;
      if (excess < 0) low = e;
      else high = e;
      const newton = e - excess / rate;
      let next = (low + high) / 2;
      if (rate > 0 && newton > low && newton < high) next = newton;
      else if (excess < 0 && high === most) next = most;
      else if (excess > 0 && low === least) next = least;
      if (next === e) return e;
      e = next;
    }
  }
}
