/**
 * Orders of axes. A value is kept as another one with its axes in some other order: axis k of the value is axis order[k] of what
 * is kept.
 */
import type { Layout, Shape } from "../graph.ts";

export type Order = readonly number[];

export const identity = (rank: number): number[] => Array.from({ length: rank }, (_, axis) => axis);

/** The order in which images with channels first are kept: channels last. */
export const imageOrder = (layout: Layout, rank: number): number[] =>
  layout === "channels last" ? identity(rank) : [0, rank - 1, ...identity(rank - 2).map((axis) => axis + 1)];

export const isIdentity = (order: Order): boolean => order.every((at, axis) => at === axis);

export function inverse(order: Order): number[] {
  const turned = order.map(() => 0);
  for (const [axis, at] of order.entries()) turned[at] = axis;
  return turned;
}

/** What belongs to the axes of the value, by the axes of what is kept. */
export function toKept<T>(list: readonly T[], order: Order): T[] {
  return inverse(order).map((axis) => list[axis] as T);
}

/** Whether numbers stay where they are when axes are taken in this order, as it moves axes of extent 1 alone.   shape  before */
export function movesNothing(order: Order, shape: Shape): boolean {
  const moved = order.filter((axis) => shape[axis] !== 1);
  return moved.every((axis, i) => i === 0 || (moved[i - 1] as number) < axis);
}

/** The order that is left when some axes of the value go. */
export function without(order: Order, axes: readonly number[]): number[] {
  const left = order.filter((_, axis) => !axes.includes(axis));
  const sorted = left.toSorted((a, b) => a - b);
  return left.map((at) => sorted.indexOf(at));
}

/** Axes of one shape that hold the same numbers as axes of another, both in order. */
interface Group {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** Takes two shapes of as many numbers apart into the smallest groups of axes that hold the same numbers. */
function groupsOf(from: Shape, to: Shape): Group[] {
  const groups: Group[] = [];
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    const [first, second] = [i, j];
    let [p, q] = [from[i++] ?? 1, to[j++] ?? 1];
    while (p !== q) {
      if (p < q) p *= from[i++] as number;
      else q *= to[j++] as number;
    }
    while (i < from.length && from[i] === 1) i++;
    while (j < to.length && to[j] === 1) j++;
    const range = (start: number, end: number, length: number) => identity(length).slice(start, Math.min(end, length));
    groups.push({ from: range(first, i, from.length), to: range(second, j, to.length) });
  }
  return groups;
}

/**
 * A reshape of a value as one of what is kept, if axes that become one lie together there too.
 *
 * @param order of the value, whose shape is `from`
 * @returns the shape of what is kept then, and its order; undefined where numbers would have to move
 */
export function reshapeKept(order: Order, from: Shape, to: Shape): { shape: number[]; order: number[] } | undefined {
  const kept = toKept(from, order);
  const groups = groupsOf(from, to).map(({ from: axes, to }) => {
    const places = axes.map((axis) => order[axis] as number).filter((at) => kept[at] !== 1);
    return { places, to };
  });
  const owner = new Map(groups.flatMap((group) => group.places.map((at) => [at, group] as const)));
  const runs = identity(kept.length).filter((at) => owner.has(at));
  for (const { places } of groups) {
    const start = runs.indexOf(places[0] ?? -1);
    if (places.some((at, i) => runs[start + i] !== at)) return undefined;
  }
  const first = ({ places }: { places: readonly number[] }) => places[0] ?? kept.length;
  const sorted = groups.toSorted((a, b) => first(a) - first(b));
  const axes = sorted.flatMap((group) => group.to);
  const made = to.map(() => 0);
  for (const [at, axis] of axes.entries()) made[axis] = at;
  return { shape: axes.map((axis) => to[axis] as number), order: made };
}

/**
 * The axes of a value in the order in which they are to lie, so that it may be taken for one of another shape whose axes are kept
 * in `target`. Undefined where the other's axes lie apart there that hold what one axis held.
 */
export function regrouped(from: Shape, to: Shape, target: Order): number[] | undefined {
  const wanted = inverse(target);
  const groups = groupsOf(from, to);
  const sorted = groups.toSorted((a, b) => wanted.indexOf(a.to[0] ?? -1) - wanted.indexOf(b.to[0] ?? -1));
  const axes = sorted.flatMap((group) => group.to);
  return axes.join() === wanted.join() ? sorted.flatMap((group) => group.from) : undefined;
}

/** The order that keeps an axis last and all others as they are. */
export const lastOrder = (axis: number, rank: number): number[] => [
  ...identity(axis),
  rank - 1,
  ...identity(rank - 1).slice(axis),
];
