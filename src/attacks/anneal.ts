/**
 * Decoupled direction and norm (Rony et al., CVPR 2019, algorithm 1): normalised steps down the loss on a sphere about the
 * image that shrinks on success and grows on failure. It leaves basins that a minimiser cannot leave.
 */
import type { F32Pointer, Workspace } from "../wasm/index.ts";
import type { AnnealSchedule } from "./effort.ts";
import type { Steps, Visits } from "./visits.ts";

/** The last steps are this long, in the unit of the schedule. */
const LAST_STEP = 0.01;

export class Anneal {
  private readonly visits: Visits;
  private readonly point: F32Pointer;
  private readonly residual: F32Pointer;

  constructor(workspace: Workspace, visits: Visits) {
    this.visits = visits;
    this.point = workspace.arena.allocateF32(visits.box.n);
    this.residual = workspace.arena.allocateF32(visits.box.n);
  }

  /** Bytes an instance takes in its workspace. */
  static bytes(n: number): number {
    return 8 * n;
  }

  /** Runs from the image; `unit` is the first radius and the unit of the schedule's lengths. `gradient` is overwritten. */
  *run({ steps, stepLength, rate }: AnnealSchedule, unit: number, gradient: F32Pointer): Steps {
    const { visits, point, residual } = this;
    const { kernels, origin } = visits;
    const { n, lower, upper } = visits.box;
    visits.copy(origin, point);
    // The image itself is known, and a failure.
    let slope = visits.originSlope;
    let radius = unit;
    for (let k = 0; k <= steps; k++) {
      if (k > 0) {
        const at = yield* visits.evaluate(point, 0, gradient);
        if (k === steps) return;
        radius *= at.margin > visits.lead ? 1 - rate : 1 + rate;
        slope = visits.seat.slope;
      }
      const t = k / steps;
      const length = unit * (LAST_STEP + (stepLength - LAST_STEP) * (1 - t) * (1 - t) * (1 + 2 * t));
      const steepness = kernels.norm2_f32(n, slope) || 1;
      const squared = kernels.step_residual_f32(n, length / steepness, point, origin, slope, residual);
      kernels.place_residual_f32(n, radius / (Math.sqrt(squared) || 1), origin, residual, lower, upper, point);
    }
  }
}
