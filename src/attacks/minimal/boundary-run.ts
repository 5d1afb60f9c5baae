/**
 * The frame of the runs in L2 and L-infinity: each evaluation gives one quasi-Newton step of an objective towards its aim, which
 * is accepted, or shortened and tried again. How a step is made and what a point promises is the norm's.
 */
import { type F64Pointer, offset64 } from "../../wasm/index.ts";
import type { Objective } from "../criterion.ts";
import type { Query, Reply } from "./lockstep.ts";
import { Pairs } from "./pairs.ts";
import type { Problem, Seat } from "./problem.ts";
import type { Run } from "./run.ts";

const MEMORY = 8;
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
/** Newton's steps to where a model reaches the aim, and the error of its value that is left, in aims. */
export const NEWTON_STEPS = 40;
export const NEWTON_ERROR = 1e-3;

/** A point of a run. */
export interface BoundaryPlace {
  /** f64[2,n]: the point and the gradient there. */
  readonly at: F64Pointer;
  value: number;
  /** The length at which the objective reaches the aim, by its slope. */
  estimate: number;
}

export abstract class BoundaryRun<Place extends BoundaryPlace> implements Run {
  protected readonly seat: Seat;
  protected readonly pairs: Pairs;
  protected here: Place;
  protected there: Place;
  protected problem!: Problem;
  protected isFirst = true;
  private objective!: Objective;
  private reached = Number.POSITIVE_INFINITY;
  private stalls = 0;
  trust = 0;

  /** @param place reserves a place, whose `at` is given */
  constructor(seat: Seat, place: (at: F64Pointer) => Place) {
    const { workspace, n } = seat;
    this.seat = seat;
    this.pairs = new Pairs(workspace, n, MEMORY);
    this.here = place(workspace.arena.allocateF64(2 * n));
    this.there = place(workspace.arena.allocateF64(2 * n));
  }

  /** Bytes of the frame: its pairs and two places. */
  protected static frameBytes(n: number): number {
    return Pairs.bytes(n, MEMORY) + 8 * 4 * n;
  }

  /** The length that the run promises: its estimate, or what its objective reached. */
  get promise(): number {
    return Math.min(this.here.estimate, this.reached);
  }

  get at(): F64Pointer {
    return this.here.at;
  }

  get value(): number {
    return this.here.value;
  }

  get isDone(): boolean {
    return this.stalls >= STALLS;
  }

  /** Begins at a point, f64[n], with one evaluation. */
  *begin(problem: Problem, objective: Objective, point: F64Pointer): Generator<Query, void, Reply> {
    const { here } = this;
    this.problem = problem;
    this.objective = objective;
    this.pairs.clear();
    this.reached = Number.POSITIVE_INFINITY;
    this.isFirst = true;
    this.stalls = 0;
    this.trust = 0;
    this.seat.workspace.kernels.copy_f64(this.seat.n, point, here.at);
    here.value = (yield* problem.evaluate(here.at, objective, this.gradient(here))).value;
    this.open();
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
      if (there.value > problem.lead) this.reached = Math.min(this.reached, this.lengthOf(there));
      if (this.isFirst) this.trust = (there.value - here.value) / (problem.aim - here.value);
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

  protected gradient({ at }: Place): F64Pointer {
    return offset64(at, this.seat.n);
  }

  /** Makes ready for the first step from `here`, whose value and gradient are known, and sets its estimate. */
  protected abstract open(): void;
  /** Writes the next point into `there`: a share of the step. */
  protected abstract propose(share: number): void;
  /** Sets the estimate of a place whose value and gradient are known. */
  protected abstract judge(place: Place): void;
  /** The length of the change at a place. */
  protected abstract lengthOf(place: Place): number;
}
