/**
 * Which objective is worth the evaluations. A row may meet its criterion by several objectives, one for each wrong label; the
 * nearest is not known before. So all begin, those that promise least advance, and the best of these advance further. What is
 * left of the budget goes to restarts that jump to other basins. Where the first step shows that slopes at the image mislead, it
 * takes a detour.
 */
import type { F64Pointer } from "../../wasm/index.ts";
import type { Objective } from "../criterion.ts";
import { Detour, type Field } from "./detour.ts";
import { LabelTurns } from "./label-turns.ts";
import { climbOn, rungsOf } from "./ladder.ts";
import type { Query, Reply, RowSearch } from "./lockstep.ts";
import type { Problem, Seat } from "./problem.ts";
import type { Heats, Ladder, RacePlan, RestartPlan } from "./race-plan.ts";
import type { Entrant, Run } from "./run.ts";
import { placeStart, type StartKind } from "./starts.ts";
import { Walks } from "./walks.ts";

/** A softened objective bends more, so that less trust is asked of its first step: this share. */
const SOFTENED = 0.1;

export class Race<R extends Run> implements Field<R> {
  private readonly plan: RacePlan;
  /** One more than run in the first heat: the one that begins. */
  readonly runs: readonly R[];
  private readonly start: F64Pointer;
  private readonly walks: Walks<R> | undefined;
  private readonly turns: LabelTurns | undefined;
  /** Where the plan knows a way. */
  readonly detour: Detour<R> | undefined;

  /** @param scouts race in a norm where slopes mislead less */
  constructor(seat: Seat, plan: RacePlan, createRun: (seat: Seat) => R, scouts?: Race<Run>) {
    const { arena } = seat.workspace;
    this.plan = plan;
    this.start = arena.allocateF64(seat.n);
    this.runs = Array.from({ length: Race.runs(plan) }, () => createRun(seat));
    const walks = plan.walks && new Walks(seat, this.runs[0] as R);
    this.walks = walks;
    this.turns = plan.unsure && plan.ladder && new LabelTurns(seat, this.runs[0] as R, plan.ladder);
    this.detour =
      plan.misled && new Detour(seat, this, plan.misled, { ...(scouts && { scouts }), ...(walks && { walks }) });
  }

  /** Runs that a race holds in memory at once. */
  private static runs(plan: RacePlan): number {
    return 1 + Math.max(...plan.heats.map(({ runs }) => runs));
  }

  /** Bytes of a race of rows of n numbers, whose runs take `run` each. */
  static bytes(plan: RacePlan, n: number, run: number): number {
    const turns = plan.unsure ? LabelTurns.bytes(n) : 0;
    const others = turns + (plan.misled ? Detour.bytes(n) : 0) + (plan.walks ? Walks.bytes(n) : 0);
    return 8 * n + Race.runs(plan) * run + others;
  }

  *search(problem: Problem): RowSearch {
    const { ladder } = this.plan;
    const [only] = problem.objectives;
    if (ladder && problem.objectives.length === 1 && only?.soften) yield* this.climb(problem, only, ladder);
    else yield* this.race(problem);
  }

  /** Climbs an objective with kinks from the image and then from corners, until the budget is spent. */
  private *climb(problem: Problem, objective: Objective, ladder: Ladder): RowSearch {
    const [run] = this.runs as [R];
    const { rung } = ladder;
    const [first, ...others] = rungsOf(objective, ladder);
    for (let k = 0; problem.left > 0; k++) {
      if (k > 0) this.place(problem, k - 1, "corner");
      yield* run.begin(problem, first as Objective, k === 0 ? problem.x : this.start);
      if (k === 0 && (yield* this.isMisled(run, SOFTENED))) return yield* (this.detour as Detour<R>).search(problem);
      yield* climbOn(run, others, { first: k === 0 && this.plan.misled ? rung - 1 : rung, rung });
    }
  }

  private *race(problem: Problem): RowSearch {
    const { heats, misled } = this.plan;
    const entrants = yield* this.enter(problem);
    if (misled && (yield* this.isMisled(entrants[0]?.run))) return yield* (this.detour as Detour<R>).search(problem);
    const first = entrants[0]?.run;
    const reached = entrants.filter(({ run }) => run.promise < problem.extent).length;
    const ranked = (yield* this.compete(entrants, heats)).map(({ objective }) => objective);
    if (!first || !this.isUnsure(problem, first, reached)) return yield* this.restart(problem, ranked);
    const others = problem.objectives.filter((objective) => !ranked.includes(objective));
    yield* this.restart(problem, [...ranked, ...others], this.turns);
  }

