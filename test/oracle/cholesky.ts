/** The Cholesky factorisation and the Gram matrix in f64, written to be read. Matrices are lists of rows. */

/** a^T a of the columns of a. */
export function gram(a: readonly (readonly number[])[]): number[][] {
  const n = (a[0] as readonly number[]).length;
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (__, j) => a.reduce((sum, row) => sum + (row[i] as number) * (row[j] as number), 0)),
  );
}

/** L with L L^T = a, or the first column whose pivot is not positive. */
export function cholesky(a: readonly (readonly number[])[]): number[][] | number {
  const l: number[][] = a.map((row) => row.map(() => 0));
  for (let j = 0; j < a.length; j++) {
    for (let i = j; i < a.length; i++) {
      const [li, lj] = [l[i] as number[], l[j] as number[]];
      let sum = (a[i] as readonly number[])[j] as number;
      for (let p = 0; p < j; p++) sum -= (li[p] as number) * (lj[p] as number);
      if (i === j && !(sum > 0)) return j;
      li[j] = i === j ? Math.sqrt(sum) : sum / (lj[j] as number);
    }
  }
  return l;
}
