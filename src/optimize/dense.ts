/**
 * Small dense linear algebra on row-major matrices with a row stride: Cholesky factors and triangular solves, in place.
 * Functions return false where a matrix is not positive definite or singular, which the solver answers with a restart.
 */

/** A block of a row-major matrix: element (i, j) is values[offset + i stride + j]. */
export interface Block {
  values: Float64Array;
  offset: number;
  stride: number;
}

/** A = R'R for the symmetric A of order n in the upper triangle, which R overwrites. */
export function cholesky({ values, offset, stride }: Block, n: number): boolean {
  for (let j = 0; j < n; j++) {
    let squares = 0;
    for (let k = 0; k < j; k++) {
      let sum = values[offset + k * stride + j] as number;
      for (let i = 0; i < k; i++) {
        sum -= (values[offset + i * stride + k] as number) * (values[offset + i * stride + j] as number);
      }
      sum /= values[offset + k * stride + k] as number;
      values[offset + k * stride + j] = sum;
      squares += sum * sum;
    }
    const pivot = (values[offset + j * stride + j] as number) - squares;
    // Also catches NaN.
    if (!(pivot > 0)) return false;
    values[offset + j * stride + j] = Math.sqrt(pivot);
  }
  return true;
}

/** Solves R'x = b for the upper triangle R of order n; b is every `step`-th element of `b` from `at` on. */
export function solveTransposed(
  { values, offset, stride }: Block,
  n: number,
  b: Float64Array,
  at: number,
  step = 1,
): boolean {
  for (let i = 0; i < n; i++) {
    let sum = b[at + i * step] as number;
    for (let k = 0; k < i; k++) sum -= (values[offset + k * stride + i] as number) * (b[at + k * step] as number);
    const pivot = values[offset + i * stride + i] as number;
    if (pivot === 0) return false;
    b[at + i * step] = sum / pivot;
  }
  return true;
}

/** Solves R x = b likewise. */
export function solve({ values, offset, stride }: Block, n: number, b: Float64Array, at: number): boolean {
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[at + i] as number;
    for (let k = i + 1; k < n; k++) sum -= (values[offset + i * stride + k] as number) * (b[at + k] as number);
    const pivot = values[offset + i * stride + i] as number;
    if (pivot === 0) return false;
    b[at + i] = sum / pivot;
  }
  return true;
}

/** sum_i a_i b_i of the first n. */
export function dot(n: number, a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
