/**
 * Where searches begin if slopes at the image mislead, as on networks of robust training: there the gradient says neither how far
 * the boundary is nor which label is nearest. Steps of a given length along it do not ask that. The change gets longer until it is
 * a success, and from then on shrinks after a success and grows after a failure by ever smaller shares (decoupled direction and
 * norm, Rony et al., CVPR 2019, algorithm 1). Steps follow the objectives by their exponentials, as a cross-entropy does.
 */
import { type F64Pointer, offset64 } from "../../wasm/index.ts";
import type { Objective } from "../criterion.ts";
import type { Query, Reply } from "./lockstep.ts";
import type { Problem, Seat } from "./problem.ts";
import { SoftLargest } from "./soft-largest.ts";

/** The first length, as a share of the diagonal of a cube of the box's extent. */
const FIRST_LENGTH = 0.03;
/** The share by which the length changes, and that of the length by which steps move: at first and at last. */
const FIRST_RATE = 0.3;
const LAST_RATE = 0.02;
const FIRST_STEP = 1;
const LAST_STEP = 0.05;
/** Steps from the first success on, and before it at most. */
const STEPS = 20;
const WAIT = 60;

export class AnnealedStart {
  /** f64[2,n], where it ended, at the shortest success or the last point, and the gradient there. */
  readonly at: F64Pointer;
  /** The largest value of an objective there. */
  value = 0;
  private readonly seat: Seat;
  /** f64[2,n]: the point that is evaluated, and the gradient. */
  private readonly here: F64Pointer;

  constructor(seat: Seat) {
    const { n, workspace } = seat;
    this.seat = seat;
    this.at = workspace.arena.allocateF64(2 * n);
    this.here = workspace.arena.allocateF64(2 * n);
  }

  static bytes(n: number): number {
    return 8 * 4 * n;
  }

  /** Begins at a point, f64[n]; returns the objective that was nearest to its aim where it ended. */
  *search(problem: Problem, from: F64Pointer): Generator<Query, Objective, Reply> {
    const { at, here } = this;
    const { workspace, n, size, image } = this.seat;
    const { kernels } = workspace;
    const soft = new SoftLargest(problem.objectives);
    const gradient = offset64(here, n);
    kernels.copy_f64(n, from, here);
    let length = FIRST_LENGTH * problem.extent * Math.sqrt(size);
    let shortest = Number.POSITIVE_INFINITY;
    let objective = soft.largest;
    for (let k = 0, waited = 0; k < STEPS && waited < WAIT; ) {
      const { margin, value } = yield* problem.evaluate(here, soft, gradient);
      const isSuccess = margin > problem.lead;
      const now = Math.sqrt(kernels.squared_distance_f64(n, here, image));
      if (isSuccess ? now < shortest : shortest === Number.POSITIVE_INFINITY) {
        if (isSuccess) shortest = now;
        objective = soft.largest;
        this.value = value;
        kernels.copy_f64(2 * n, here, at);
      }
      const left = 1 - k / STEPS;
      const rate = LAST_RATE + (FIRST_RATE - LAST_RATE) * left * left;
      // The box cuts changes, so a success may be shorter than it was to be.
      if (isSuccess) length = Math.min(length, now) * (1 - rate);
      else if (now > 0) length *= 1 + rate;
      if (shortest < Number.POSITIVE_INFINITY) k++;
      else waited++;
      const slope = Math.sqrt(kernels.dot_f64(n, gradient, gradient));
      if (!(slope > 0)) break;
      this.move(length, (length * (LAST_STEP + (FIRST_STEP - LAST_STEP) * left * left)) / slope);
    }
    return objective;
  }

  /** Moves the point along the gradient, by `step` of its length, and to `length` from the image, cut by the box. */
  private move(length: number, step: number): void {
    const { workspace, n, size, image } = this.seat;
    const box = workspace.arena.f64(image, 3 * n);
    const both = workspace.arena.f64(this.here, 2 * n);
    let square = 0;
    for (let i = 0; i < size; i++) {
      const r = (both[i] as number) - (box[i] as number) + step * (both[n + i] as number);
      both[n + i] = r;
      square += r * r;
    }
    const scale = square > 0 ? length / Math.sqrt(square) : 0;
    for (let i = 0; i < size; i++) {
      const to = (box[i] as number) + scale * (both[n + i] as number);
      both[i] = Math.min(Math.max(to, box[n + i] as number), box[2 * n + i] as number);
    }
  }
}
