/**
 * Steps along the decision boundary, to the nearest point of it: quasi-Newton steps on |r|^2 under margin = const.
 *
 * At a point with gradients g of c |r|^2 + loss and s of the loss, the step is d = -H (g + t s), H the inverse Hessian that
 * the minimiser has found. t is chosen such that the linear model of the margin meets the boundary within the box: that is
 * a Newton step for the Karush-Kuhn-Tucker conditions, and it leaves nothing of c to be searched for.   [Nocedal and Wright
 * 2006, 18.1; adding a multiple of s s' to the Hessian, as the loss does to that of the margin, does not change d: 17.3]
 */

import type { F32Pointer, F64Pointer, Workspace } from "../wasm/index.ts";
import type { Minimiser } from "./minimiser.ts";
import type { Steps, Visit, Visits } from "./visits.ts";

/** How far beyond the success margin a step aims: logits, and a share of what the label trails by on the image. */
const BEHIND = 9e-4;
const BEHIND_SHARE = 2 ** -11;
/** A step that fell short is made up for by this share of the error in the next one's aim. */
const CARRIED = 0.5;
/** Newton on a piecewise linear function ends exactly; the limit is for the last bits, the tolerance a share of BEHIND. */
const NEWTON_STEPS = 30;
const NEWTON_TOLERANCE = 2 ** -7;
/**
 * A step is accepted if the estimate of |r|^2 on the boundary grows by no more than SLACK, or the distance to the aim
 * shrinks to CLOSER; else a shorter one is tried, to SHARE_LEAST.
 */
const SLACK = 0.005;
const CLOSER = 0.5;
const SHARE_LEAST = 0.1;
/** The steps end at a success when so many in a row changed the estimate by less than this share. */
const SETTLED = 5e-4;
const SETTLED_STEPS = 2;
/**
 * After this many steps a boundary is rough if the linear model of the margin still errs by more than this share of what
 * the label trails by on the image: there are kinks, or other minima near.
 */
const ROUGH_AFTER = 8;
const ROUGH = 2.5e-3;

/** After so many steps a later start is given up if its estimate is longer than the smallest change by this factor squared. */
const WORSE_AFTER = 4;
const WORSE = 1.02;

/** The curvature is shifted to another c only where c has changed by more than this share. */
const DRIFT = 2 ** -7;

/** How the steps ended. */
export type BoundaryStop = "settled" | "rough" | "worse" | "flat" | "max-steps";

export class BoundarySteps {
  private readonly workspace: Workspace;
  private readonly visits: Visits;
  private readonly solver: Minimiser;
  private readonly slope: F32Pointer;
  private readonly start: F32Pointer;
  private readonly along: F32Pointer;
  private readonly point: F32Pointer;
  private readonly cell: F64Pointer;

  constructor(workspace: Workspace, visits: Visits, solver: Minimiser) {
    const { arena } = workspace;
    const { n } = visits.box;
    this.workspace = workspace;
    this.visits = visits;
    this.solver = solver;
    [this.slope, this.start, this.along, this.point] = [0, 0, 0, 0].map(() => arena.allocateF32(n)) as [
      F32Pointer,
      F32Pointer,
      F32Pointer,
      F32Pointer,
    ];
    this.cell = arena.allocateF64(2);
  }

  /** Bytes an instance takes in its workspace. */
  static bytes(n: number): number {
    return 16 * n + 16;
  }

