/**
 * Dense symmetric matrices in double precision: the Gram matrix of packed columns, and the Cholesky factorisation whose
 * success or failure says whether a matrix is positive definite.
 *
 * Sizes are multiples of 4: whoever pads a matrix to be factorised puts something positive on the diagonal of the padding.
 */
import { need } from "../support/need";
import { dot_f64 } from "../optimize/vector";
import { F32Pointer, F64Pointer } from "../support/pointer";

/** Columns factorised at a time. */
const BLOCK: i32 = 64;

/** Strips of four rows that stay in the second-level cache while every panel passes them. */
const STRIPS: i32 = 16;

/** c += a.b.   a, b  f64[k,4] packed; c  f64[4,4], row_c bytes a row. Order: c, then the products for k ascending. */
function tile_f64_4x4(k: i32, a: usize, b: usize, c: usize, row_c: usize): void {
  const c1 = c + row_c;
  const c2 = c1 + row_c;
  const c3 = c2 + row_c;
  let c0_01 = v128.load(c);
  let c0_23 = v128.load(c, 16);
  let c1_01 = v128.load(c1);
  let c1_23 = v128.load(c1, 16);
  let c2_01 = v128.load(c2);
  let c2_23 = v128.load(c2, 16);
  let c3_01 = v128.load(c3);
  let c3_23 = v128.load(c3, 16);
  const end = a + ((<usize>k) << 5);
  for (; a != end; a += 32, b += 32) {
    const b_01 = v128.load(b);
    const b_23 = v128.load(b, 16);
    let x = v128.load_splat<f64>(a);
    c0_01 = f64x2.add(c0_01, f64x2.mul(x, b_01));
    c0_23 = f64x2.add(c0_23, f64x2.mul(x, b_23));
    x = v128.load_splat<f64>(a, 8);
    c1_01 = f64x2.add(c1_01, f64x2.mul(x, b_01));
    c1_23 = f64x2.add(c1_23, f64x2.mul(x, b_23));
    x = v128.load_splat<f64>(a, 16);
    c2_01 = f64x2.add(c2_01, f64x2.mul(x, b_01));
    c2_23 = f64x2.add(c2_23, f64x2.mul(x, b_23));
    x = v128.load_splat<f64>(a, 24);
    c3_01 = f64x2.add(c3_01, f64x2.mul(x, b_01));
    c3_23 = f64x2.add(c3_23, f64x2.mul(x, b_23));
  }
  v128.store(c, c0_01);
  v128.store(c, c0_23, 16);
  v128.store(c1, c1_01);
  v128.store(c1, c1_23, 16);
  v128.store(c2, c2_01);
  v128.store(c2, c2_23, 16);
  v128.store(c3, c3_01);
  v128.store(c3, c3_23, 16);
}

/** The tiles of the lower triangle of c[n,n] += a^T b, tiles on the diagonal whole. Strips of both are `stride` bytes apart. */
function add_lower(n: i32, k: i32, a: usize, b: usize, stride: usize, c: usize, row_c: usize): void {
  for (let i = 0; i < n; i += 4 * STRIPS) {
    const end = min(n, i + 4 * STRIPS);
    for (let j = 0; j < end; j += 4) {
      const bj = b + <usize>(j >> 2) * stride;
      for (let s = max(i, j); s < end; s += 4) {
        tile_f64_4x4(k, a + <usize>(s >> 2) * stride, bj, c + <usize>s * row_c + ((<usize>j) << 3), row_c);
      }
    }
  }
}

/**
 * p = a by strips of four columns, in double precision.
 *
 *   a  f32[k,n]      row-major, lda elements a row; n a multiple of 4
 *   p  f64[n/4,k,4]  overwritten
 */
export function pack_f32_to_f64_4(k: i32, n: i32, a: F32Pointer, lda: i32, p: F64Pointer): void {
  need((n & 3) == 0 && lda >= n);
  const row = (<usize>lda) << 2;
  for (let j = 0; j < n; j += 4, a += 16) {
    let from = a;
    for (let i = 0; i < k; i++, from += row, p += 32) {
      const x = v128.load(from);
      v128.store(p, f64x2.promote_low_f32x4(x));
      v128.store(p, f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 0, 1)), 16);
    }
  }
}

