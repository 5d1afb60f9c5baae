/**
 * The line search of More and Thuente, ask/tell: a step that satisfies the strong Wolfe conditions
 *
 *   f(a) <= f(0) + DECREASE a f'(0)      (sufficient decrease)
 *   |f'(a)| <= CURVATURE |f'(0)|         (curvature)
 *
 * J. J. More and D. J. Thuente, "Line search algorithms with guaranteed sufficient decrease", ACM TOMS 20 (1994),
 * in the form of MINPACK-2 that L-BFGS-B 3.0 carries; section numbers are those of the paper. It keeps an interval
 * [best, other], which in the end contains a step that satisfies both conditions. It sees f and its slope along the line,
 * never a vector.
 */

/** mu of the paper: the share of the linear decrease that a step must achieve. */
export const DECREASE = 1e-3;
/** eta of the paper: the share of the starting slope that may be left. */
export const CURVATURE = 0.9;
/** The search ends when the interval has shrunk below this share of its upper end. */
const NARROW = 0.1;

/** Before a minimum is bracketed the next step lies this many times as far beyond the last as the best lies before it. */
const REACH_MIN = 1.1;
const REACH_MAX = 4;

/** An interval that has not shrunk by this factor over two steps is bisected (section 4); also the safeguard of case 3. */
const SHRINK = 0.66;

/** A step at which the function is not finite is cut to this share of its distance from the best one. */
const RETREAT = 0.25;

/**
 * The result of the last `tell`: another step to evaluate, or the end of the search at the step just told.
 * Only "wolfe" means that both conditions hold; with the other outcomes the step is the best one found.
 */
export type LineSearchOutcome = "evaluate" | "wolfe" | "rounding" | "narrow" | "at-maximum" | "at-minimum";

/** The whole state of a search, as plain numbers: save a copy, and pass it to the constructor to resume. */
export interface LineSearchState {
  /** The step to evaluate, or the step accepted. */
  step: number;
  /** The largest step allowed. */
  maxStep: number;
  /** Whether the interval holds a minimum. */
  bracketed: boolean;
  /** 1 while the auxiliary function psi decides (section 2), 2 once f itself does. */
  stage: 1 | 2;
  /** f(0). */
  startValue: number;
  /** f'(0). */
  startSlope: number;
  /** The step with the least value so far, its value and slope. */
  best: number;
  /** f at the best step. */
  bestValue: number;
  /** f' at the best step. */
  bestSlope: number;
  /** The other end of the interval. */
  other: number;
  /** f at the other end. */
  otherValue: number;
  /** f' at the other end. */
  otherSlope: number;
  /** Where the next step may lie. */
  low: number;
  /** The other end of where the next step may lie. */
  high: number;
  /** Length of the interval one and two steps ago. */
  width: number;
  /** Length of the interval two steps ago. */
  widthBefore: number;
}

/** A line search whose caller evaluates the function [More and Thuente 1994]. */
export class LineSearch {
  private readonly s: LineSearchState;

  /** Starts a search at f(0) and f'(0) < 0 that first tries `step` in (0, maxStep]. */
  constructor(value: number, slope: number, step: number, maxStep: number);
  /** Resumes a search from a saved state. */
  constructor(state: LineSearchState);
  constructor(valueOrState: number | LineSearchState, slope = 0, step = 0, maxStep = 0) {
    if (typeof valueOrState === "object") {
      this.s = { ...valueOrState };
      return;
    }
    this.s = {
      step,
      maxStep,
      bracketed: false,
      stage: 1,
      startValue: valueOrState,
      startSlope: slope,
      best: 0,
      bestValue: valueOrState,
      bestSlope: slope,
      other: 0,
      otherValue: valueOrState,
      otherSlope: slope,
      low: 0,
      high: step + REACH_MAX * step,
      width: maxStep,
      widthBefore: 2 * maxStep,
    };
  }

  /** The step to evaluate; after the search, the step accepted. */
  get step(): number {
    return this.s.step;
  }

  /** f(0). */
  get startValue(): number {
    return this.s.startValue;
  }

  /** f'(0). */
  get startSlope(): number {
    return this.s.startSlope;
  }

  /** A copy of the whole state, which the constructor takes to resume. */
  state(): LineSearchState {
    return { ...this.s };
  }

  /** Takes f and f' at `step`, both finite, and chooses the next step or ends the search. */
  tell(value: number, slope: number): LineSearchOutcome {
    const s = this.s;
    const least = DECREASE * s.startSlope;
    const allowed = s.startValue + s.step * least;
    if (s.stage === 1 && value <= allowed && slope >= 0) s.stage = 2;

    // The last of these that holds is the reason, as in the original.
    let outcome: LineSearchOutcome = "evaluate";
    if (s.bracketed && (s.step <= s.low || s.step >= s.high)) outcome = "rounding";
    if (s.bracketed && s.high - s.low <= NARROW * s.high) outcome = "narrow";
    if (s.step === s.maxStep && value <= allowed && slope <= least) outcome = "at-maximum";
    if (s.step === 0 && (value > allowed || slope >= least)) outcome = "at-minimum";
    if (value <= allowed && Math.abs(slope) <= CURVATURE * -s.startSlope) outcome = "wolfe";
    if (outcome !== "evaluate") return outcome;

    if (s.stage === 1 && value <= s.bestValue && value > allowed) {
      // Section 3: psi(a) = f(a) - f(0) - mu a f'(0) in place of f as long as no step decreases f enough.
      s.bestValue -= s.best * least;
      s.otherValue -= s.other * least;
      s.bestSlope -= least;
      s.otherSlope -= least;
      shrink(s, value - s.step * least, slope - least);
      s.bestValue += s.best * least;
      s.otherValue += s.other * least;
      s.bestSlope += least;
      s.otherSlope += least;
    } else {
      shrink(s, value, slope);
    }

    if (s.bracketed) {
      const width = Math.abs(s.other - s.best);
      if (width >= SHRINK * s.widthBefore) s.step = s.best + 0.5 * (s.other - s.best);
      s.widthBefore = s.width;
      s.width = width;
      s.low = Math.min(s.best, s.other);
      s.high = Math.max(s.best, s.other);
    } else {
      s.low = s.step + REACH_MIN * (s.step - s.best);
      s.high = s.step + REACH_MAX * (s.step - s.best);
    }
    s.step = Math.min(Math.max(s.step, 0), s.maxStep);

    // No room left between the ends: back to the best step, which the next `tell` will accept.
    const crowded = s.step <= s.low || s.step >= s.high || s.high - s.low <= NARROW * s.high;
    if (s.bracketed && crowded) s.step = s.best;
    return "evaluate";
  }

