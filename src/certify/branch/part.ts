/** Parts of a region: where some rectifiers' inputs have a sign that is taken for granted, and how parts are halved. */
import { down32 } from "../rounding.ts";
import type { PerRectifier, Rectifier, Relaxation } from "./relaxation.ts";

/** One number of a rectifier's input. */
export interface Unit {
  readonly rectifier: number;
  readonly unit: number;
}

export interface Part {
  /** Which of the goals is not proved there yet. */
  readonly goal: number;
  /** Intervals of the rectifiers' inputs there. */
  readonly ends: PerRectifier;
  /** Parameters that gave a good bound. */
  readonly parameters: PerRectifier;
}

/** The slopes that a line below has in the first place: nearest to the rectifier [CROWN: Zhang et al. 2018]; and no multipliers. */
export function firstParameters(ends: PerRectifier): PerRectifier {
  return ends.map((interval) => {
    const n = interval.length / 2;
    return Float32Array.from({ length: n }, (_, i) => {
      const [l, u] = [interval[i] as number, interval[n + i] as number];
      return l < 0 && u > 0 && u > -l ? 1 : 0;
    });
  });
}

/** The two parts in which a number is at least zero, and at most zero. */
export function halve<P extends Part>(part: P, { rectifier, unit }: Unit): [P, P] {
  const half = (side: 0 | 1): P => {
    const ends = part.ends.map((interval, k) => {
      if (k !== rectifier) return interval;
      const own = interval.slice();
      own[side === 0 ? unit : own.length / 2 + unit] = 0;
      return own;
    });
    // A slope is no multiplier.
    const parameters = part.parameters.map((all, k) => {
      if (k !== rectifier) return all;
      const own = all.slice();
      own[unit] = 0;
      return own;
    });
    return { ...part, ends, parameters };
  };
  return [half(0), half(1)];
}

/** Whether an interval holds no number: then the part is empty. */
export function isEmptyPart({ ends }: Part): boolean {
  return ends.some((interval) => {
    const n = interval.length / 2;
    for (let i = 0; i < n; i++) if ((interval[i] as number) > (interval[n + i] as number)) return true;
    return false;
  });
}

/** The numbers of a rectifier's input whose sign is open. */
export function openUnits(interval: Float32Array): number[] {
  const n = interval.length / 2;
  const open: number[] = [];
  for (let i = 0; i < n; i++) if ((interval[i] as number) < 0 && (interval[n + i] as number) > 0) open.push(i);
  return open;
}

/** What counts of a coefficient above zero, beside one below. */
const ABOVE = 0.3;

/**
 * The numbers whose sign would raise a row's bound most, as the last bound met them: by what the line above gives away at zero where it is
 * used, a little by what the line below does.   [after Bunel et al. 2020, BaBSR]
 */
export function bestUnits(
  relaxation: Relaxation,
  ends: PerRectifier,
  count: number,
  row: number,
  wanted: number,
): Unit[] {
  const best: (Unit & { score: number })[] = [];
  relaxation.rectifiers.forEach(({ size }: Rectifier, rectifier) => {
    const interval = ends[rectifier] as Float32Array;
    const met = relaxation.met(rectifier, count, row);
    for (let unit = 0; unit < size; unit++) {
      const [l, u] = [interval[unit] as number, interval[size + unit] as number];
      if (!(l < 0 && u > 0)) continue;
      const x = met[unit] as number;
      const score = x < 0 ? (x * u * l) / (u - l) : ABOVE * x * Math.min(u, -l);
      if (best.length === wanted && score <= (best[wanted - 1]?.score as number)) continue;
      const at = best.findIndex((other) => other.score < score);
      best.splice(at < 0 ? best.length : at, 0, { rectifier, unit, score });
      if (best.length > wanted) best.pop();
    }
  });
  return best;
}

/** Narrows an interval by lower bounds of a number and of its negative. */
export function narrow(interval: Float32Array, size: number, unit: number, below: number, above: number): void {
  interval[unit] = Math.max(interval[unit] as number, down32(below));
  interval[size + unit] = Math.min(interval[size + unit] as number, -down32(above));
}
