/**
 * The fewest features by which a row meets its criterion. Where the linear model needs many, supports come from changes that are
 * small in L1 (`l0-from-l1.ts`). Elsewhere, and where few suffice, the objectives that the linear model reaches with the fewest grow
 * first; their supports are pruned, and then swapped for smaller ones. What is left of the budget goes to the other
 * objectives, to larger swaps, and to supports that are grown with random preferences.
 */
import { Random } from "../../numeric/random.ts";
import type { Objective } from "../criterion.ts";
import { L0FromL1 } from "./l0-from-l1.ts";
import { L0Moves } from "./l0-moves.ts";
import { L0Support, type Place } from "./l0-support.ts";
import type { L1Run } from "./l1.ts";
import type { Query, Reply, RowSearch } from "./lockstep.ts";
import type { Problem, Seat } from "./problem.ts";
import type { Race } from "./race.ts";

/** Objectives that begin: those of largest value at the image. */
const BEGIN = 9;
/** Where the linear model needs more features than this, the search begins with changes in L1, and goes on with them */
const MANY = 12;
/** while more features than this are changed: smaller supports are found sooner by swaps. */
const SMALL = 16;
/** Objectives that grow at first. */
const GROW = 3;
/** A support may grow by so many features beyond the best, which pruning may take back. */
const SPARE = 3;
/** Steps that raise the objective after a feature was added, dropped, or swapped. */
const GROW_STEPS = 2;
const PRUNE_STEPS = 4;
const SWAP_STEPS = 3;
/** Combinations of a support that are tried before the other supports have their turn. */
const TURN = 12;
/** A random preference is a factor of each gain between these. */
const LEAST_PREFERENCE = 0.3;

/** An objective with the smallest support it was reached by. */
interface Entrant {
  readonly objective: Objective;
  readonly image: Place;
  readonly needed: number;
  /** A success; undefined while there is none. */
  best: Place | undefined;
  readonly tried: Set<string>;
}

export class L0Search {
  private readonly over: L0Support;
  private readonly moves: L0Moves;
  private readonly fromL1: L0FromL1;

  /** @param race in L1 */
  constructor(seat: Seat, race: Race<L1Run>) {
    this.over = new L0Support(seat);
    this.moves = new L0Moves(this.over);
    this.fromL1 = new L0FromL1(seat, this.over, this.moves, race);
  }

  static bytes(n: number): number {
    return L0Support.bytes(n) + L0FromL1.bytes(n);
  }

  *search(problem: Problem): RowSearch {
    const { over } = this;
    const entrants: Entrant[] = [];
    for (const objective of problem.objectives.slice(0, BEGIN)) {
      const image = yield* over.image(problem, objective);
      entrants.push({ objective, image, needed: over.needed(problem, image), best: undefined, tried: new Set() });
    }
    entrants.sort((a, b) => a.needed - b.needed);
    yield* this.fromL1.search(problem, entrants, (entrants[0]?.needed ?? 0) > MANY, SMALL);
    const [first, others] = [entrants.slice(0, GROW), entrants.slice(GROW)];
    for (const entrant of first) yield* this.grow(problem, entrant);
    yield* this.swapAll(problem, first, 2, TURN);
    for (const entrant of others) yield* this.grow(problem, entrant);
    yield* this.swapAll(problem, entrants, 2, TURN);
    yield* this.swapAll(problem, entrants, 2, Number.POSITIVE_INFINITY);
    const preference = new Float32Array(problem.task.image.length);
    for (let restart = 0; problem.left > 0 && problem.length > 1; restart++) {
      if (!Number.isFinite(problem.length) && restart >= entrants.length) return;
      const ranked = ranking(entrants);
      const entrant = ranked[restart % Math.min(GROW, ranked.length)] as Entrant;
      new Random(problem.task.seed, restart).fill(preference, (1 - LEAST_PREFERENCE) / 2);
      for (let i = 0; i < preference.length; i++)
        preference[i] = (preference[i] as number) + (1 + LEAST_PREFERENCE) / 2;
      const before = problem.evaluations;
      yield* this.grow(problem, entrant, preference);
      yield* this.swapAll(problem, [entrant], 2, TURN);
      if (restart % 4 === 3) yield* this.swapAll(problem, ranked.slice(0, GROW), 3, TURN);
      if (problem.evaluations === before) return;
    }
  }

  /** Grows a support from the image and prunes it; the entrant keeps it if it is no larger than its best. */
  private *grow(problem: Problem, entrant: Entrant, preference?: Float32Array): Generator<Query, void, Reply> {
    const { objective, image } = entrant;
    const most = problem.length + SPARE;
    let place = yield* this.moves.grow(problem, objective, image, GROW_STEPS, most, preference);
    if (!place.success) return;
    place = yield* this.moves.prune(problem, objective, place, PRUNE_STEPS);
    if (!entrant.best || place.support.length <= entrant.best.support.length) entrant.best = place;
  }

  /** Swaps the supports of successes, the smallest first, while they get smaller. */
  private *swapAll(
    problem: Problem,
    entrants: readonly Entrant[],
    count: number,
    turn: number,
  ): Generator<Query, void, Reply> {
    for (const entrant of ranking(entrants)) {
      const { objective, tried } = entrant;
      while (entrant.best && entrant.best.support.length > 1 && entrant.best.support.length <= problem.length + 1) {
        const smaller = yield* this.moves.swap(problem, objective, entrant.best, count, SWAP_STEPS, tried, turn);
        if (!smaller) break;
        entrant.best = yield* this.moves.prune(problem, objective, smaller, PRUNE_STEPS);
      }
    }
  }
}

/** By the size of the support that was found, then by what the linear model needs. */
function ranking(entrants: readonly Entrant[]): Entrant[] {
  const size = ({ best }: Entrant) => best?.support.length ?? Number.MAX_SAFE_INTEGER;
  return [...entrants].sort((a, b) => size(a) - size(b) || a.needed - b.needed);
}
