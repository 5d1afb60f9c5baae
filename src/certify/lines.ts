/**
 * A line below and a line above a function on an interval. The slope may be any number: where the line meets the axis is worked
 * out for the slope as it is, so that a slope that is not the best costs width, never soundness.
 *
 *   t = min over [l, u] of f(z) - s z:  at the ends of straight and concave pieces; on a convex one, for any d in it,
 *   f(z) - s z >= f(d) - s d + (f'(d) - s) (z - d), which is least at an end
 *
 * The slope is that of the convex hull of some points of the function, at the middle of the interval: for a rectifier CROWN's
 * choice, for a sigmoid nearly the tangent in the middle.   [Zhang et al. 2018]
 */
import type { Curve, Piece } from "./curve.ts";
import { LEAST_32 } from "./rounding.ts";

/** Points of a smooth function that its hull is taken of, the ends among them. */
const SAMPLES = 14;
/** Halvings of the interval in which a slope is looked for. */
const HALVINGS = 26;

/** The two lines, and the interval of the function's values: of the kernel's, its error included. */
export interface Lines {
  readonly lowerSlope: number;
  readonly lowerShift: number;
  readonly upperSlope: number;
  readonly upperShift: number;
  readonly least: number;
  readonly most: number;
}

/** @param errors 1; 0 leaves the kernel's error out */
export function linesAround(curve: Curve, l: number, u: number, errors: number): Lines {
  const zero = zeroLines(curve, l, u);
  if (zero) return zero;
  const parts = partsWithin(curve.pieces, l, u);
  const least = -shiftOf(curve, parts, 0, 1);
  const most = shiftOf(curve, parts, 0, -1);
  const error = errors * (curve.ulps * 2 ** -23 * Math.max(Math.abs(least), Math.abs(most)) + curve.besides);
  const isStraight = parts.length === 1 && parts[0]?.shape === "straight";
  const points = pointsOf(curve, parts, isStraight);
  const lowerSlope = Math.fround(hullSlope(points, 1));
  const upperSlope = isStraight ? lowerSlope : Math.fround(hullSlope(points, -1));
  return {
    ...{ lowerSlope, upperSlope },
    lowerShift: -shiftOf(curve, parts, lowerSlope, 1) - error,
    upperShift: shiftOf(curve, parts, upperSlope, -1) + error,
    least: least - error,
    most: most + error,
  };
}

const ZERO: Lines = { lowerSlope: 0, lowerShift: 0, upperSlope: 0, upperShift: 0, least: 0, most: 0 };

/** Of rectifiers that are exact and off, or on: most of a network's. */
function zeroLines({ isRectifier }: Curve, l: number, u: number): Lines | undefined {
  if (!isRectifier) return undefined;
  if (u <= 0) return ZERO;
  return l >= 0 ? { ...ZERO, lowerSlope: 1, upperSlope: 1, least: l, most: u } : undefined;
}

function partsWithin(pieces: readonly Piece[], l: number, u: number): Piece[] {
  const parts: Piece[] = [];
  for (const { from, to, shape } of pieces) {
    if (to > l && from < u) parts.push({ from: Math.max(from, l), to: Math.min(to, u), shape });
  }
  if (l === u) parts.push({ from: l, to: u, shape: "straight" });
  return parts;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function pointsOf({ value }: Curve, parts: readonly Piece[], isStraight: boolean): Point[] {
  const [first, last] = [parts[0] as Piece, parts.at(-1) as Piece];
  const isSmooth = !isStraight && parts.some(({ shape }) => shape !== "straight");
  const points: Point[] = [];
  const add = (x: number): void => {
    points.push({ x, y: value(x) });
  };
  if (isSmooth) {
    for (let i = 0; i < SAMPLES - 1; i++) add(first.from + ((last.to - first.from) * i) / (SAMPLES - 1));
  } else for (const { from } of parts) add(from);
  add(last.to);
  return points;
}

/** Slope at the middle of the hull of some points: below them, or with sign -1 above. */
function hullSlope(points: readonly Point[], sign: 1 | -1): number {
  const [first, last] = [points[0] as Point, points.at(-1) as Point];
  const middle = (first.x + last.x) / 2;
  let slope = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const a of points) {
    if (a.x > middle) break;
    for (let j = points.length - 1; j > 0; j--) {
      const b = points[j] as Point;
      if (b.x <= middle) break;
      const by = (b.y - a.y) / (b.x - a.x);
      const height = sign * (a.y + by * (middle - a.x));
      if (height >= least || Number.isNaN(height)) continue;
      slope = by;
      least = height;
    }
  }
  return Number.isFinite(slope) ? slope : 0;
}

/**
 * With sign 1 at least the largest s z - f(z), which is minus the shift of the line below; with sign -1 at least the largest
 * f(z) - s z.
 */
function shiftOf(curve: Curve, parts: readonly Piece[], s: number, sign: 1 | -1): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const part of parts) {
    const { from, to, shape } = part;
    const isBent = shape === (sign === 1 ? "convex" : "concave");
    if (isBent) most = Math.max(most, bentShift(curve, part, s, sign));
    else {
      const steep = shape === "unknown" ? (curve.steepest + Math.abs(s)) * (to - from) : 0;
      most = Math.max(most, steep + Math.max(gapAt(curve, from, s, sign), gapAt(curve, to, s, sign)));
    }
  }
  return most;
}

/** sign (s z - f(z)), no less. */
function gapAt({ value, inexact }: Curve, z: number, s: number, sign: 1 | -1): number {
  const f = value(z);
  const product = s * z;
  return sign * (product - f) + inexact * (1 + Math.abs(z)) + 2 ** -50 * (Math.abs(f) + Math.abs(product));
}

/** On a piece that bends away from the line: by a tangent with nearly the line's slope. */
function bentShift(curve: Curve, { from, to }: Piece, s: number, sign: 1 | -1): number {
  let low = from;
  let high = to;
  // sign f' rises.
  if (sign * (curve.slope(low) - s) >= 0) high = low;
  else if (sign * (curve.slope(high) - s) <= 0) low = high;
  for (let i = 0; i < HALVINGS && high > low; i++) {
    const middle = (low + high) / 2;
    if (sign * (curve.slope(middle) - s) < 0) low = middle;
    else high = middle;
  }
  const d = high;
  const off = sign * (s - curve.slope(d));
  const inexact = curve.inexact * (1 + Math.abs(d)) * (to - from);
  return gapAt(curve, d, s, sign) + (Math.max(off * (to - d), off * (from - d)) + inexact) * (1 + 2 ** -50) + LEAST_32;
}
