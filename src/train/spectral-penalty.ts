/**
 * A penalty on the bound of each layer: what Szegedy et al. (2014, section 4.3) suggest and do not try. For a kernel W, taken as
 * a matrix of as many columns as it has outputs, it is (beta / 2) s(W)^2 with
 *
 *     s(W)^2 = (trace (W^T W)^P)^(1/P),   |W| <= s(W) <= n^(1 / (2 P)) |W|,   n the shorter side, P = 16,
 *
 * the Schatten norm of order 2 P, squared: never below the largest singular value, and smooth where two singular values meet. The penalty on
 * the singular value itself has a kink exactly there, and drives the weights into it.
 */

/** P: four squarings, and as many square roots back. */
const SQUARINGS = 4;

/** What a kernel adds to the objective, as (beta / 2) s^2; its gradient is added to `gradient`. */
export function addSpectralPenalty(
  beta: number,
  weights: Float64Array,
  rows: number,
  columns: number,
  gradient: Float64Array,
): number {
  const isTall = rows >= columns;
  const n = isTall ? columns : rows;
  const gram = isTall ? gramOf(weights, rows, columns) : outerGram(weights, rows, columns);
  let trace = 0;
  for (let i = 0; i < n; i++) trace += gram[i * n + i] as number;
  if (trace === 0) return 0;
  for (let i = 0; i < gram.length; i++) gram[i] = (gram[i] as number) / trace;
  // G, G^2, G^4, G^8; the trace of G^16 is the sum of squares of G^8, and G^15 their product.
  const powers = [gram];
  for (let k = 1; k < SQUARINGS; k++)
    powers.push(product(powers[k - 1] as Float64Array, powers[k - 1] as Float64Array, n));
  let root = (powers.at(-1) as Float64Array).reduce((sum, value) => sum + value * value, 0);
  const total = root;
  for (let k = 0; k < SQUARINGS; k++) root = Math.sqrt(root);
  const slope = powers.reduce((all, next) => product(all, next, n));
  const scale = (beta * root) / total;
  if (isTall) addTimes(scale, weights, slope, rows, columns, gradient);
  else addTimesLeft(scale, slope, weights, rows, columns, gradient);
  return (beta / 2) * trace * root;
}

/** W^T W, the sum over ascending rows. */
function gramOf(w: Float64Array, rows: number, columns: number): Float64Array {
  const gram = new Float64Array(columns * columns);
  for (let k = 0; k < rows; k++) {
    for (let i = 0; i < columns; i++) {
      const x = w[k * columns + i] as number;
      for (let j = 0; j <= i; j++) {
        gram[i * columns + j] = (gram[i * columns + j] as number) + x * (w[k * columns + j] as number);
      }
    }
  }
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < i; j++) gram[j * columns + i] = gram[i * columns + j] as number;
  }
  return gram;
}

/** W W^T. */
function outerGram(w: Float64Array, rows: number, columns: number): Float64Array {
  const gram = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < columns; k++) sum += (w[i * columns + k] as number) * (w[j * columns + k] as number);
      gram[i * rows + j] = sum;
      gram[j * rows + i] = sum;
    }
  }
  return gram;
}

/** a b, both n x n. */
function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const x = a[i * n + k] as number;
      for (let j = 0; j < n; j++) out[i * n + j] = (out[i * n + j] as number) + x * (b[k * n + j] as number);
    }
  }
  return out;
}

/** g += a W M. */
function addTimes(a: number, w: Float64Array, m: Float64Array, rows: number, n: number, g: Float64Array): void {
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < n; k++) {
      const x = a * (w[i * n + k] as number);
      for (let j = 0; j < n; j++) g[i * n + j] = (g[i * n + j] as number) + x * (m[k * n + j] as number);
    }
  }
}

/** g += a M W. */
function addTimesLeft(a: number, m: Float64Array, w: Float64Array, rows: number, n: number, g: Float64Array): void {
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < rows; k++) {
      const x = a * (m[i * rows + k] as number);
      for (let j = 0; j < n; j++) g[i * n + j] = (g[i * n + j] as number) + x * (w[k * n + j] as number);
    }
  }
}
