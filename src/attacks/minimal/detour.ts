/**
 * How a race goes where slopes at the image mislead, as on networks of robust training. Its labels are chosen by scouts, which
 * race in a norm where slopes mislead less. Then runs begin where other searches ended: annealing, and the primal-dual iteration,
 * which takes half of the evaluations.
 */
import type { F64Pointer } from "../../wasm/index.ts";
import type { Objective } from "../criterion.ts";
import { AnnealedStart } from "./annealed-start.ts";
import type { Query, Reply, RowSearch } from "./lockstep.ts";
import type { Problem, Seat } from "./problem.ts";
import type { Heats, MisledPlan, RestartPlan } from "./race-plan.ts";
import type { Entrant, Follow, Run } from "./run.ts";
import { placeStart } from "./starts.ts";
import type { Walks } from "./walks.ts";

/** Primal-dual starts take this share of the evaluations. */
const SHARE = 0.5;
/** Annealed starts begin near random corners so far from the image in each feature, as a share of the box. */
const ANNEALED_REACH = 0.05;

/** The race that takes the detour, or one of scouts. */
export interface Field<R extends Run> {
  readonly runs: readonly R[];
  /** What did best, unless slopes mislead here too. */
  scout(problem: Problem): Generator<Query, Entrant<R>[] | undefined, Reply>;
  compete(entrants: Entrant<R>[], heats: Heats): Generator<Query, Entrant<R>[], Reply>;
  startAnew(problem: Problem, objective: Objective, k: number): RowSearch;
  restartsNow(problem: Problem): RestartPlan;
}

export class Detour<R extends Run> {
  private readonly race: Field<R>;
  private readonly plan: MisledPlan;
  private readonly scouts: Field<Run> | undefined;
  private readonly start: F64Pointer;
  private readonly annealed: AnnealedStart;
  private readonly walks: Walks<R> | undefined;

  constructor(
    seat: Seat,
    race: Field<R>,
    plan: MisledPlan,
    { scouts, walks }: { scouts?: Field<Run>; walks?: Walks<R> },
  ) {
    this.race = race;
    this.plan = plan;
    this.scouts = scouts;
    this.start = seat.workspace.arena.allocateF64(seat.n);
    this.annealed = new AnnealedStart(seat);
    this.walks = walks;
  }

  static bytes(n: number): number {
    return 8 * n + AnnealedStart.bytes(n);
  }

  /** Searches until the budget is spent. */
  *search(problem: Problem, follow?: Follow): RowSearch {
    const { race, scouts, walks } = this;
    const found = scouts && (yield* scouts.scout(problem));
    const ranked = found ? yield* this.runFrom(problem, found) : [];
    const [best] = ranked;
    if (best && follow) yield* follow(best.objective, best.run);
    const walked = { count: 0, evaluations: 0 };
    for (let k = found ? 1 : 0; problem.left > 0; ) {
      if (walks?.isDue(problem, walked, SHARE)) yield* walks.next(problem, walked, follow);
      else if (ranked.length > 0 && !follow && k % 2 === 0) {
        // Where scouts found a way, the labels that they found have every other turn.
        yield* race.startAnew(problem, (ranked[(k / 2) % ranked.length] as Entrant<R>).objective, k++);
      } else yield* this.annealFrom(problem, k++, follow);
    }
  }

  /** Runs heats from where the scouts ended; returns the entrants, the best first. */
  private *runFrom(problem: Problem, found: readonly Entrant<Run>[]): Generator<Query, Entrant<R>[], Reply> {
    const { runs } = this.race;
    const entrants: Entrant<R>[] = [];
    for (const [k, { objective, run: scout }] of found.slice(0, runs.length).entries()) {
      const run = runs[k] as R;
      yield* run.begin(problem, objective, scout.at);
      entrants.push({ objective, run });
    }
    return yield* this.race.compete(entrants, this.plan.heats);
  }

  private *annealFrom(problem: Problem, k: number, follow?: Follow): RowSearch {
    const { annealed, start, race } = this;
    const { trial, rest, hopeless } = race.restartsNow(problem);
    const [run] = race.runs as [R];
    const scout = this.scouts?.runs[0];
    if (k > 0) placeStart(problem, start, k - 1, { kind: "corner", radius: ANNEALED_REACH * problem.extent });
    const objective = yield* annealed.search(problem, k === 0 ? problem.x : start);
    if (follow) return yield* follow(objective, annealed);
    let from = annealed.at;
    if (scout && this.plan.scouting > 0) {
      yield* scout.begin(problem, objective, from);
      yield* scout.advance(this.plan.scouting);
      from = scout.at;
    }
    yield* run.begin(problem, objective, from);
    yield* run.advance(trial);
    if (run.promise < hopeless * problem.length) yield* run.advance(rest);
  }
}