  /**
   * Takes the news that the function is not finite at `step`: the next step retreats towards the best one, and
   * nothing beyond it is tried again. The original has no such rule.
   */
  reject(): LineSearchOutcome {
    const s = this.s;
    const beyond = s.step > s.best;
    s.step = s.best + RETREAT * (s.step - s.best);
    if (beyond) s.maxStep = s.step;
    return "evaluate";
  }
}

/** The minimiser of the cubic through two points with slopes, as a fraction of the way from a to b (section 4). */
function cubicFraction(
  a: number,
  valueA: number,
  slopeA: number,
  b: number,
  valueB: number,
  slopeB: number,
): { fraction: number; finite: boolean } {
  const theta = (3 * (valueA - valueB)) / (b - a) + slopeA + slopeB;
  const size = Math.max(Math.abs(theta), Math.abs(slopeA), Math.abs(slopeB));
  const ratio = theta / size;
  // Below zero by rounding only, or (case 3) where the cubic has no minimum.
  let gamma = size * Math.sqrt(Math.max(0, ratio * ratio - (slopeA / size) * (slopeB / size)));
  if (b < a) gamma = -gamma;
  const fraction = (gamma - slopeA + theta) / (gamma - slopeA + gamma + slopeB);
  return { fraction, finite: gamma !== 0 };
}

/** Section 4: replaces one end of the interval by the step just evaluated and picks the next step by its four cases. */
function shrink(s: LineSearchState, value: number, slope: number): void {
  const { step, best, bestValue, bestSlope } = s;
  const opposite = (slope < 0 && bestSlope > 0) || (slope > 0 && bestSlope < 0);
  let next: number;

  if (value > bestValue) {
    // Case 1: a higher value brackets a minimum. The cubic step if it is nearer the best, else midway to the quadratic.
    const { fraction } = cubicFraction(best, bestValue, bestSlope, step, value, slope);
    const cubic = best + fraction * (step - best);
    const quadratic = best + (bestSlope / ((bestValue - value) / (step - best) + bestSlope) / 2) * (step - best);
    next = Math.abs(cubic - best) < Math.abs(quadratic - best) ? cubic : cubic + (quadratic - cubic) / 2;
    s.bracketed = true;
  } else if (opposite) {
    // Case 2: a lower value, slopes of opposite sign. The cubic or the secant step, whichever is farther from this one.
    const { fraction } = cubicFraction(step, value, slope, best, bestValue, bestSlope);
    const cubic = step + fraction * (best - step);
    const secant = step + (slope / (slope - bestSlope)) * (best - step);
    next = Math.abs(cubic - step) > Math.abs(secant - step) ? cubic : secant;
    s.bracketed = true;
  } else if (Math.abs(slope) < Math.abs(bestSlope)) {
    // Case 3: a lower value, the same sign, a smaller slope. The cubic counts only if its minimum lies beyond this step.
    const { fraction, finite } = cubicFraction(step, value, slope, best, bestValue, bestSlope);
    const cubic = fraction < 0 && finite ? step + fraction * (best - step) : step > best ? s.high : s.low;
    const secant = step + (slope / (slope - bestSlope)) * (best - step);
    const cubicNearer = Math.abs(cubic - step) < Math.abs(secant - step);
    if (s.bracketed) {
      next = cubicNearer ? cubic : secant;
      const limit = step + SHRINK * (s.other - step);
      next = step > best ? Math.min(limit, next) : Math.max(limit, next);
    } else {
      const cubicFarther = Math.abs(cubic - step) > Math.abs(secant - step);
      next = Math.max(s.low, Math.min(s.high, cubicFarther ? cubic : secant));
    }
  } else if (s.bracketed) {
    // Case 4: a lower value, the same sign, a slope no smaller. The cubic step with the other end.
    const { fraction } = cubicFraction(step, value, slope, s.other, s.otherValue, s.otherSlope);
    next = step + fraction * (s.other - step);
  } else {
    next = step > best ? s.high : s.low;
  }

  if (value > bestValue) {
    s.other = step;
    s.otherValue = value;
    s.otherSlope = slope;
  } else {
    if (opposite) {
      s.other = best;
      s.otherValue = bestValue;
      s.otherSlope = bestSlope;
    }
    s.best = step;
    s.bestValue = value;
    s.bestSlope = slope;
  }
  // Values near the end of the range of f64 overflow in the cubic; the middle is as good a guess.
  s.step = Number.isFinite(next) ? next : s.best + 0.5 * (s.other - s.best);
}
