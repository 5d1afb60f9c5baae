/**
 * Large supports of the L0 search: where slopes mislead, as on convolutional networks, growth by gains takes too many features
 * and too many evaluations. The smallest change in L1 alters few features besides, and leads to the support: half of it is tried
 * with all the freedom that L0 gives, more where half fails, and what succeeds is thinned by parts.
 */
import { Random } from "../../numeric/random.ts";
import { type F64Pointer, offset64 } from "../../wasm/index.ts";
import type { Objective } from "../criterion.ts";
import type { Detour } from "./detour.ts";
import type { L0Moves } from "./l0-moves.ts";
import type { L0Support, Moves, Place } from "./l0-support.ts";
import type { L1Run } from "./l1.ts";
import type { Problem, Seat } from "./problem.ts";
import type { Race } from "./race.ts";
import type { Ended } from "./run.ts";

/** Objectives that are followed in L1. */
const RUNS = 3;
/** Evaluations of each, and then of the one that promises least. */
const HEAT = 7;
const FINAL = 12;
/** Evaluations of a restart before it is judged, and after. */
const TRIAL = 8;
const REST = 12;
/** A run is given up if it promises more than the least by this factor: one that began at the image, and a restart. */
const HOPELESS = 1.2;
const HOPELESS_RESTART = 1.15;
/** Restarts take the gradient at a random point, so far from the image in each feature at most, as a share of the box. */
const REACH = 0.1;
/** The share of the L1 change's features that is tried first, how it grows where that fails, and how often. */
const FIRST_PART = 0.5;
const LARGER = 1.35;
const SIZES = 4;
/** The share of a support that is dropped at once, and then half as many down to one. */
const DROPPED = 0.2;
/** The same where a support is that of a change in L2. */
const DROPPED_AT_FIRST = 0.5;
const FIRST_STEPS = 6;
const THIN_STEPS = 4;
const EXCHANGE_STEPS = 3;

/** What is followed, and what it gets: the smallest support that it was reached by. */
interface Entrant {
  readonly objective: Objective;
  best: Place | undefined;
}

/** With the run that follows it in L1. */
interface Followed {
  readonly entrant: Entrant;
  readonly run: L1Run;
}

export class L0FromL1 {
  private readonly seat: Seat;
  private readonly over: L0Support;
  private readonly moves: L0Moves;
  private readonly race: Race<L1Run>;
  private readonly start: F64Pointer;
  private readonly noise: Float32Array;

  /** @param race whose runs are followed; it knows a way where slopes mislead */
  constructor(seat: Seat, over: L0Support, moves: L0Moves, race: Race<L1Run>) {
    this.seat = seat;
    this.over = over;
    this.moves = moves;
    this.race = race;
    this.start = seat.workspace.arena.allocateF64(seat.n);
    this.noise = new Float32Array(seat.size);
  }

  static bytes(n: number): number {
    return 12 * n;
  }

  /**
   * Searches where slopes mislead until the budget is spent; elsewhere, if asked to, until the first runs have ended with at most
   * `small` features.
   */
  *search(problem: Problem, entrants: readonly Entrant[], isAsked: boolean, small: number): Moves<void> {
    const { race } = this;
    const field = entrants
      .slice(0, isAsked ? RUNS : 1)
      .map((entrant, k): Followed => ({ run: race.runs[k] as L1Run, entrant }));
    for (const { run, entrant } of field) yield* run.begin(problem, entrant.objective, problem.x);
    if (yield* race.isMisled(field[0]?.run)) {
      const entrantOf = (objective: Objective) => entrants.find((entrant) => entrant.objective === objective);
      yield* (race.detour as Detour<L1Run>).search(problem, (objective, end) =>
        this.reduce(problem, entrantOf(objective) ?? { objective, best: undefined }, end, DROPPED_AT_FIRST),
      );
    } else if (isAsked) yield* this.follow(problem, field, small);
  }

  /** Runs from the image, and then restarts. */
  private *follow(problem: Problem, field: Followed[], small: number): Moves<void> {
    const rank = () => field.sort((a, b) => a.run.promise - b.run.promise);
    for (const { run } of field) yield* run.advance(HEAT);
    for (const { run } of rank().slice(0, 1)) yield* run.advance(FINAL);
    let least = rank().reduce((length, { run }) => Math.min(length, run.promise), Number.POSITIVE_INFINITY);

    for (const [k, { run, entrant }] of field.entries()) {
      if (k > 0 && run.promise > HOPELESS * least) continue;
      if (k > 0) yield* run.advance(FINAL);
      yield* this.reduce(problem, entrant, run);
    }
    for (let restart = 0; problem.left > 0 && problem.length > small; restart++) {
      // The best every other time.
      const next = restart % 2 === 0 ? 0 : ((restart + 1) / 2) % field.length;
      const { run, entrant } = field[next] as (typeof field)[number];
      const before = problem.evaluations;
      this.place(problem, restart);
      yield* run.begin(problem, entrant.objective, this.start);
      yield* run.advance(TRIAL);
      if (run.promise <= HOPELESS_RESTART * least) {
        yield* run.advance(REST);
        least = Math.min(least, run.promise);
        yield* this.reduce(problem, entrant, run);
      }
      if (problem.evaluations === before) return;
    }
  }

  /** Looks for a small support among the features that a run changes. */
  private *reduce(problem: Problem, entrant: Entrant, { at, value }: Ended, dropped = DROPPED): Moves<void> {
    const { moves } = this;
    const { n, workspace } = this.seat;
    const { objective } = entrant;
    const whole = this.over.at(problem, workspace.arena.f64(at, n), workspace.arena.f64(offset64(at, n), n), value);
    const most = Math.min(whole.support.length, problem.length - 1);
    let size = Math.max(1, Math.min(most, Math.floor(FIRST_PART * whole.support.length)));
    let place = whole;
    for (let k = 0; k < SIZES && size <= most; k++) {
      place = yield* moves.thin(problem, objective, whole, size, FIRST_STEPS);
      if (place.success) break;
      size = size === most ? most + 1 : Math.min(most, Math.ceil(LARGER * size));
    }
    if (!place.success || place === whole) return;
    let drop = Math.max(1, Math.floor(dropped * place.support.length));
    while (drop >= 1 && place.support.length > 1) {
      const left = Math.max(1, place.support.length - drop);
      let smaller = yield* moves.thin(problem, objective, place, left, THIN_STEPS);
      const isLarge = drop > 1 && drop > DROPPED * place.support.length;
      if (!smaller.success && !isLarge) smaller = yield* moves.exchange(problem, objective, smaller, EXCHANGE_STEPS);
      if (smaller.success) place = smaller;
      else drop >>= 1;
    }
    if (!entrant.best || place.support.length <= entrant.best.support.length) entrant.best = place;
  }

  /** Puts `start` at a random point near the image, which follows from the seed and the number of the restart. */
  private place(problem: Problem, restart: number): void {
    const { n, size, image, workspace } = this.seat;
    const block = workspace.arena.f64(image, 3 * n);
    const start = workspace.arena.f64(this.start, n).fill(0);
    new Random(problem.task.seed, restart).fill(this.noise, REACH * problem.extent);
    for (let i = 0; i < size; i++) {
      const to = (block[i] as number) + (this.noise[i] as number);
      start[i] = Math.min(Math.max(to, block[n + i] as number), block[2 * n + i] as number);
    }
  }
}
