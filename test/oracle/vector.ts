/** The kernels of assembly/optimize/vector.ts and penalty.ts element by element; their sums in the order they promise. */

type Vector = ArrayLike<number>;

/** Element i of `terms` to partial sum i mod 8, the eight joined ((0+4)+(2+6)) + ((1+5)+(3+7)). */
export function sum8(terms: Vector): number {
  const s = partialSums(terms, 8) as [number, number, number, number, number, number, number, number];
  return s[0] + s[4] + (s[2] + s[6]) + (s[1] + s[5] + (s[3] + s[7]));
}

/** Element i of `terms` to partial sum i mod 4, the four joined (0+2) + (1+3). */
export function sum4(terms: Vector): number {
  const s = partialSums(terms, 4) as [number, number, number, number];
  return s[0] + s[2] + (s[1] + s[3]);
}

function partialSums(terms: Vector, count: number): number[] {
  const sums = Array(count).fill(0);
  for (let i = 0; i < terms.length; i++) sums[i % count] += terms[i];
  return sums;
}

export function multiply(x: Vector, y: Vector): number[] {
  return Array.from(x, (v, i) => v * (y[i] as number));
}

export function subtract(x: Vector, y: Vector): number[] {
  return Array.from(x, (v, i) => v - (y[i] as number));
}

/** x + a y */
export function step(x: Vector, a: number, y: Vector): number[] {
  return Array.from(x, (v, i) => v + a * (y[i] as number));
}

export function clamp(x: Vector, lower: Vector, upper: Vector): number[] {
  return Array.from(x, (v, i) => Math.min(Math.max(v, lower[i] as number), upper[i] as number));
}

export function largest(x: Vector): number {
  return Math.max(0, ...Array.from(x, Math.abs));
}

/** Free unless at a bound with the gradient pushing out of the box. */
export function freeSet(x: Vector, g: Vector, lower: Vector, upper: Vector): boolean[] {
  return Array.from(x, (v, i) => {
    const slope = g[i] as number;
    return !((v <= (lower[i] as number) && slope > 0) || (v >= (upper[i] as number) && slope < 0));
  });
}
