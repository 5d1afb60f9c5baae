/**
 * Which objective is worth the evaluations. A row may meet its criterion by several objectives, one for each wrong label; the
 * nearest is not known before. So all begin, those that promise least advance, and the best of these advance further. What is
 * left of the budget goes to restarts that jump to other basins.
 */
import type { F64Pointer } from "../../wasm/index.ts";
import type { Objective } from "../criterion.ts";
import type { Query, Reply, RowSearch } from "./lockstep.ts";
import type { Problem, Seat } from "./problem.ts";
import { placeStart, type StartKind } from "./starts.ts";

/** A search that follows one objective and says what it promises. */
export interface Run {
  /** The length that the run expects to reach, or has reached. */
  readonly promise: number;
  readonly isDone: boolean;
  /** Begins at a point with one evaluation. */
  begin(problem: Problem, objective: Objective, point: F64Pointer): Generator<Query, void, Reply>;
  /** Follows another objective from where the run is, with one evaluation; of runs whose plan has a ladder. */
  turn?(objective: Objective): Generator<Query, void, Reply>;
  /** Evaluates so many times at most. */
  advance(evaluations: number): Generator<Query, void, Reply>;
}

/** How restarts go, from some evaluation of the row on. */
export interface RestartPlan {
  readonly from: number;
  /** Objectives that restarts take in turn, every other time the best. */
  readonly objectives: number;
  /** Where restarts begin, in turn. */
  readonly starts: readonly StartKind[];
  /** Evaluations of a restart before it is judged, and after. */
  readonly trial: number;
  readonly rest: number;
  /** A restart is given up if its promise is longer than the best by this factor. */
  readonly hopeless: number;
}

/** How a race goes. */
export interface RacePlan {
  /** Objectives that begin: those of largest value at the image. */
  readonly begin: number;
  /**
   * In each heat the `runs` of least promise advance by `evaluations`: those of the heat before, or of all where it takes more
   * than that heat did.
   */
  readonly heats: readonly { runs: number; evaluations: number }[];
  /** The last whose `from` is reached holds; that of the first is 0. What is evaluated first does not depend on the budget. */
  readonly restarts: readonly RestartPlan[];
  /** The cube whose corners restarts begin at has this share of the box for a radius; the length of the best if not given. */
  readonly reach?: number;
  /** An objective with kinks is followed by softened ones of these sharpnesses, then itself, with `rung` evaluations each. */
  readonly ladder?: { readonly sharpnesses: readonly number[]; readonly rung: number };
}

interface Entrant<R extends Run> {
  readonly objective: Objective;
  readonly run: R;
}

export class Race<R extends Run> {
  private readonly plan: RacePlan;
  /** One more than run in the first heat: the one that begins. */
  private readonly runs: R[];
  private readonly start: F64Pointer;

  constructor(seat: Seat, plan: RacePlan, createRun: (seat: Seat) => R) {
    const { arena } = seat.workspace;
    this.plan = plan;
    this.start = arena.allocateF64(seat.n);
    this.runs = Array.from({ length: Race.runs(plan) }, () => createRun(seat));
  }

  /** Runs that a race holds in memory at once. */
  static runs(plan: RacePlan): number {
    return 1 + Math.max(...plan.heats.map(({ runs }) => runs));
  }

  *search(problem: Problem): RowSearch {
    const { ladder } = this.plan;
    const [only] = problem.objectives;
    if (ladder && problem.objectives.length === 1 && only?.soften) yield* this.climb(problem, only, ladder);
    else yield* this.race(problem);
  }

  /**
   * An objective with kinks: first a soft one, then sharper ones from where the run is, at last itself. Starts from the image and
   * then from corners, until the budget is spent.
   */
  private *climb(
    problem: Problem,
    objective: Objective,
    { sharpnesses, rung }: NonNullable<RacePlan["ladder"]>,
  ): RowSearch {
    const [run] = this.runs as [R];
    const [first, ...others] = [
      ...sharpnesses.map((sharpness) => objective.soften?.(sharpness) as Objective),
      objective,
    ];
    for (let k = 0; problem.left > 0; k++) {
      if (k > 0) this.place(problem, k - 1, "corner");
      yield* run.begin(problem, first as Objective, k === 0 ? problem.x : this.start);
      yield* run.advance(rung);
      for (const next of others) {
        if (run.turn) yield* run.turn(next);
        yield* run.advance(rung);
      }
    }
  }

  private *race(problem: Problem): RowSearch {
    const { begin, heats } = this.plan;
    const idle = [...this.runs];
    let entrants: Entrant<R>[] = [];
    /** The first `count` entrants by their promises, the others behind them as they were. */
    const rank = (count: number) => {
      const field = entrants.slice(0, count).sort((a, b) => a.run.promise - b.run.promise);
      entrants = [...field, ...entrants.slice(count)];
    };

    const most = idle.length - 1;
    for (const objective of problem.objectives.slice(0, begin)) {
      const run = idle.pop() as R;
      yield* run.begin(problem, objective, problem.x);
      entrants.push({ objective, run });
      rank(entrants.length);
      for (const last of entrants.splice(most)) idle.push(last.run);
    }
    let before = entrants.length;
    for (const { runs, evaluations } of heats) {
      rank(runs > before ? entrants.length : before);
      for (const { run } of entrants.slice(0, runs)) yield* run.advance(evaluations);
      before = Math.min(runs, entrants.length);
    }
    rank(before);
    const objectives = entrants.map(({ objective }) => objective);
    yield* this.restart(problem, objectives, this.runs[0] as R);
  }

  /** Starts anew, from the best objective first, until the budget is spent. */
  private *restart(problem: Problem, ranked: readonly Objective[], run: R): RowSearch {
    for (let k = 0; problem.left > 0; k++) {
      const plan = this.plan.restarts.findLast(({ from }) => from <= problem.evaluations) as RestartPlan;
      const { starts, trial, rest, hopeless } = plan;
      const objectives = ranked.slice(0, plan.objectives);
      const objective = objectives[k % 2 === 0 ? 0 : ((k - 1) / 2) % objectives.length] as Objective;
      this.place(problem, k, starts[k % starts.length] as StartKind);
      yield* run.begin(problem, objective, this.start);
      yield* run.advance(trial);
      if (run.promise < hopeless * problem.length) yield* run.advance(rest);
    }
  }

  private place(problem: Problem, restart: number, kind: StartKind): void {
    const { reach } = this.plan;
    const radius = reach === undefined ? Math.min(problem.length, problem.extent) : reach * problem.extent;
    placeStart(problem, this.start, restart, { kind, radius });
  }
}
