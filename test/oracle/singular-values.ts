/** The largest singular value of a small matrix by one-sided Jacobi rotations in f64, written to be read. */

/** @param columns the matrix's columns; not changed */
export function largestSingularValue(columns: readonly (readonly number[] | Float64Array)[]): number {
  const a = columns.map((column) => Float64Array.from(column));
  for (let sweep = 0; sweep < 60; sweep++) {
    let rotations = 0;
    for (let i = 0; i < a.length; i++) {
      for (let j = i + 1; j < a.length; j++) {
        const [x, y] = [a[i] as Float64Array, a[j] as Float64Array];
        let [xx, yy, xy] = [0, 0, 0];
        for (let k = 0; k < x.length; k++) {
          xx += (x[k] as number) ** 2;
          yy += (y[k] as number) ** 2;
          xy += (x[k] as number) * (y[k] as number);
        }
        if (Math.abs(xy) <= 1e-14 * Math.sqrt(xx * yy)) continue;
        rotations++;
        const zeta = (yy - xx) / (2 * xy);
        const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const c = 1 / Math.sqrt(1 + t * t);
        const s = c * t;
        for (let k = 0; k < x.length; k++) {
          const [u, v] = [x[k] as number, y[k] as number];
          x[k] = c * u - s * v;
          y[k] = s * u + c * v;
        }
      }
    }
    if (rotations === 0) break;
  }
  return Math.max(0, ...a.map((column) => Math.sqrt(column.reduce((sum, v) => sum + v * v, 0))));
}

/** The shorter way around: singular values of the transpose are the same. */
export function largestSingularValueOf(rows: readonly (readonly number[])[]): number {
  const columns = (rows[0] as readonly number[]).map((_, j) => rows.map((row) => row[j] as number));
  return largestSingularValue(columns.length < rows.length ? columns : rows);
}
