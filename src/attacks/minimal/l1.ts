/**
 * The smallest change in L1 by which one objective reaches its aim: one evaluation a step of `l1-step.ts`. As the multiplier
 * moves and not the objective, the pairs survive from step to step.
 */
import { type F64Pointer, offset64 } from "../../wasm/index.ts";
import { type Objective, objectiveValue } from "../criterion.ts";
import { type L1Place, type L1Step, LEAST_FALL, MEMORY } from "./l1-step.ts";
import type { Query, Reply } from "./lockstep.ts";
import { Pairs } from "./pairs.ts";
import type { Problem, Seat } from "./problem.ts";

/** The first step goes this part of the way to the aim: the gradient at the image leads into worse basins than one nearer. */
const FIRST_PART = 0.6;
/** An objective without pairs that grows as its slope says, but for this share, bears longer steps, by this factor and up to this one. */
const LINEAR = 1e-3;
/** What of the values is rounding, as a share of what the image lacks. */
const ROUNDING = 1e-5;
const STRETCH = 2;
/** A step that rounding swallows before the aim, as at a tie, leads nowhere again: the next goes so many times as far, up to this. */
const FURTHER = 2;
const MOST_FURTHER = 2 ** 10;
const MOST_STRETCH = 2 ** 8;
/** Part of a step that is taken after the whole of it led nowhere, and so on down to the least. */
const BACKTRACK = 0.4;
const LEAST_SHARE = 0.1;
/** What the estimate may grow in a step that is accepted. */
const SLACK = 1e-6;
/** A run ends after this many steps that lower its estimate by less than the tolerance. */
const STALLS = 4;
const TOLERANCE = 1e-5;

interface Place extends L1Place {
  /** f64[2,n]: the point and the gradient. */
  readonly at: F64Pointer;
  point: Float64Array;
  gradient: Float64Array;
  /** |r|_1 */
  length: number;
}

export class L1Run {
  private readonly seat: Seat;
  private readonly step: L1Step;
  private readonly pairs: Pairs;
  private here: Place;
  private there: Place;
  private problem!: Problem;
  private objective!: Objective;
  /** The largest slope at `here`. */
  private steepest = 0;
  private estimate = 0;
  private reached = Number.POSITIVE_INFINITY;
  /** What the objective lacks at the image. */
  private missing = 0;
  private share = 1;
  /** Steps go to this many times what is missing: 1 but for those that rounding swallows. */
  private further = 1;
  private steps = 0;
  trust = 0;
  private stalls = 0;

  constructor(seat: Seat, step: L1Step) {
    const { workspace, n } = seat;
    const none = new Float64Array(0);
    const place = (): Place => {
      const at = workspace.arena.allocateF64(2 * n);
      return { at, point: none, gradient: none, value: 0, length: 0, multiplier: 0, stretch: 1 };
    };
    this.seat = seat;
    this.step = step;
    this.pairs = new Pairs(workspace, n, MEMORY);
    this.here = place();
    this.there = place();
  }

  static bytes(n: number): number {
    return Pairs.bytes(n, MEMORY) + 8 * 4 * n;
  }

