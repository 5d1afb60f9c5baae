/**
 * Changes by whole steps: of features that take some values only, by their steps; of features that take any, by a 256th of their
 * box; of a one-hot group, by another choice. Under a linear model the smallest change that reaches an aim is known but for its last
 * step: in L2 each feature moves in proportion to its slope, rounded; in L-infinity all to one radius, rounded down; in L1 and L0
 * those go first, and all the way, that gain most for what they cost.
 */
import type { Domain } from "../domain.ts";
import type { NormName } from "./norm.ts";

export interface Steps {
  /** A point rounded to the domain, away from the row. */
  outward(point: Float32Array): Float32Array;
  /** The smallest change of the row that takes the linear model at `point` to `aim`; everything that rises, where nothing does. */
  smallest(point: Float32Array, slope: Float32Array, value: number, aim: number): Float32Array;
  /**
   * `point` with steps towards the row that cost no more than `spare` of the value by the linear model, at least one; the `skip` that
   * cost least for what they save are left out. Undefined where there are none.
   */
  back(point: Float32Array, slope: Float32Array, spare: number, skip: number): Float32Array | undefined;
}

/** Steps of a feature that takes any value of its box. */
const FINE = 256;
const BISECTIONS = 60;

/** Something that can move: a feature, or a group. */
interface Move {
  /** What one step gains by the linear model, above 0. */
  readonly gain: number;
  /** Length of a step in units of the row, and how many there are. */
  readonly size: number;
  readonly count: number;
  /** Features that a step changes: two of a group, whose other choice it is. */
  readonly features: number;
  /** Writes the row after so many steps. */
  take(point: Float32Array, steps: number): void;
}

