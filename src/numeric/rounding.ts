/** What double precision may have lost: the bounds that make an upper bound one, and a lower bound too. */

/** Half the distance from 1 to the next number: what one operation loses at most, relatively. */
export const UNIT = 2 ** -53;

/** gamma(n) = n u / (1 - n u): what n roundings in a row lose at most, relatively [Higham 2002, 3.1]. */
export function gamma(n: number): number {
  return (n * UNIT) / (1 - n * UNIT);
}

/** A number at least x (1 + 8 u): room for the handful of operations that made x, none of them cancelling. */
export function up(x: number): number {
  return x * (1 + 16 * UNIT);
}

/** The same, below. */
export function down(x: number): number {
  return x * (1 - 16 * UNIT);
}

/** Two numbers with the wanted one between them. */
export interface Bracket {
  /** Not above the wanted number. */
  readonly lower: number;
  /** Not below the wanted number. */
  readonly upper: number;
}

/** The bracket of the product of two things that are not negative. */
export function times(a: Bracket, b: Bracket): Bracket {
  if (isExact(a, 1)) return b;
  if (isExact(b, 1)) return a;
  return { lower: down(a.lower * b.lower), upper: up(a.upper * b.upper) };
}

/** The bracket of the larger of two. */
export function larger(a: Bracket, b: Bracket): Bracket {
  return { lower: Math.max(a.lower, b.lower), upper: Math.max(a.upper, b.upper) };
}

/** The bracket of the root of something between the two, not negative. */
export function rootOf({ lower, upper }: Bracket): Bracket {
  return { lower: lower > 0 ? down(Math.sqrt(lower)) : 0, upper: up(Math.sqrt(upper)) };
}

/** A number that is known exactly. */
export function exactly(value: number): Bracket {
  return { lower: value, upper: value };
}

function isExact({ lower, upper }: Bracket, value: number): boolean {
  return lower === value && upper === value;
}