  /**
   * At most so many steps from the solver's point `at`, whose gradient is of penalty c. If asked to, it leaves a rough
   * boundary early.
   */
  *run(at: Visit, c: number, steps: number, leavesRough: boolean): Steps<BoundaryStop> {
    const { visits, solver, slope, point, start } = this;
    const { kernels, box, seat } = visits;
    const behind = visits.lead + Math.min(BEHIND, BEHIND_SHARE * visits.deficit);
    visits.penaltyGradient(-c, solver.x, solver.g, slope);
    let penalty = c;
    let stationary = visits.stationaryPenalty(solver.x, slope, at.squared);
    let share = 1;
    let carried = 0;
    let settled = 0;
    let error = 0;
    for (let k = 0; k < steps; k++) {
      if (stationary > 0 && Math.abs(stationary - penalty) > DRIFT * penalty) {
        solver.curvature.shift(2 * (stationary - penalty));
        penalty = stationary;
      }
      visits.penaltyGradient(penalty, solver.x, slope, solver.g);
      const aim = behind + carried;
      const before = this.onBoundary(at, behind, penalty);
      if (!this.stepToBoundary(at, aim, NEWTON_TOLERANCE * (behind - visits.lead), penalty)) return "flat";
      if (share < 1) {
        // point = x + share (point - x)
        kernels.sub_f32(box.n, solver.x, point);
        visits.copy(point, start);
        kernels.trial_f32(box.n, share, solver.x, start, slope, box.lower, box.upper, point);
      }
      const there = yield* visits.evaluate(point, penalty, solver.gradient);

      const miss = there.margin - (at.margin + share * (aim - at.margin));
      error = Math.max(error / 2, Math.abs(miss));
      const next = visits.stationaryPenalty(point, seat.slope, there.squared);
      const after = this.onBoundary(there, behind, next > 0 ? next : penalty);
      const closer = Math.abs(there.margin - aim) < CLOSER * Math.abs(at.margin - aim);
      const accepted = after < (1 + SLACK) * before || closer || share < SHARE_LEAST;
      solver.curvature.learn(solver.x, solver.g, point, solver.gradient);
      if (accepted) {
        visits.copy(point, solver.x);
        visits.copy(seat.slope, slope);
      }
      if (k + 1 >= WORSE_AFTER && after > WORSE * visits.squared && before > WORSE * visits.squared) return "worse";
      const isRough = k + 1 >= ROUGH_AFTER && error > ROUGH * visits.deficit;
      if (leavesRough && isRough && visits.hasSuccess) return "rough";
      if (!accepted) {
        share /= 2;
        continue;
      }
      share = Math.min(1, 2 * share);
      carried = CARRIED * Math.max(0, -miss);
      at = there;
      stationary = next;
      settled = Math.abs(after - before) < SETTLED * before ? settled + 1 : 0;
      if (settled >= SETTLED_STEPS && there.margin > visits.lead) return "settled";
    }
    return "max-steps";
  }

  /** An estimate of |r|^2 on the boundary near a point: along it, |r|^2 changes by (1 - p) / c with the margin. */
  private onBoundary({ loss, margin, squared }: Visit, behind: number, c: number): number {
    return squared - ((margin - behind) * this.visits.wrongProbability(loss)) / c;
  }

  /**
   * Sets `point` to the linearised boundary's point of least c |r|^2 + loss by the quadratic model at the solver's point.
   * Returns whether there is such a boundary: not where the loss is flat.
   */
  private stepToBoundary(at: Visit, aim: number, tolerance: number, c: number): boolean {
    const { visits, solver, slope, start, along, point, cell } = this;
    const { kernels, box } = visits;
    const { n, lower, upper } = box;
    const { curvature } = solver;
    const gamma = 1 / (2 * c);
    curvature.setFree(solver.x, solver.g);
    curvature.apply(solver.g, gamma, start);
    const fall = curvature.apply(slope, gamma, along);
    // In terms of the loss, whose slope is that of the margin times -(1 - p): <slope, step> = wanted.
    const wrong = visits.wrongProbability(at.loss);
    const wanted = (at.margin - aim) * wrong;
    if (!(fall < 0)) return false;
    let t = (wanted - kernels.dot_and_place_f32(n, slope, solver.x, start)) / fall;
    const reachAndRate = this.workspace.arena.f64(cell, 2);
    for (let i = 0; i < NEWTON_STEPS; i++) {
      kernels.half_space_f32(n, t, start, along, solver.x, slope, lower, upper, point, cell);
      const [reach, rate] = reachAndRate as unknown as [number, number];
      const excess = reach - wanted;
      if (!(rate < 0) || Math.abs(excess) <= tolerance * wrong) break;
      t -= excess / rate;
    }
    return true;
  }
}
