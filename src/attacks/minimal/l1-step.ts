/**
 * One step of the smallest change in L1. Of the objective there is a quadratic model: its value m and gradient g at a point
 * p = x + r, and the quasi-Newton matrix H of its pairs. The step to the smallest |r|_1 at which the model reaches an aim is
 * d = H (g - l sgn r) for some multiplier l, which makes up for a search over penalties: H is applied to g and to sgn r once,
 * and l is where the model, along d(l) cut by orthant and box, reaches the aim.
 */
import type { F64Pointer } from "../../wasm/index.ts";
import { lengthToReach } from "./greedy.ts";
import type { Pairs } from "./pairs.ts";
import type { Seat } from "./problem.ts";
import { SubsetPairs } from "./subset-pairs.ts";

/** Pairs that are kept: the nearest matter, since the objective bends from step to step. */
export const MEMORY = 5;
/** A feature moves by this share of the box at most in one step: the model does not hold further. */
const FURTHEST = 0.4;
/** Changes below this share of the box are none. */
const TINY = 1e-6;
/** The set of free features depends on the multiplier: the step is computed anew for the one that it led to. */
const ROUNDS = 2;
/** Where the model falls short of the aim at l = 0, more features are let free, this many times. */
const WIDENINGS = 4;
const WIDEN = 0.3;
/** The multiplier of a step counts as no less than this share of the last one. */
export const LEAST_FALL = 0.2;
/** The multiplier is found when the model errs by this share of the aim and of what the step is to gain, or after so many trials. */
const ERROR = 1e-2;
const TRIALS = 25;
const DOUBLINGS = 4;

/** Where a step starts. */
export interface L1Place {
  /** f64[n] each: the point, and the gradient of the objective there. */
  readonly point: Float64Array;
  readonly gradient: Float64Array;
  value: number;
  /** The multiplier of the step that led here. */
  multiplier: number;
  /** Without pairs the steepest feature wants to go this many times the extent of the box. */
  stretch: number;
}

/** The model's memory; one for all runs of a row, since nothing in it outlives a step. */
export class L1Step {
  private readonly seat: Seat;
  private readonly subset: SubsetPairs;
  private readonly features: Int32Array;
  private readonly signs: Float64Array;
  private readonly along: Float64Array;
  private readonly against: Float64Array;
  private readonly moved: Float64Array;
  private image!: Float64Array;
  private extent = 0;
  private place!: L1Place;
  private share = 1;
  /** Factor of the gradient where there are no pairs, 0 where there are. */
  private steep = 0;
  private count = 0;
  /** What the model says of the objective at the last proposal. */
  expected = 0;

  constructor(seat: Seat) {
    const { workspace, n } = seat;
    this.seat = seat;
    this.subset = new SubsetPairs(workspace, n, MEMORY);
    this.features = new Int32Array(n);
    this.signs = new Float64Array(n);
    this.along = new Float64Array(n);
    this.against = new Float64Array(n);
    this.moved = new Float64Array(n);
  }

  static bytes(n: number): number {
    return SubsetPairs.bytes(n, MEMORY) + 36 * n;
  }

  /**
   * Writes the next point; returns its multiplier, or -1 where no pair is of use and there is no slope to follow.
   *
   * @param share the part of the step that is taken
   * @param steepest the largest |g_i|
   * @param extent of the box
   * @param out f64[n]
   */
  propose(
    place: L1Place,
    pairs: Pairs,
    aim: number,
    share: number,
    steepest: number,
    extent: number,
    out: F64Pointer,
  ): number {
    const { workspace, n } = this.seat;
    this.image = workspace.arena.f64(this.seat.image, 3 * n);
    this.extent = extent;
    this.place = place;
    this.share = share;
    let multiplier = this.curved(pairs, aim, steepest);
    if (multiplier < 0) {
      this.free(0);
      if (steepest === 0 && this.count > 0) return -1;
      this.steep = (place.stretch * extent) / steepest;
      multiplier = this.multiplierAt(aim, steepest, steepest);
      this.expected = this.reach(multiplier);
    }
    const to = workspace.arena.f64(out, n);
    to.set(place.point);
    for (let j = 0; j < this.count; j++) to[this.features[j] as number] = this.moved[j] as number;
    return multiplier;
  }

  /** The length at which the linear model at the image reaches the aim, the steepest features first. */
  lengthOfLinear({ gradient, value }: L1Place, aim: number): number {
    const { workspace, n, size } = this.seat;
    const { along: slopes, against: gains, moved: rooms } = this;
    const image = workspace.arena.f64(this.seat.image, 3 * n);
    for (let i = 0; i < size; i++) {
      const g = gradient[i] as number;
      const x = image[i] as number;
      const room = g > 0 ? (image[2 * n + i] as number) - x : x - (image[n + i] as number);
      slopes[i] = Math.abs(g);
      gains[i] = Math.abs(g) * room;
      rooms[i] = room;
    }
    return lengthToReach(slopes, gains, rooms, size, aim - value);
  }

