/** Eigenvalues and eigenvectors of a small symmetric matrix by Jacobi's rotations, nearly. */

/** Sweeps over all pairs; a handful suffices for double precision at such sizes. */
const SWEEPS = 8;

/**
 * The eigenvalues, largest first, and a unit vector of each, a row each.
 *
 * @param matrix f64[n, n], symmetric
 */
export function principalAxes(n: number, matrix: Float64Array): { values: Float64Array; vectors: Float64Array } {
  const a = matrix.slice();
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * (n + 1)] = 1;
  const at = (i: number, j: number) => a[i * n + j] as number;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (at(p, q) === 0) continue;
        const theta = (at(q, q) - at(p, p)) / (2 * at(p, q));
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(1 + theta * theta));
        const c = 1 / Math.sqrt(1 + t * t);
        const s = t * c;
        for (let k = 0; k < n; k++) rotate(a, k * n + p, k * n + q, c, s);
        for (let k = 0; k < n; k++) rotate(a, p * n + k, q * n + k, c, s);
        for (let k = 0; k < n; k++) rotate(v, p * n + k, q * n + k, c, s);
      }
    }
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => at(j, j) - at(i, i) || i - j);
  return {
    values: Float64Array.from(order, (i) => at(i, i)),
    vectors: Float64Array.from(
      { length: n * n },
      (_, i) => v[(order[Math.floor(i / n)] as number) * n + (i % n)] as number,
    ),
  };
}

function rotate(values: Float64Array, i: number, j: number, c: number, s: number): void {
  const [x, y] = [values[i] as number, values[j] as number];
  values[i] = c * x - s * y;
  values[j] = s * x + c * y;
}
