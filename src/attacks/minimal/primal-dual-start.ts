/**
 * Where searches in L1 and L0 begin if slopes at the image mislead: where the primal-dual iteration of PDPGD leads from a random
 * corner near the image. It walks far before it comes back, so that it reaches supports that slopes near the image do not show.
 */
import { type F64Pointer, offset64 } from "../../wasm/index.ts";
import type { Objective } from "../criterion.ts";
import { PRIMAL_DUAL_VECTORS, PrimalDual } from "../primal-dual.ts";
import type { RowSpace, Vector } from "../row-space.ts";
import type { Query, Reply } from "./lockstep.ts";
import type { Problem, Seat } from "./problem.ts";
import { SoftLargest } from "./soft-largest.ts";

/** Step sizes at first: that of the change is twice its authors', for fewer steps than theirs. */
const PRIMAL_RATE = 0.2;
const DUAL_RATE = 0.1;

export class PrimalDualStart {
  /** f64[2,n], where it ended, at the shortest success or the last point, and the gradient there. */
  readonly at: F64Pointer;
  /** The largest value of an objective there. */
  value = 0;
  private readonly seat: Seat;
  /** f64[2 + PRIMAL_DUAL_VECTORS, n]: the point that is evaluated, the gradient, and what the iteration takes. */
  private readonly here: F64Pointer;

  constructor(seat: Seat) {
    const { n, workspace } = seat;
    this.seat = seat;
    this.at = workspace.arena.allocateF64(2 * n);
    this.here = workspace.arena.allocateF64((2 + PRIMAL_DUAL_VECTORS) * n);
  }

  static bytes(n: number): number {
    return 8 * (4 + PRIMAL_DUAL_VECTORS) * n;
  }

  /** Begins at a point, f64[n], and evaluates `steps` times; returns the objective that was nearest to its aim where it ended. */
  *search(problem: Problem, from: F64Pointer, steps: number): Generator<Query, Objective, Reply> {
    const { at, here, seat } = this;
    const { workspace, n, size, image } = seat;
    const { kernels } = workspace;
    const vector = (start: F64Pointer, k: number): Vector => {
      const to = offset64(start, k * n);
      return { at: to, values: workspace.arena.f64(to, size) };
    };
    const space: RowSpace = {
      ...{ size, n, kernels },
      ...{ image: vector(image, 0), lower: vector(image, 1), upper: vector(image, 2) },
    };
    workspace.arena.f64(here, (2 + PRIMAL_DUAL_VECTORS) * n).fill(0);
    const [x, gradient, ...vectors] = Array.from({ length: 2 + PRIMAL_DUAL_VECTORS }, (_, k) => vector(here, k)) as [
      ...[Vector, Vector],
      ...Vector[],
    ];
    const { extent } = problem;
    const options = { steps, primalRate: PRIMAL_RATE, dualRate: DUAL_RATE, extent };
    const iteration = new PrimalDual(space, "l1", vectors, options);
    const soft = new SoftLargest(problem.objectives);
    kernels.copy_f64(n, from, x.at);
    let shortest = Number.POSITIVE_INFINITY;
    let objective = soft.largest;
    for (let k = 0; k < steps; k++) {
      const { margin, value } = yield* problem.evaluate(x.at, soft, gradient.at);
      const isSuccess = margin > problem.lead;
      const length = lengthTo(x, space.image);
      if (isSuccess ? length < shortest : shortest === Number.POSITIVE_INFINITY) {
        if (isSuccess) shortest = length;
        objective = soft.largest;
        this.value = value;
        kernels.copy_f64(2 * n, x.at, at);
      }
      iteration.step(x, gradient, margin - problem.lead);
    }
    return objective;
  }
}

/** |x - x0|_1 */
function lengthTo({ values: x }: Vector, { values: from }: Vector): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.abs((x[i] as number) - (from[i] as number));
  return sum;
}
