/**
 * The smallest cube around an image in which one objective reaches its aim. Each evaluation gives a quasi-Newton step of the
 * objective over the components that the cube does not hold, and with it the radius at which the model reaches the aim. The
 * objective stays what it is while the cube moves, so the pairs survive every change of radius.
 */
import type { F64Pointer, I64Pointer } from "../../wasm/index.ts";
import { type BoundaryPlace, BoundaryRun, NEWTON_ERROR, NEWTON_STEPS } from "./boundary-run.ts";
import type { Seat } from "./problem.ts";

/** The radius may change by these factors in one step. */
const SHRINK = 0.5;
const GROW = 1.5;
/** And grow by this share of the box besides. */
const GROW_MORE = 1e-3;

interface Place extends BoundaryPlace {
  /** i64[n], the mask of the components that are free. */
  readonly free: I64Pointer;
  radius: number;
  /** The largest slope of a free component. */
  steepest: number;
}

export class LinfRun extends BoundaryRun<Place> {
  private readonly step: F64Pointer;
  private readonly wanted: F64Pointer;
  private readonly out: F64Pointer;

  constructor(seat: Seat) {
    const { n, workspace } = seat;
    const { arena } = workspace;
    super(seat, (at) => ({ at, free: arena.allocateI64(n), value: 0, radius: 0, estimate: 0, steepest: 0 }));
    this.step = arena.allocateF64(n);
    this.wanted = arena.allocateF64(2 * n);
    this.out = arena.allocateF64(2);
  }

  static bytes(n: number): number {
    return BoundaryRun.frameBytes(n) + 8 * 5 * n;
  }

  /** The first step goes to the vertex of the cube that the objective's slope points to where the run begins. */
  protected open(): void {
    const { here, problem } = this;
    here.radius = 0;
    here.estimate = problem.extent;
    this.hold(here);
    this.propose(1);
    here.estimate = this.there.radius;
  }

  protected lengthOf({ radius }: Place): number {
    return radius;
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

  protected judge(place: Place): void {
    const slope = this.hold(place);
    const missing = this.problem.aim - place.value;
    place.estimate = slope > 0 ? place.radius + missing / slope : this.problem.extent;
  }

  /** Writes the next point and its radius into `there`. The first goes to the vertex of the linearised objective. */
  protected propose(share: number): void {
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