  /** Whether the image tells little about labels: by the first step of the best, and how many are reached. */
  private isUnsure({ objectives }: Problem, { trust }: R, reached: number): boolean {
    const { unsure } = this.plan;
    if (!unsure) return false;
    return reached < Math.min(unsure.labels, objectives.length) && Math.abs(trust - 1) > unsure.error;
  }

  /** Begins at the image with one evaluation of each objective; returns the runs that promise least. */
  private *enter(problem: Problem): Generator<Query, Entrant<R>[], Reply> {
    const idle = [...this.runs];
    const most = idle.length - 1;
    const entrants: Entrant<R>[] = [];
    for (const objective of problem.objectives.slice(0, this.plan.begin)) {
      const run = idle.pop() as R;
      yield* run.begin(problem, objective, problem.x);
      entrants.push({ objective, run });
      entrants.sort((a, b) => a.run.promise - b.run.promise);
      for (const last of entrants.splice(most)) idle.push(last.run);
    }
    return entrants;
  }

  /** Runs the heats; returns the entrants, the best first. */
  *compete(entrants: Entrant<R>[], heats: Heats): Generator<Query, Entrant<R>[], Reply> {
    let ranked = entrants;
    /** The first `count` by their promises, the others behind them as they were. */
    const rank = (count: number) => {
      const field = ranked.slice(0, count).sort((a, b) => a.run.promise - b.run.promise);
      ranked = [...field, ...ranked.slice(count)];
    };
    let before = entrants.length;
    for (const { runs, evaluations } of heats) {
      rank(runs > before ? entrants.length : before);
      for (const { run } of ranked.slice(0, runs)) yield* run.advance(evaluations);
      before = Math.min(runs, entrants.length);
    }
    rank(before);
    return ranked;
  }

  /** Takes the first step of a run; returns whether it earned too little trust. */
  *isMisled(best: R | undefined, share = 1): Generator<Query, boolean, Reply> {
    const { misled } = this.plan;
    if (!best || !misled) return false;
    yield* best.advance(1);
    return best.trust < share * misled.trust;
  }

  /** What did best, unless slopes mislead here too. */
  *scout(problem: Problem): Generator<Query, Entrant<R>[] | undefined, Reply> {
    const entrants = yield* this.enter(problem);
    if (yield* this.isMisled(entrants[0]?.run)) return undefined;
    return yield* this.compete(entrants, this.plan.heats);
  }

  /** Starts anew, from the best objective first, until the budget is spent; of all in turn where there are label turns. */
  private *restart(problem: Problem, ranked: readonly Objective[], turns?: LabelTurns): RowSearch {
    const { walks } = this;
    const { from, share } = this.plan.walks ?? { from: 0, share: 0 };
    const walked = { count: 0, evaluations: 0 };
    let turn = 0;
    for (let k = 0; problem.left > 0; k++) {
      if (problem.evaluations >= from && walks?.isDue(problem, walked, share)) yield* walks.next(problem, walked);
      const isTurn = turns && problem.evaluations >= (this.plan.unsure?.from ?? 0);
      if (isTurn) yield* turns.next(problem, ranked, turn++);
      const among = isTurn ? ranked : ranked.slice(0, this.restartsNow(problem).objectives);
      yield* this.startAnew(problem, among[k % 2 === 0 ? 0 : ((k - 1) / 2) % among.length] as Objective, k);
    }
  }

  *startAnew(problem: Problem, objective: Objective, k: number): RowSearch {
    const { starts, trial, rest, hopeless } = this.restartsNow(problem);
    const [run] = this.runs as readonly [R];
    this.place(problem, k, starts[k % starts.length] as StartKind);
    yield* run.begin(problem, objective, this.start);
    yield* run.advance(trial);
    if (run.promise < hopeless * problem.length) yield* run.advance(rest);
  }

  restartsNow(problem: Problem): RestartPlan {
    return this.plan.restarts.findLast(({ from }) => from <= problem.evaluations) as RestartPlan;
  }

  private place(problem: Problem, restart: number, kind: StartKind): void {
    const { reach } = this.plan;
    const radius = reach === undefined ? Math.min(problem.length, problem.extent) : reach * problem.extent;
    placeStart(problem, this.start, restart, { kind, radius });
  }
}
