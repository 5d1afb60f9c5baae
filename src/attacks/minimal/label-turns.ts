/**
 * What takes turns with restarts where the image tells little about the labels: its linear model reaches few of them inside the
 * box, so that their order is arbitrary, and the first step gains far more or less than it promises. Networks whose scores
 * saturate are like that. There each label is asked for by itself once, since what is softened slopes where differences of two
 * scores are flat, and searches begin where annealing ended.
 */
import type { F64Pointer } from "../../wasm/index.ts";
import type { Objective } from "../criterion.ts";
import { AnnealedStart } from "./annealed-start.ts";
import { climbOn, rungsOf } from "./ladder.ts";
import type { RowSearch } from "./lockstep.ts";
import type { Problem, Seat } from "./problem.ts";
import type { Ladder } from "./race-plan.ts";
import type { Run } from "./run.ts";
import { placeStart } from "./starts.ts";

/** Annealing begins at corners so far from the image in each feature, as a share of the box. */
const ANNEALED_REACH = 0.05;
/** Evaluations of the run that begins where it ended. */
const REST = 25;

export class LabelTurns {
  private readonly run: Run;
  private readonly ladder: Ladder;
  private readonly annealed: AnnealedStart;
  private readonly start: F64Pointer;

  /** @param run goes up the ladder, and on where annealing ended */
  constructor(seat: Seat, run: Run, ladder: Ladder) {
    this.run = run;
    this.ladder = ladder;
    this.annealed = new AnnealedStart(seat);
    this.start = seat.workspace.arena.allocateF64(seat.n);
  }

  static bytes(n: number): number {
    return 8 * n + AnnealedStart.bytes(n);
  }

  /** One label by itself while one is left that has not been asked for, and then one annealed start. */
  *next(problem: Problem, ranked: readonly Objective[], turn: number): RowSearch {
    yield* this.ask(problem, ranked[turn]?.alone?.());
    yield* this.anneal(problem, turn);
  }

  private *ask(problem: Problem, label: Objective | undefined): RowSearch {
    const { run, ladder } = this;
    const [first, ...others] = rungsOf(label, ladder);
    if (!first) return;
    yield* run.begin(problem, first, problem.x);
    yield* climbOn(run, others, { first: ladder.rung, rung: ladder.rung });
  }

  private *anneal(problem: Problem, turn: number): RowSearch {
    const { run, annealed, start } = this;
    placeStart(problem, start, turn, { kind: "corner", radius: ANNEALED_REACH * problem.extent });
    const objective = yield* annealed.search(problem, start);
    yield* run.begin(problem, objective, annealed.at);
    yield* run.advance(REST);
  }
}
