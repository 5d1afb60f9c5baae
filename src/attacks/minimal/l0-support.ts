/**
 * Few features that change, and as much as they like: the moves of the L0 search for one objective. A support is grown by the
 * feature of largest gain, thinned by that of least loss, or loses two and gets one. After each move the objective is raised
 * over the support, by quasi-Newton steps in the box, until the point is a success.
 */
import { type F64Pointer, offset64, type Workspace } from "../../wasm/index.ts";
import type { Objective } from "../criterion.ts";
import { lengthToReach } from "./greedy.ts";
import type { Query, Reply } from "./lockstep.ts";
import { Pairs } from "./pairs.ts";
import type { Problem, Seat } from "./problem.ts";
import { SubsetPairs } from "./subset-pairs.ts";

const MEMORY = 6;
/** Share of the promised gain that a step must achieve (Armijo). */
const INCREASE = 1e-4;
/** Part of a step that is taken after the whole of it failed, and so on down to the least. */
const BACKTRACK = 0.4;
const LEAST_SHARE = 0.05;
/** The share of the features that the linear model still needs that are added at once. */
const AT_ONCE = 0.34;
/** Without pairs the first step goes to the bounds, and a later one this share of the box. */
const SHORT = 0.3;
/** An ascent ends where a step gains less than this share of what is missing, or promises less than the other. */
const SMALL = 2e-3;
const FLAT = 1e-8;

type Moves<T> = Generator<Query, T, Reply>;

/** A point that differs from the image in a few features. */
export interface Place {
  readonly support: readonly number[];
  /** The features' values. */
  readonly values: readonly number[];
  /** f64[n], of the objective. */
  readonly gradient: Float64Array;
  readonly value: number;
  readonly success: boolean;
}

/** The memory of the moves; nothing in it outlives one. */
export class L0Moves {
  private readonly seat: Seat;
  private readonly workspace: Workspace;
  private readonly pairs: Pairs;
  private readonly subset: SubsetPairs;
  /** f64[2,n] each: a point and its gradient. */
  private readonly from: F64Pointer;
  private readonly to: F64Pointer;
  private readonly free: Int32Array;
  private readonly direction: Float64Array;
  private readonly work: [Float64Array, Float64Array, Float64Array];

  constructor(seat: Seat) {
    const { workspace, n } = seat;
    this.seat = seat;
    this.workspace = workspace;
    this.pairs = new Pairs(workspace, n, MEMORY);
    this.subset = new SubsetPairs(workspace, n, MEMORY);
    this.from = workspace.arena.allocateF64(2 * n);
    this.to = workspace.arena.allocateF64(2 * n);
    this.free = new Int32Array(n);
    this.direction = new Float64Array(n);
    this.work = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  }

  static bytes(n: number): number {
    return Pairs.bytes(n, MEMORY) + SubsetPairs.bytes(n, MEMORY) + 8 * 9 * n;
  }

  /** The image, with one evaluation. */
  *image(problem: Problem, objective: Objective): Moves<Place> {
    return yield* this.evaluate(problem, objective, [], []);
  }

