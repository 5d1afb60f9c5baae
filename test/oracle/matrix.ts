/** Dense matrix products in double precision, row-major. */

export interface Judged {
  /** c + a.b */
  value: Float64Array;
  /** |c| + |a||b|, what the error bound multiplies. */
  magnitude: Float64Array;
}

type Matrix = ArrayLike<number>;

/** c[m,n] + a[m,k] . b[k,n] */
export function product(m: number, n: number, k: number, a: Matrix, b: Matrix, c: Matrix): Judged {
  const value = Float64Array.from(c);
  const magnitude = value.map(Math.abs);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      for (let p = 0; p < k; p++) {
        const term = (a[i * k + p] as number) * (b[p * n + j] as number);
        value[i * n + j] = (value[i * n + j] as number) + term;
        magnitude[i * n + j] = (magnitude[i * n + j] as number) + Math.abs(term);
      }
    }
  }
  return { value, magnitude };
}

/**
 * The same sum as the kernels promise it: p ascending, every product and every sum rounded to single precision.
 * In f64 the product of two floats is exact and rounding their sum twice is harmless (53 >= 2 * 24 + 2).
 */
export function productInOrder(m: number, n: number, k: number, a: Matrix, b: Matrix, c: Matrix): Float32Array {
  const value = Float32Array.from(c);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = value[i * n + j] as number;
      for (let p = 0; p < k; p++) {
        sum = Math.fround(sum + Math.fround((a[i * k + p] as number) * (b[p * n + j] as number)));
      }
      value[i * n + j] = sum;
    }
  }
  return value;
}

/** The transpose of x[rows,columns]. */
export function transpose(rows: number, columns: number, x: Matrix): Float32Array {
  const t = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) t[c * rows + r] = x[r * columns + c] as number;
  }
  return t;
}

/** p[ceil(n/8),k,8] = b[k,n], columns beyond n zero. */
export function panels(k: number, n: number, b: Matrix): Float32Array {
  const p = new Float32Array(Math.ceil(n / 8) * k * 8);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < n; j++) p[(Math.floor(j / 8) * k + i) * 8 + (j % 8)] = b[i * n + j] as number;
  }
  return p;
}