/**
 * The lower triangle of g[n,n] += a^T a; what of tiles on the diagonal lies above it is computed, too.
 *
 *   p  f64[n/4,k,4]  the columns of a, packed by pack_f32_to_f64_4
 *   g  f64[n,n]      row-major; n a multiple of 4
 *
 * Order  g, then a[0,i] a[0,j] + a[1,i] a[1,j] + ..., left to right.
 * Error  |g' - g| <= gamma(k+1) (|a|^T|a| + |g|), gamma(k) = k u / (1 - k u), u = 2^-53   [Higham 2002, 3.5]
 */
export function gram_f64_4x4(n: i32, k: i32, p: F64Pointer, g: F64Pointer): void {
  need((n & 3) == 0);
  add_lower(n, k, p, p, (<usize>k) << 5, g, (<usize>n) << 3);
}

/**
 * c += a^T b, all of it.
 *
 *   a, b  f64[n/4,k,4]  packed as for gram_f64_4x4
 *   c     f64[n,n]      row-major
 *
 * Order and error as there.
 */
export function cross_f64_4x4(n: i32, k: i32, a: F64Pointer, b: F64Pointer, c: F64Pointer): void {
  need((n & 3) == 0);
  const stride = (<usize>k) << 5;
  const row = (<usize>n) << 3;
  for (let i = 0; i < n; i += 4 * STRIPS) {
    const end = min(n, i + 4 * STRIPS);
    for (let j = 0; j < n; j += 4) {
      const bj = b + <usize>(j >> 2) * stride;
      for (let s = i; s < end; s += 4) {
        tile_f64_4x4(k, a + <usize>(s >> 2) * stride, bj, c + <usize>s * row + ((<usize>j) << 3), row);
      }
    }
  }
}

/** a[0..m, 0..m] = its Cholesky factor, unblocked; the first pivot that is not positive, or -1. */
function factor(m: i32, a: usize, row: usize): i32 {
  for (let j = 0; j < m; j++) {
    const aj = a + <usize>j * row;
    for (let i = 0; i <= j; i++) {
      const ai = a + <usize>i * row;
      let sum = load<f64>(aj + ((<usize>i) << 3));
      for (let p: usize = 0; p < (<usize>i) << 3; p += 8) sum -= load<f64>(ai + p) * load<f64>(aj + p);
      if (i < j) {
        store<f64>(aj + ((<usize>i) << 3), sum / load<f64>(ai + ((<usize>i) << 3)));
      } else {
        // Not `sum <= 0`: a NaN is no pivot either.
        if (!(sum > 0)) return j;
        store<f64>(aj + ((<usize>i) << 3), sqrt(sum));
      }
    }
  }
  return -1;
}

/** Four rows of the panel below a factorised block: x[m,4], packed, such that x L^T is what was there. */
function solve_strip(m: i32, l: usize, row: usize, x: usize): void {
  for (let c = 0; c < m; c++, l += row) {
    const at = x + ((<usize>c) << 5);
    let x_01 = v128.load(at);
    let x_23 = v128.load(at, 16);
    for (let p = 0; p < c; p++) {
      const factor = v128.load_splat<f64>(l + ((<usize>p) << 3));
      const from = x + ((<usize>p) << 5);
      x_01 = f64x2.sub(x_01, f64x2.mul(factor, v128.load(from)));
      x_23 = f64x2.sub(x_23, f64x2.mul(factor, v128.load(from, 16)));
    }
    const pivot = v128.load_splat<f64>(l + ((<usize>c) << 3));
    v128.store(at, f64x2.div(x_01, pivot));
    v128.store(at, f64x2.div(x_23, pivot), 16);
  }
}

