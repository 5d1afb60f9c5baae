/**
 * The largest eigenvalue of a symmetric tridiagonal matrix and its vector: what a Lanczos process asks of the small
 * matrix it builds.
 */

export interface RitzPair {
  value: number;
  /** Of length 1, up to rounding. */
  vector: Float64Array;
}

/** Bisections of the interval that holds the eigenvalue: more than the digits of a double. */
const BISECTIONS = 80;

/** Whether all eigenvalues lie below x: all pivots of T - x I are negative (Sylvester). */
function isAbove(x: number, diagonal: readonly number[], beside: readonly number[]): boolean {
  let pivot = -1;
  for (let i = 0; i < diagonal.length; i++) {
    const before = i === 0 ? 0 : (beside[i - 1] as number);
    pivot = (diagonal[i] as number) - x - (before * before) / pivot;
    if (!(pivot < 0)) return false;
  }
  return true;
}

/**
 * @param diagonal k numbers
 * @param beside k - 1 numbers beside the diagonal
 */
export function largestOfTridiagonal(diagonal: readonly number[], beside: readonly number[]): RitzPair {
  const k = diagonal.length;
  const reach = (i: number): number => Math.abs(beside[i - 1] ?? 0) + Math.abs(beside[i] ?? 0);
  let low = Math.max(...diagonal);
  let high = Math.max(...diagonal.map((a, i) => a + reach(i)));
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = low + (high - low) / 2;
    if (isAbove(middle, diagonal, beside)) high = middle;
    else low = middle;
  }
  // Inverse iteration just above the eigenvalue, where T - x I is negative definite and needs no pivoting.
  const scale = Math.max(Math.abs(high), Math.max(...diagonal.map((a, i) => Math.abs(a) + reach(i))));
  const x = high + scale * 2 ** -44;
  let vector = new Float64Array(k).fill(1);
  for (let round = 0; round < 4; round++) vector = solve(diagonal, beside, x, vector);
  return { value: high, vector };
}

/** (T - x I)^-1 v, of length 1. */
function solve(diagonal: readonly number[], beside: readonly number[], x: number, v: Float64Array) {
  const k = v.length;
  const pivots = new Float64Array(k);
  const out = new Float64Array(k);
  for (let i = 0; i < k; i++) {
    const ratio = i === 0 ? 0 : (beside[i - 1] as number) / (pivots[i - 1] as number);
    pivots[i] = (diagonal[i] as number) - x - ratio * (i === 0 ? 0 : (beside[i - 1] as number));
    out[i] = (v[i] as number) - ratio * (i === 0 ? 0 : (out[i - 1] as number));
  }
  let squared = 0;
  for (let i = k - 1; i >= 0; i--) {
    const next = i === k - 1 ? 0 : (beside[i] as number) * (out[i + 1] as number);
    const value = ((out[i] as number) - next) / (pivots[i] as number);
    out[i] = value;
    squared += value * value;
  }
  const norm = Math.sqrt(squared);
  for (let i = 0; i < k; i++) out[i] = (out[i] as number) / norm;
  return out;
}