  /** How many more features the linear model needs, the last one in part; infinite where all do not suffice. */
  needed(problem: Problem, place: Place): number {
    const { size } = this.seat;
    const [keys, gains, ones] = this.work;
    this.gains(problem, place, keys);
    gains.set(keys);
    ones.fill(1);
    return lengthToReach(keys, gains, ones, size, problem.aim - place.value);
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
      const wanted = Math.ceil(AT_ONCE * this.needed(problem, here));
      const added = this.strongest(problem, here, Math.min(wanted, most - here.support.length), [], weight);
      if (added.length === 0) break;
      here = yield* this.add(problem, objective, here, added);
      here = yield* this.raise(problem, objective, here, steps);
    }
    return here;
  }

  /** Drops features of a success, that of least loss first, until none can be spared. */
  *prune(problem: Problem, objective: Objective, start: Place, steps: number): Moves<Place> {
    let here = start;
    let needed = new Set<number>();
    let many = Math.max(1, Math.floor(start.support.length * AT_ONCE));
    while (here.support.length > 1) {
      const losses = this.losses(here);
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
      let there = yield* this.without(problem, objective, here, dropped);
      there = yield* this.raise(problem, objective, there, steps);
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
    const losses = this.losses(here);
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
      let there = yield* this.without(problem, objective, here, dropped);
      for (let k = 1; k < count && !there.success; k++) {
        const added = this.strongest(problem, there, 1, dropped);
        if (added.length === 0) break;
        there = yield* this.add(problem, objective, there, added);
        there = yield* this.raise(problem, objective, there, steps);
      }
      if (there.success) return there;
    }
    return undefined;
  }

  private *evaluate(
    problem: Problem,
    objective: Objective,
    support: readonly number[],
    values: readonly number[],
  ): Moves<Place> {
    const { n } = this.seat;
    const { arena, kernels } = this.workspace;
    kernels.copy_f64(n, problem.x, this.to);
    const both = arena.f64(this.to, 2 * n);
    for (const [j, i] of support.entries()) both[i] = values[j] as number;
    const gradient = offset64(this.to, n);
    const { value, margin } = yield* problem.evaluate(this.to, objective, gradient);
    return { support, values, gradient: both.slice(n), value, success: margin > problem.lead };
  }

  /** Quasi-Newton steps over the support that raise the objective; ends with a success. */
  private *raise(problem: Problem, objective: Objective, start: Place, steps: number): Moves<Place> {
    const { pairs, free, direction } = this;
    const { n } = this.seat;
    const box = this.workspace.arena.f64(problem.x, 3 * n);
    pairs.clear();
    let here = start;
    let share = 1;
    for (let k = 0; k < steps && !here.success; k++) {
      const { support, values, gradient } = here;
      const positions: number[] = [];
      for (const [j, i] of support.entries()) {
        const g = gradient[i] as number;
        const p = values[j] as number;
        if (g > 0 ? p < (box[2 * n + i] as number) : g < 0 && p > (box[n + i] as number)) {
          free[positions.length] = i;
          direction[positions.length] = g;
          positions.push(j);
        }
      }
      const count = positions.length;
      if (count === 0) break;
      const isCurved = pairs.count > 0 && this.newton(count);
      const next = [...values];
      let promised = 0;
      for (const [c, j] of positions.entries()) {
        const i = free[c] as number;
        const [low, high] = [box[n + i] as number, box[2 * n + i] as number];
        const g = gradient[i] as number;
        const step = isCurved ? (direction[c] as number) : Math.sign(g) * (high - low) * (k === 0 ? 1 : SHORT);
        next[j] = Math.min(Math.max((values[j] as number) + share * step, low), high);
        promised += g * ((next[j] as number) - (values[j] as number));
      }
      if (!(promised > FLAT * Math.abs(here.value))) break;
      this.put(problem, here);
      const there = yield* this.evaluate(problem, objective, support, next);
      pairs.add(this.from, this.to, offset64(this.from, n), offset64(this.to, n));
      if (there.value > here.value + INCREASE * promised) {
        const gained = there.value - here.value;
        const missing = Math.abs(here.value);
        here = there;
        share = 1;
        if (gained < SMALL * missing) break;
      } else {
        share *= BACKTRACK;
        if (share < LEAST_SHARE) break;
      }
    }
    return here;
  }

  /** Turns `direction`, the gradient over the free features, into the quasi-Newton step; false where that does not rise. */
  private newton(count: number): boolean {
    const { pairs, subset, free, direction } = this;
    const gradient = direction.slice(0, count);
    subset.restrict(pairs, free, count);
    if (!subset.multiply(direction)) return false;
    return gradient.reduce((sum, g, c) => sum + g * (direction[c] as number), 0) > 0;
  }

  /** Writes a place to `from`. */
  private put(problem: Problem, { support, values, gradient }: Place): void {
    const { n } = this.seat;
    const both = this.workspace.arena.f64(this.from, 2 * n);
    both.set(this.workspace.arena.f64(problem.x, n));
    for (const [j, i] of support.entries()) both[i] = values[j] as number;
    both.set(gradient, n);
  }

  /** What the linear model gains by each feature outside the support at the bound that its slope points to. */
  private gains(problem: Problem, { support, gradient }: Place, out: Float64Array): void {
    const { n, size } = this.seat;
    const box = this.workspace.arena.f64(problem.x, 3 * n);
    for (let i = 0; i < size; i++) {
      const g = gradient[i] as number;
      out[i] = g * ((g > 0 ? (box[2 * n + i] as number) : (box[n + i] as number)) - (box[i] as number));
    }
    for (const i of support) out[i] = 0;
  }

  /** The features outside the support of largest gains, `count` of them or as many as gain, by falling gain. */
  private strongest(
    problem: Problem,
    place: Place,
    count: number,
    banned: readonly number[],
    weight?: Float32Array,
  ): number[] {
    const { size } = this.seat;
    const [gains] = this.work;
    this.gains(problem, place, gains);
    for (const i of banned) gains[i] = 0;
    if (weight) for (let i = 0; i < size; i++) gains[i] = (gains[i] as number) * (weight[i] as number);
    const found: number[] = [];
    while (found.length < count) {
      let top = -1;
      let most = 0;
      for (let i = 0; i < size; i++) {
        const gain = gains[i] as number;
        if (gain > most) {
          most = gain;
          top = i;
        }
      }
      if (top < 0) break;
      gains[top] = 0;
      found.push(top);
    }
    return found;
  }

  /** What the linear model loses where a feature returns to its value in the image, in the order of the support. */
  private losses({ support, values, gradient }: Place): number[] {
    const image = this.workspace.arena.f64(this.seat.image, this.seat.n);
    return support.map((i, j) => (gradient[i] as number) * ((values[j] as number) - (image[i] as number)));
  }

  /** Moves more features to the bounds that their slopes point to. */
  private *add(problem: Problem, objective: Objective, place: Place, added: readonly number[]): Moves<Place> {
    const { n } = this.seat;
    const box = this.workspace.arena.f64(problem.x, 3 * n);
    const bounds = added.map((i) => box[((place.gradient[i] as number) > 0 ? 2 * n : n) + i] as number);
    return yield* this.evaluate(problem, objective, [...place.support, ...added], [...place.values, ...bounds]);
  }

  private *without(problem: Problem, objective: Objective, place: Place, dropped: readonly number[]): Moves<Place> {
    const kept = place.support
      .map((i, j) => [i, place.values[j] as number] as const)
      .filter(([i]) => !dropped.includes(i));
    return yield* this.evaluate(
      problem,
      objective,
      kept.map(([i]) => i),
      kept.map(([, value]) => value),
    );
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
