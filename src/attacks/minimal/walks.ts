/** Runs that begin where the primal-dual iteration ended, one after another from random corners near the image. */
import type { F64Pointer } from "../../wasm/index.ts";
import type { RowSearch } from "./lockstep.ts";
import { PrimalDualStart } from "./primal-dual-start.ts";
import type { Problem, Seat } from "./problem.ts";
import type { Follow, Run } from "./run.ts";
import { placeStart } from "./starts.ts";

/** Evaluations of the first walk, such that a budget of 150 holds it and what is evaluated before, and of each that follows. */
const FIRST_STEPS = 100;
const STEPS = 200;
/** Evaluations of the run that begins where one ended. */
const REST = 20;
/** Walks begin at corners so far from the image in each feature, as a share of the box. */
const REACH = 0.3;

/** What the walks of a row took so far. */
export interface Walked {
  count: number;
  evaluations: number;
}

export class Walks<R extends Run> {
  private readonly start: F64Pointer;
  private readonly walk: PrimalDualStart;
  private readonly run: R;

  /** @param run goes on where walks end, unless something else follows */
  constructor(seat: Seat, run: R) {
    this.start = seat.workspace.arena.allocateF64(seat.n);
    this.walk = new PrimalDualStart(seat);
    this.run = run;
  }

  static bytes(n: number): number {
    return 8 * n + PrimalDualStart.bytes(n);
  }

  /** Whether walks took no more than their share of the evaluations. */
  isDue(problem: Problem, { evaluations }: Walked, share: number): boolean {
    return evaluations <= share * problem.evaluations;
  }

  *next(problem: Problem, walked: Walked, follow?: Follow): RowSearch {
    const { start, walk, run } = this;
    const before = problem.evaluations;
    const steps = walked.count === 0 ? FIRST_STEPS : STEPS;
    placeStart(problem, start, walked.count++, { kind: "corner", radius: REACH * problem.extent });
    const objective = yield* walk.search(problem, start, steps);
    if (follow) yield* follow(objective, walk);
    else {
      yield* run.resume ? run.resume(problem, objective, walk.at) : run.begin(problem, objective, walk.at);
      yield* run.advance(REST);
    }
    walked.evaluations += problem.evaluations - before;
  }
}
