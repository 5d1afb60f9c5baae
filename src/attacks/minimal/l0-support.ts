/**
 * Few features that change, and as much as they like: the points of the L0 search for one objective. Features are added to a
 * support or dropped from it, and the objective is raised over it by quasi-Newton steps in the box, until the point is a success.
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
/** Without pairs the first step goes to the bounds, and a later one this share of the box. */
const SHORT = 0.3;
/** An ascent ends where a step gains less than this share of what is missing, or promises less than the other. */
const SMALL = 2e-3;
const FLAT = 1e-8;

export type Moves<T> = Generator<Query, T, Reply>;

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

/** The memory of one search; nothing in it outlives an ascent. */
export class L0Support {
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

  /** The place of a point, f64[n], that was evaluated. */
  at(problem: Problem, point: Float64Array, gradient: Float64Array, value: number): Place {
    const image = this.workspace.arena.f64(problem.x, this.seat.n);
    const support: number[] = [];
    for (let i = 0; i < this.seat.size; i++) if (point[i] !== image[i]) support.push(i);
    const values = support.map((i) => point[i] as number);
    return { support, values, gradient: gradient.slice(), value, success: value > problem.lead };
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
  *raise(problem: Problem, objective: Objective, start: Place, steps: number): Moves<Place> {
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
  strongest(problem: Problem, place: Place, count: number, banned: readonly number[], weight?: Float32Array): number[] {
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
  losses({ support, values, gradient }: Place): number[] {
    const image = this.workspace.arena.f64(this.seat.image, this.seat.n);
    return support.map((i, j) => (gradient[i] as number) * ((values[j] as number) - (image[i] as number)));
  }

  /** Moves more features to the bounds that their slopes point to. */
  *add(problem: Problem, objective: Objective, place: Place, added: readonly number[]): Moves<Place> {
    const { n } = this.seat;
    const box = this.workspace.arena.f64(problem.x, 3 * n);
    const bounds = added.map((i) => box[((place.gradient[i] as number) > 0 ? 2 * n : n) + i] as number);
    return yield* this.evaluate(problem, objective, [...place.support, ...added], [...place.values, ...bounds]);
  }

  *without(problem: Problem, objective: Objective, place: Place, dropped: readonly number[]): Moves<Place> {
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
