/**
 * The moves of the L0 search for one objective. A small support is grown by the features of largest gain, thinned by those of
 * least loss, or loses two and gets one. A large one is halved and thinned by parts, and exchanges a part of its features.
 */
import type { Objective } from "../criterion.ts";
import type { L0Support, Moves, Place } from "./l0-support.ts";
import type { Problem } from "./problem.ts";

/** The share of the features that the linear model still needs that are added at once. */
const AT_ONCE = 0.34;
/** The share of a support that is exchanged at once, and then half as many down to one. */
const EXCHANGED = 0.25;

export class L0Moves {
  private readonly over: L0Support;

  constructor(over: L0Support) {
    this.over = over;
  }

  /**
   * Adds feature after feature until the point is a success or has more than `most`.
   *
   * @param weight of each feature's gain in the choice, if not 1
   */
  *grow(
    problem: Problem,
    objective: Objective,
    start: Place,
    steps: number,
    most: number,
    weight?: Float32Array,
  ): Moves<Place> {
    let here = start;
    while (!here.success && here.support.length < most) {
      const wanted = Math.ceil(AT_ONCE * this.over.needed(problem, here));
      const added = this.over.strongest(problem, here, Math.min(wanted, most - here.support.length), [], weight);
      if (added.length === 0) break;
      here = yield* this.over.add(problem, objective, here, added);
      here = yield* this.over.raise(problem, objective, here, steps);
    }
    return here;
  }

  /** Drops features of a success, that of least loss first, until none can be spared. */
  *prune(problem: Problem, objective: Objective, start: Place, steps: number): Moves<Place> {
    let here = start;
    let needed = new Set<number>();
    let many = Math.max(1, Math.floor(start.support.length * AT_ONCE));
    while (here.support.length > 1) {
      const losses = this.over.losses(here);
      const order = Array.from(here.support.keys())
        .filter((j) => !needed.has(here.support[j] as number))
        .sort((a, b) => (losses[a] as number) - (losses[b] as number));
      if (order.length === 0) break;
      // As many at once as the linear model can lose, and then one.
      let spare = here.value - problem.aim;
      let count = 0;
      while (count < order.length - 1 && count < many && spare >= (losses[order[count] as number] as number)) {
        spare -= losses[order[count++] as number] as number;
      }
      count = Math.max(1, count);
      const dropped = order.slice(0, count).map((j) => here.support[j] as number);
      let there = yield* this.over.without(problem, objective, here, dropped);
      there = yield* this.over.raise(problem, objective, there, steps);
      if (there.success) {
        here = there;
        needed = new Set();
      } else if (count > 1) {
        many = count >> 1;
      } else {
        needed.add(dropped[0] as number);
      }
    }
    return here;
  }

  /**
   * Drops `count` features of a success and adds one less, by combinations of least loss first.
   *
   * @param tried names of the combinations that failed before, and do now
   * @param most combinations at most
   * @returns a success with fewer features, or undefined
   */
  *swap(
    problem: Problem,
    objective: Objective,
    here: Place,
    count: number,
    steps: number,
    tried: Set<string>,
    most: number,
  ): Moves<Place | undefined> {
    const losses = this.over.losses(here);
    const name = [...here.support].sort((a, b) => a - b).join();
    const choices = combinations(here.support.length, count)
      .map((positions) => ({ positions, loss: positions.reduce((sum, j) => sum + (losses[j] as number), 0) }))
      .sort((a, b) => a.loss - b.loss);
    let left = most;
    for (const { positions } of choices) {
      if (left-- <= 0) return undefined;
      const dropped = positions.map((j) => here.support[j] as number);
      const key = `${name}-${[...dropped].sort((a, b) => a - b).join()}`;
      if (tried.has(key)) {
        left++;
        continue;
      }
      tried.add(key);
      let there = yield* this.over.without(problem, objective, here, dropped);
      for (let k = 1; k < count && !there.success; k++) {
        const added = this.over.strongest(problem, there, 1, dropped);
        if (added.length === 0) break;
        there = yield* this.over.add(problem, objective, there, added);
        there = yield* this.over.raise(problem, objective, there, steps);
      }
      if (there.success) return there;
    }
    return undefined;
  }

  /** The features of least loss return to the image, all but `size`; then the objective is raised over the others. */
  *thin(problem: Problem, objective: Objective, here: Place, size: number, steps: number): Moves<Place> {
    const losses = this.over.losses(here);
    const order = Array.from(here.support.keys()).sort((a, b) => (losses[a] as number) - (losses[b] as number));
    const dropped = order.slice(0, Math.max(0, order.length - size)).map((j) => here.support[j] as number);
    const there = yield* this.over.without(problem, objective, here, dropped);
    return yield* this.over.raise(problem, objective, there, steps);
  }

  /** Exchanges features of a support that fails while that brings it closer; ends with a success where that leads to one. */
  *exchange(problem: Problem, objective: Objective, start: Place, steps: number): Moves<Place> {
    const size = start.support.length;
    let here = start;
    let many = Math.ceil(EXCHANGED * size);
    while (!here.success && many >= 1) {
      const added = this.over.strongest(problem, here, many, []);
      if (added.length === 0) break;
      const larger = yield* this.over.add(problem, objective, here, added);
      const there = yield* this.thin(problem, objective, larger, size, steps);
      if (there.value > here.value) here = there;
      else many >>= 1;
    }
    return here;
  }
}

/** The combinations of so many of the numbers below n, each ascending. */
function combinations(n: number, count: number): number[][] {
  let all: number[][] = [[]];
  for (let k = 0; k < count; k++) {
    all = all.flatMap((chosen) => {
      const from = chosen.length === 0 ? 0 : (chosen.at(-1) as number) + 1;
      return Array.from({ length: Math.max(0, n - from) }, (_, j) => [...chosen, from + j]);
    });
  }
  return all;
}
