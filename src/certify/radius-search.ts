/**
 * The largest radius whose bound is above zero, nearly. The bound falls as the radius grows, a little faster than a line: its root is
 * guessed from a parabola through the nearest three points, and kept between a radius that is proved and one that is not. Every radius
 * that is returned was proved by a bound of its own; that bounds fall is not relied upon.
 */

export interface RadiusSearch {
  /** The smallest margin over the ball of a radius, from below: proved where above zero. */
  readonly margin: (radius: number) => number;
  /** The margin at radius zero, nearly; above zero. */
  readonly start: number;
  /** A first guess, and the largest radius that means anything. */
  readonly guess: number;
  readonly largest: number;
  /** How near the two radii are to come, relatively. */
  readonly tolerance: number;
  /** Bounds at most. */
  readonly passes: number;
  /** Called before each bound; where it rejects, the search does. */
  readonly turn?: () => Promise<void>;
}

export interface FoundRadius {
  readonly radius: number;
  readonly passes: number;
  /** Whether the search ended before the two radii were near. */
  readonly isCut: boolean;
}

interface Point {
  readonly radius: number;
  readonly margin: number;
}

/** Below this share of the first guess a radius counts as none. */
const LEAST = 2 ** -40;
/** A radius grows by this factor at most where no radius is known that fails. */
const GROWTH = 4;
/** The share of the bracket that a guess stays away from its ends. */
const INSIDE = 0.02;

export async function searchRadius(search: RadiusSearch): Promise<FoundRadius> {
  const { margin, start, guess, largest, tolerance, passes, turn } = search;
  let low: Point = { radius: 0, margin: start };
  let before: Point | undefined;
  let high: Point | undefined;
  let next = Math.min(guess, largest);
  let widths: readonly number[] = [];
  for (let used = 1; used <= passes; used++) {
    await turn?.();
    const point = { radius: next, margin: margin(next) };
    if (point.margin > 0) {
      if (next >= largest) return { radius: largest, passes: used, isCut: false };
      [before, low] = [low, point];
    } else {
      // A point beyond an end helps the parabola where the other end has none.
      if (high && Number.isFinite(high.margin) && !before) before = high;
      high = point;
    }
    if (high && high.radius - low.radius <= tolerance * high.radius)
      return { radius: low.radius, passes: used, isCut: false };
    if (high && high.radius < LEAST * guess) return { radius: low.radius, passes: used, isCut: false };
    if (high) widths = [...widths, high.radius - low.radius].slice(-3);
    next = high
      ? between(low, high, before, tolerance, isSlow(widths))
      : Math.min(largest, beyond(low, before, tolerance));
  }
  return { radius: low.radius, passes, isCut: true };
}

/** Where the line through two proved points ends, a little short of it as the bound falls faster. */
function beyond(low: Point, before: Point | undefined, tolerance: number): number {
  const slope = before ? (before.margin - low.margin) / (low.radius - before.radius) : 0;
  const end = slope > 0 ? low.radius + low.margin / slope : GROWTH * low.radius;
  return Math.min(GROWTH * low.radius, Math.max(end * (1 - tolerance / 2), low.radius * (1 + 2 * tolerance)));
}

/** Whether two guesses have not halved the bracket. */
function isSlow(widths: readonly number[]): boolean {
  return widths.length === 3 && (widths[2] as number) > (widths[0] as number) / 2;
}

/** A guess between a proved radius and one that is not; the middle where guesses have not helped. */
function between(low: Point, high: Point, other: Point | undefined, tolerance: number, halves: boolean): number {
  const width = high.radius - low.radius;
  if (halves) return low.radius + width / 2;
  const root = Number.isFinite(high.margin) ? rootOf(low, high, other) : low.radius + width / 4;
  // Towards the end that is farther: if the root is good, the bracket closes in two steps.
  const aside = 0.4 * tolerance * high.radius;
  const aimed = root - low.radius > high.radius - root ? root - aside : root + aside;
  return Math.min(Math.max(aimed, low.radius + INSIDE * width), high.radius - INSIDE * width);
}

/** The root between two points of the parabola through three, of the line where that has none. */
function rootOf(low: Point, high: Point, other: Point | undefined): number {
  const slope = (high.margin - low.margin) / (high.radius - low.radius);
  const straight = low.radius - low.margin / slope;
  if (!other || other.radius === low.radius || other.radius === high.radius || !Number.isFinite(other.margin))
    return straight;
  // Newton's form: m = low + slope (e - low) + bend (e - low) (e - high).
  const bend = ((other.margin - low.margin) / (other.radius - low.radius) - slope) / (other.radius - high.radius);
  let e = straight;
  for (let i = 0; i < 30; i++) {
    const value = low.margin + (e - low.radius) * (slope + bend * (e - high.radius));
    const rate = slope + bend * (2 * e - low.radius - high.radius);
    if (!(rate < 0)) return straight;
    e -= value / rate;
  }
  return e > low.radius && e < high.radius ? e : straight;
}
