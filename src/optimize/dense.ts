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

/** A = R'R for the symmetric A of order n in the upper triangle, which R overwrites. Row by row: each k updates what follows. */
export function cholesky({ values: a, offset, stride }: Block, n: number): boolean {
  for (let k = 0; k < n; k++) {
    const row = offset + k * stride;
    const pivot = a[row + k] as number;
    // Also catches NaN.
    if (!(pivot > 0)) return false;
    const root = Math.sqrt(pivot);
    a[row + k] = root;
    for (let j = k + 1; j < n; j++) a[row + j] = (a[row + j] as number) / root;
    for (let i = k + 1; i < n; i++) {
      const by = a[row + i] as number;
      const to = offset + i * stride;
      for (let j = i; j < n; j++) a[to + j] = (a[to + j] as number) - by * (a[row + j] as number);
    }
  }
  return true;
}

/** Solves R'X = B for the columns [from, to) of the same matrix, R being its upper triangle of order n. */
export function solveColumns({ values: a, offset, stride }: Block, n: number, from: number, to: number): void {
  for (let i = 0; i < n; i++) {
    const row = offset + i * stride;
    for (let k = 0; k < i; k++) {
      const above = offset + k * stride;
      const by = a[above + i] as number;
      for (let j = from; j < to; j++) a[row + j] = (a[row + j] as number) - by * (a[above + j] as number);
    }
    const pivot = a[row + i] as number;
    for (let j = from; j < to; j++) a[row + j] = (a[row + j] as number) / pivot;
  }
}

/** Solves R'x = b in place for the upper triangle R of order n and the n numbers of b from `at` on. */
export function solveTransposed({ values, offset, stride }: Block, n: number, b: Float64Array, at: number): boolean {
  for (let i = 0; i < n; i++) {
    let sum = b[at + i] as number;
    for (let k = 0; k < i; k++) sum -= (values[offset + k * stride + i] as number) * (b[at + k] as number);
    const pivot = values[offset + i * stride + i] as number;
    if (pivot === 0) return false;
    b[at + i] = sum / pivot;
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