/**
 * Overwrites the lower triangle of a symmetric matrix with its Cholesky factor L, A = L L^T. Returns -1, or the first
 * column whose pivot is not positive: then the matrix is not positive definite to working precision, and what stands in a
 * is of no use. What lies above the diagonal of a is overwritten within its blocks and otherwise not read.
 *
 *   a        f64[n,n]      row-major, n a multiple of 4
 *   scratch  f64[2,n,64]
 *
 * Error  where it returns -1, A + E is positive semidefinite for some |E| <= gamma(n+1) / (1 - gamma(n+1)) trace(A), in the
 *        2-norm, whatever the order of the sums   [Demmel 1989; Rump 2006, "Verification of positive definiteness", 2.2]
 */
export function cholesky_f64(n: i32, a: F64Pointer, scratch: F64Pointer): i32 {
  need((n & 3) == 0);
  const row = (<usize>n) << 3;
  for (let j = 0; j < n; j += BLOCK) {
    const m = min(BLOCK, n - j);
    const diagonal = a + <usize>j * row + ((<usize>j) << 3);
    const failed = factor(m, diagonal, row);
    if (failed >= 0) return j + failed;
    const below = n - j - m;
    const stride = (<usize>m) << 5;
    const minus = scratch + <usize>(below >> 2) * stride;
    for (let i = 0; i < below; i += 4) {
      const strip = scratch + <usize>(i >> 2) * stride;
      const from = diagonal + <usize>(m + i) * row;
      for (let r = 0; r < 4; r++) {
        for (let c = 0; c < m; c++) {
          const to = strip + ((<usize>c) << 5) + ((<usize>r) << 3);
          store<f64>(to, load<f64>(from + <usize>r * row + ((<usize>c) << 3)));
        }
      }
      solve_strip(m, diagonal, row, strip);
      const negative = minus + <usize>(i >> 2) * stride;
      for (let c: usize = 0; c < stride; c += 16) v128.store(negative + c, f64x2.neg(v128.load(strip + c)));
      for (let r = 0; r < 4; r++) {
        for (let c = 0; c < m; c++) {
          const value = load<f64>(strip + ((<usize>c) << 5) + ((<usize>r) << 3));
          store<f64>(from + <usize>r * row + ((<usize>c) << 3), value);
        }
      }
    }
    const trailing = diagonal + <usize>m * row + ((<usize>m) << 3);
    add_lower(below, m, scratch, minus, stride, trailing, row);
  }
  return -1;
}

/**
 * The lower triangle of b = s I - a, s on the diagonal from `size` on: what cholesky_f64 is asked about.
 *
 *   a, b  f64[n,n]  row-major; of a the lower triangle is read
 */
export function shift_f64(n: i32, size: i32, s: f64, a: F64Pointer, b: F64Pointer): void {
  const row = (<usize>n) << 3;
  for (let i = 0; i < n; i++, a += row, b += row) {
    for (let j = 0; j <= i; j++) store<f64>(b + ((<usize>j) << 3), -load<f64>(a + ((<usize>j) << 3)));
    const diagonal = b + ((<usize>i) << 3);
    store<f64>(diagonal, i < size ? s + load<f64>(diagonal) : s);
  }
}

/** Copies the lower triangle of a matrix into its upper one.   a  f64[n,n] */
export function mirror_f64(n: i32, a: F64Pointer): void {
  const row = (<usize>n) << 3;
  // Blocks of 32 x 32, both halves of which stay in the first-level cache.
  for (let i0 = 0; i0 < n; i0 += 32) {
    for (let j0 = 0; j0 <= i0; j0 += 32) {
      for (let i = i0; i < min(n, i0 + 32); i++) {
        for (let j = j0; j < min(i, j0 + 32); j++) {
          const value = load<f64>(a + <usize>i * row + ((<usize>j) << 3));
          store<f64>(a + <usize>j * row + ((<usize>i) << 3), value);
        }
      }
    }
  }
}

/** y = a x.   a  f64[m,n], x  f64[n], y  f64[m]; a row-major, n a multiple of 8. Order: each row as dot_f64. */
export function matvec_f64(m: i32, n: i32, a: F64Pointer, x: F64Pointer, y: F64Pointer): void {
  need((n & 7) == 0);
  const row = (<usize>n) << 3;
  for (let i = 0; i < m; i++, a += row, y += 8) store<f64>(y, dot_f64(n, a, x));
}