  /** The step by the pairs, left in `moved`. Returns its multiplier, or -1 where no pair is of use. */
  private curved(pairs: Pairs, aim: number, steepest: number): number {
    if (pairs.count === 0) return -1;
    this.steep = 0;
    let guess = this.place.multiplier;
    let multiplier = -1;
    let solved = guess;
    let rounds = 0;
    for (let widened = 0; rounds < ROUNDS && widened <= WIDENINGS; ) {
      this.free(guess);
      if (!this.solve(pairs)) {
        // No pair curves over these features: the step stays the one over the features before.
        if (multiplier < 0) return -1;
        this.free(solved);
        this.solve(pairs);
        break;
      }
      solved = guess;
      if (this.reach(0) < aim) {
        multiplier = 0;
        if (guess === 0) break;
        widened++;
        guess = widened < WIDENINGS ? guess * WIDEN : 0;
        continue;
      }
      multiplier = this.multiplierAt(aim, guess, steepest);
      guess = Math.max(multiplier, LEAST_FALL * this.place.multiplier);
      rounds++;
    }
    if (multiplier >= 0) this.expected = this.reach(multiplier);
    return multiplier;
  }

  /** Lists the features that may move when the multiplier is l, each with the sign of its change. */
  private free(l: number): void {
    const { features, signs, image, place } = this;
    const { point, gradient } = place;
    const { n, size } = this.seat;
    let count = 0;
    for (let i = 0; i < size; i++) {
      const g = gradient[i] as number;
      const p = point[i] as number;
      const r = p - (image[i] as number);
      if (r === 0 && g <= l && g >= -l) continue;
      const sign = r === 0 ? (g > 0 ? 1 : -1) : r > 0 ? 1 : -1;
      const slope = g - l * sign;
      if (slope > 0 ? p >= (image[2 * n + i] as number) : p <= (image[n + i] as number)) continue;
      features[count] = i;
      signs[count] = sign;
      count++;
    }
    this.count = count;
  }

  /** H g and H sgn over the free features. Returns false where there are none, or no pair that curves over them. */
  private solve(pairs: Pairs): boolean {
    const { subset, features, signs, along, against, count, place } = this;
    if (count === 0) return false;
    for (let j = 0; j < count; j++) {
      along[j] = place.gradient[features[j] as number] as number;
      against[j] = signs[j] as number;
    }
    subset.restrict(pairs, features, count);
    return subset.multiply(along) && subset.multiply(against);
  }

  /** Goes along d(l), leaves the features in `moved`; returns what the model says of the objective there. */
  private reach(l: number): number {
    const { features, signs, along, against, moved, image, share, steep, count } = this;
    const { point, gradient, value } = this.place;
    const { n } = this.seat;
    const most = FURTHEST * this.extent;
    const tiny = TINY * this.extent;
    let gain = 0;
    for (let j = 0; j < count; j++) {
      const i = features[j] as number;
      const sign = signs[j] as number;
      const p = point[i] as number;
      const g = gradient[i] as number;
      const x = image[i] as number;
      const slope = g - l * sign;
      let d = share * (steep > 0 ? steep * slope : (along[j] as number) - l * (against[j] as number));
      if (d > most) d = most;
      else if (d < -most) d = -most;
      let to = p + d;
      const low = image[n + i] as number;
      const high = image[2 * n + i] as number;
      if (to < low) to = low;
      else if (to > high) to = high;
      const r = (to - x) * sign;
      if (r < tiny) to = x;
      moved[j] = to;
      const step = to - p;
      gain += steep > 0 ? g * step : (g - 0.5 * slope) * step;
    }
    return value + gain;
  }

  /** The multiplier at which the model reaches the aim; 0 where it does not at all. It falls as l grows. */
  private multiplierAt(aim: number, guess: number, steepest: number): number {
    let [low, high] = [0, steepest];
    let above = this.reach(0) - aim;
    if (above <= 0) return 0;
    let below = this.reach(high) - aim;
    // Where the objective is linear, a multiplier beyond the steepest slope shrinks every change: the way back to the aim.
    for (let k = 0; k < DOUBLINGS && this.steep > 0 && below > 0; k++) {
      high *= 2;
      below = this.reach(high) - aim;
    }
    const enough = ERROR * (Math.abs(aim) + Math.abs(aim - this.place.value));
    let l = guess > 0 && guess < high ? guess : high / 2;
    let side = 0;
    for (let k = 0; k < TRIALS; k++) {
      const excess = this.reach(l) - aim;
      if (excess >= 0) {
        if (excess <= enough) return l;
        low = l;
        above = excess;
        // The Illinois rule: an end that stays counts half.
        if (side > 0) below /= 2;
        side = 1;
      } else {
        high = l;
        below = excess;
        if (side < 0) above /= 2;
        side = -1;
      }
      l = below < 0 ? low + ((high - low) * above) / (above - below) : (low + high) / 2;
      if (!(l > low && l < high)) l = (low + high) / 2;
    }
    return low;
  }
}