  /** The length that the run promises: its estimate, or what its objective reached. */
  get promise(): number {
    return Math.min(this.estimate, this.reached);
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

  /** Begins at the image, with the gradient of a point, f64[n], which takes one evaluation. */
  *begin(problem: Problem, objective: Objective, point: F64Pointer): Generator<Query, void, Reply> {
    const { workspace, n } = this.seat;
    this.open(problem);
    const { here } = this;
    this.objective = objective;
    this.pairs.clear();
    this.reached = Number.POSITIVE_INFINITY;
    this.share = 1;
    this.further = 1;
    this.steps = 0;
    this.stalls = 0;
    this.trust = 0;
    yield* problem.evaluate(point, objective, offset64(here.at, n));
    workspace.kernels.copy_f64(n, problem.x, here.at);
    here.value = objectiveValue(objective, problem.task.scores);
    here.length = 0;
    this.missing = Math.abs(here.value);
    this.steepest = steepestOf(here.gradient);
    here.multiplier = this.steepest;
    here.stretch = 1;
    this.estimate = this.step.lengthOfLinear(here, problem.aim);
    if (this.steepest === 0) this.stalls = STALLS;
  }

  /** Begins at a point itself, f64[n], and not at the image, with one evaluation. */
  *resume(problem: Problem, objective: Objective, point: F64Pointer): Generator<Query, void, Reply> {
    this.open(problem);
    const { here } = this;
    this.seat.workspace.kernels.copy_f64(this.seat.n, point, here.at);
    here.length = this.lengthTo(here.point);
    this.missing = Math.abs(objectiveValue(objective, problem.task.scores));
    this.steps = 1;
    this.trust = 0;
    yield* this.turn(objective);
    here.multiplier = this.steepest;
    this.estimate = here.length;
  }

  /** Takes the views of its places for a row. */
  private open(problem: Problem): void {
    const { workspace, n } = this.seat;
    for (const place of [this.here, this.there]) {
      place.point = workspace.arena.f64(place.at, n);
      place.gradient = workspace.arena.f64(offset64(place.at, n), n);
    }
    this.problem = problem;
  }

  /** Follows another objective from where the run is, with one evaluation. */
  *turn(objective: Objective): Generator<Query, void, Reply> {
    const { here, problem } = this;
    this.objective = objective;
    this.pairs.clear();
    this.reached = Number.POSITIVE_INFINITY;
    this.share = 1;
    this.further = 1;
    this.stalls = 0;
    here.stretch = 1;
    here.value = (yield* problem.evaluate(here.at, objective, offset64(here.at, this.seat.n))).value;
    this.steepest = steepestOf(here.gradient);
    if (this.steepest === 0) this.stalls = STALLS;
  }

  /** Evaluates `evaluations` times at most. */
  *advance(evaluations: number): Generator<Query, void, Reply> {
    const { problem, objective, seat, pairs, step } = this;
    const { n } = seat;
    for (let k = 0; k < evaluations && !this.isDone; k++) {
      const { here, there, steepest } = this;
      const isFirst = this.steps++ === 0;
      const part = isFirst ? FIRST_PART : this.further;
      const aim = part === 1 ? problem.aim : here.value + part * (problem.aim - here.value);
      const multiplier = step.propose(here, pairs, aim, this.share, steepest, problem.extent, there.at);
      if (multiplier < 0) {
        this.stalls = STALLS;
        return;
      }
      const { value } = yield* problem.evaluate(there.at, objective, offset64(there.at, n));
      const isSwallowed = value === here.value && value <= problem.lead;
      this.further = isSwallowed ? Math.min(FURTHER * this.further, MOST_FURTHER) : 1;
      if (isFirst) this.trust = (value - here.value) / (aim - here.value);
      pairs.add(here.at, there.at, offset64(here.at, n), offset64(there.at, n));
      there.value = value;
      const error = Math.abs(value - step.expected);
      const isLinear = error <= LINEAR * Math.abs(step.expected - here.value) + ROUNDING * this.missing;
      there.stretch = isLinear && pairs.count === 0 ? Math.min(STRETCH * here.stretch, MOST_STRETCH) : 1;
      there.length = this.lengthTo(there.point);
      if (value > problem.lead) this.reached = Math.min(this.reached, there.length);
      const steepestThere = steepestOf(there.gradient);
      there.multiplier = Math.max(multiplier, LEAST_FALL * here.multiplier) || steepestThere;
      if (there.multiplier === 0) {
        this.stalls = STALLS;
        return;
      }
      // What a place is worth: its length, less what the model gives back of it on the way to the aim.
      const worth = (place: Place) => place.length - (place.value - problem.aim) / there.multiplier;
      const [before, after] = [worth(here), worth(there)];
      if (isFirst || after <= before * (1 + SLACK) || this.share < LEAST_SHARE) {
        this.stalls =
          isFirst || before - after > TOLERANCE * before || there.stretch > here.stretch ? 0 : this.stalls + 1;
        this.here = there;
        this.there = here;
        this.steepest = steepestThere;
        this.estimate = after;
        this.share = 1;
      } else {
        this.share *= BACKTRACK;
      }
    }
  }

  /** |p - x|_1 */
  private lengthTo(point: Float64Array): number {
    const { n, size, image, workspace } = this.seat;
    const box = workspace.arena.f64(image, n);
    let sum = 0;
    for (let i = 0; i < size; i++) sum += Math.abs((point[i] as number) - (box[i] as number));
    return sum;
  }
}

function steepestOf(gradient: Float64Array): number {
  let steepest = 0;
  for (let i = 0; i < gradient.length; i++) steepest = Math.max(steepest, Math.abs(gradient[i] as number));
  return steepest;
}
