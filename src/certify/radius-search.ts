/**
 * The largest radius whose bound is above zero, nearly: a secant on a bound that falls as the radius grows, kept between a radius that
 * is proved and one that is not. Every radius that is returned was proved by a bound of its own; that bounds fall is not relied upon.
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
}

export interface FoundRadius {
  readonly radius: number;
  readonly passes: number;
  /** Whether the search ended before the two radii were near. */
  readonly isCut: boolean;
}

/** Below this share of the first guess a radius counts as none. */
const LEAST = 2 ** -40;

export function searchRadius({ margin, start, guess, largest, tolerance, passes }: RadiusSearch): FoundRadius {
  let [low, lowMargin] = [0, start];
  let [high, highMargin] = [Number.POSITIVE_INFINITY, 0];
  let next = Math.min(guess, largest);
  let stuck = 0;
  let used = 0;
  while (used < passes) {
    const found = margin(next);
    used++;
    if (found > 0) {
      if (next >= largest) return { radius: largest, passes: used, isCut: false };
      // Twice on one side: the other end's margin counts half, so that the secant crosses.   [Illinois]
      stuck = Math.max(0, stuck) + 1;
      if (stuck > 1) highMargin /= 2;
      [low, lowMargin] = [next, found];
    } else {
      stuck = Math.min(0, stuck) - 1;
      if (stuck < -1) lowMargin /= 2;
      [high, highMargin] = [next, found];
    }
    const isNear = high < Number.POSITIVE_INFINITY && high - low <= tolerance * high;
    if (isNear || high < LEAST * guess) return { radius: low, passes: used, isCut: false };
    next = nextRadius({ low, lowMargin, high, highMargin, tolerance, largest, start });
  }
  return { radius: low, passes: used, isCut: true };
}

function nextRadius(at: {
  low: number;
  lowMargin: number;
  high: number;
  highMargin: number;
  tolerance: number;
  largest: number;
  start: number;
}): number {
  const { low, lowMargin, high, highMargin, tolerance, largest, start } = at;
  if (high === Number.POSITIVE_INFINITY) {
    // Along the line from the margin at zero, a little short of where it ends, at most three times as far.
    const slope = (start - lowMargin) / low;
    const end = slope > 0 ? low + lowMargin / slope : 3 * low;
    return Math.min(largest, 3 * low, Math.max(end, low * (1 + 2 * tolerance)));
  }
  const width = high - low;
  const share = Number.isFinite(highMargin) ? lowMargin / (lowMargin - highMargin) : 0.25;
  // Half a tolerance towards the nearer end closes the bracket from that side when the secant is good.
  const aimed = low + width * share + (share > 0.5 ? -0.4 : 0.4) * tolerance * high;
  return Math.min(Math.max(aimed, low + 0.02 * width), high - 0.02 * width);
}