export function linearisedSteps(norm: NormName, image: Float32Array, domain: Domain): Steps {
  const { lower, upper, frozen, steps, groups } = domain;
  const size = image.length;
  const isInGroup = new Uint8Array(size);
  for (const i of groups.flat()) isInGroup[i] = 1;
  const extent = (i: number) => (upper[i] as number) - (lower[i] as number);
  const stepOf = (i: number) => extent(i) / ((steps[i] as number) || FINE);
  /** Value number k of a feature, which the first of them begins. */
  const level = (i: number, k: number) => Math.fround((lower[i] as number) + (k * extent(i)) / (steps[i] as number));
  const numberOf = (i: number, value: number) => (value - (lower[i] as number)) / stepOf(i);
  const nearestLevel = (i: number, value: number) => level(i, Math.round(numberOf(i, value)));
  const isFree = (i: number) => !frozen[i] && extent(i) > 0 && !isInGroup[i];

  /** The row itself, on the grid. */
  const origin = image.map((value, i) => (isFree(i) && steps[i] ? nearestLevel(i, value) : value));
  /** A feature, some steps from the origin. */
  const moved = (i: number, count: number): number => {
    const from = origin[i] as number;
    if (steps[i]) return level(i, Math.round(numberOf(i, from)) + count);
    return Math.fround(Math.min(Math.max(from + count * stepOf(i), lower[i] as number), upper[i] as number));
  };
  const room = (i: number, sign: number): number => {
    const left =
      (sign > 0 ? (upper[i] as number) - (origin[i] as number) : (origin[i] as number) - (lower[i] as number)) /
      stepOf(i);
    return steps[i] ? Math.round(left) : Math.ceil(left);
  };
  const choice = (point: Float32Array, group: readonly number[]) =>
    group.reduce((best, i) => ((point[i] as number) > (point[best] as number) ? i : best), group[0] as number);
  const choose = (point: Float32Array, group: readonly number[], i: number) => {
    for (const j of group) point[j] = Number(j === i);
  };

  const outward = (point: Float32Array): Float32Array => {
    const out = origin.slice();
    for (let i = 0; i < size; i++) {
      if (!isFree(i)) continue;
      const value = point[i] as number;
      const d = value - (image[i] as number);
      if (!steps[i]) out[i] = value;
      else if (d !== 0) {
        const k = numberOf(i, value);
        // Rounded values of a level lie within 2^-20 of a step of it.
        const snapped = Math.abs(k - Math.round(k)) < 2 ** -20 ? Math.round(k) : d > 0 ? Math.ceil(k) : Math.floor(k);
        out[i] = level(i, Math.min(Math.max(snapped, 0), steps[i] as number));
      }
    }
    for (const group of groups) choose(out, group, choice(point, group));
    return out;
  };

  const movesAlong = (slope: Float32Array): Move[] => {
    const moves: Move[] = [];
    for (let i = 0; i < size; i++) {
      const g = slope[i] as number;
      if (!isFree(i) || g === 0) continue;
      const sign = Math.sign(g);
      const count = room(i, sign);
      if (count <= 0) continue;
      moves.push({
        gain: Math.abs(g) * stepOf(i),
        size: stepOf(i),
        count,
        features: 1,
        take: (point, k) => {
          point[i] = moved(i, sign * k);
        },
      });
    }
    for (const group of groups) {
      const own = choice(origin, group);
      if (frozen[own]) continue;
      const to = group.reduce((best, i) => ((slope[i] as number) > (slope[best] as number) ? i : best), own);
      const gain = (slope[to] as number) - (slope[own] as number);
      if (!(gain > 0)) continue;
      moves.push({ gain, size: 1, count: 1, features: 2, take: (point, k) => choose(point, group, k > 0 ? to : own) });
    }
    return moves;
  };
  /** Steps of a move under a parameter u, in which they never fall. */
  const stepsUnder = (move: Move, u: number): number => {
    const { gain, size: h, count, features } = move;
    if (norm === "l2") return Math.min(count, Math.floor((u * gain) / (h * h * features) + 0.5));
    if (norm === "linf") return Math.min(count, Math.floor(u / h + 2 ** -20));
    return u * rateOf(move) >= 1 ? count : 0;
  };
  /** In L1 and L0: what is gained for a unit of length. */
  const rateOf = ({ gain, size: h, count, features }: Move): number => {
    return norm === "l1" ? gain / (h * features) : (gain * count) / features;
  };

  const smallest: Steps["smallest"] = (point, slope, value, aim) => {
    let at = value;
    for (let i = 0; i < size; i++) at += (slope[i] as number) * ((origin[i] as number) - (point[i] as number));
    const needed = aim - at;
    const out = origin.slice();
    const moves = movesAlong(slope);
    if (needed <= 0 || moves.length === 0) return out;
    const gained = (u: number) => moves.reduce((sum, move) => sum + move.gain * stepsUnder(move, u), 0);
    let high = 1;
    for (let k = 0; k < 200 && gained(high) < needed; k++) high *= 4;
    let low = 0;
    for (let k = 0; k < BISECTIONS; k++) {
      const middle = (low + high) / 2;
      if (gained(middle) < needed) low = middle;
      else high = middle;
    }
    let surplus = gained(high) - needed;
    const taken = moves.map((move) => ({ move, count: stepsUnder(move, high) })).filter(({ count }) => count > 0);
    if (norm !== "linf") {
      // What lies over the aim is taken back where it gains least.
      const order = norm === "l2" ? (m: Move) => m.gain : rateOf;
      taken.sort((a, b) => order(a.move) - order(b.move));
      for (const one of taken) {
        const spare = Math.max(0, Math.min(one.count, Math.floor(surplus / one.move.gain)));
        const less = norm === "l0" && spare < one.count ? 0 : norm === "l2" ? Math.min(spare, 1) : spare;
        one.count -= less;
        surplus -= less * one.move.gain;
      }
    }
    for (const { move, count } of taken) if (count > 0) move.take(out, count);
    return out;
  };

  const back: Steps["back"] = (point, slope, spare, skip) => {
    const length = point.reduce((most, v, i) => Math.max(most, Math.abs(v - (image[i] as number))), 0);
    const moves: { cost: number; saved: number; take(out: Float32Array): void }[] = [];
    for (let i = 0; i < size; i++) {
      const [value, from] = [point[i] as number, origin[i] as number];
      if (!isFree(i) || value === from) continue;
      const sign = Math.sign(value - from);
      const to =
        norm === "l0"
          ? from
          : steps[i]
            ? level(i, Math.round(numberOf(i, value)) - sign)
            : from + sign * Math.max(0, Math.abs(value - from) - stepOf(i));
      const cost = (slope[i] as number) * (value - to);
      const [was, is] = [Math.abs(value - (image[i] as number)), Math.abs(to - (image[i] as number))];
      if (norm === "linf" && was < length) continue;
      const saved = norm === "l2" ? was * was - is * is : norm === "l0" ? 1 : was - is;
      const written = Math.fround(to);
      moves.push({
        cost,
        saved,
        take: (out) => {
          out[i] = written;
        },
      });
    }
    for (const group of groups) {
      const [now, own] = [choice(point, group), choice(origin, group)];
      if (now === own) continue;
      const cost = (slope[now] as number) - (slope[own] as number);
      moves.push({ cost, saved: 2, take: (out) => choose(out, group, own) });
    }
    const out = point.slice();
    if (norm === "linf") {
      if (moves.length === 0 || skip > 0) return undefined;
      for (const { take } of moves) take(out); // the radius falls only if all of them do
      return out;
    }
    moves.sort((a, b) => a.cost / a.saved - b.cost / b.saved);
    const some = moves.filter(({ saved }) => saved > 0).slice(skip);
    if (some.length === 0) return undefined;
    let left = spare;
    for (const [k, { cost, take }] of some.entries()) {
      if (k > 0 && cost > left) break;
      left -= cost;
      take(out);
    }
    return out;
  };

  return { outward, smallest, back };
}
