/**
 * Products with a matrix that is mostly zero, given by its entries: 8 bytes each, i32 the column (or the row), f32 the value.
 *
 * A term that is left out is x w with x = +-0 and w finite, hence +-0; and a sum changes by it only where it is -0. The sums
 * here start at what is in c: where that holds no -0 they have, bit for bit, the value of the dense product (gemm.ts),
 * which takes the same terms in the same order.
 */
import { need } from "../support/need";
import { EntryPointer, F32Pointer, I32Pointer } from "../support/pointer";
import { copy_block, madd } from "../support/tile";

/** Columns of a panel of the dense matrix, ten registers wide; the last is half as wide if that holds what is left. */
const WIDE: i32 = 40;
const NARROW: i32 = 20;

/** How many of n floats are not zero.   x  f32[n] */
export function count_nonzero_f32(n: i32, x: F32Pointer): i32 {
  const end = x + ((<usize>n) << 2);
  const zero = f32x4.splat(0);
  let lanes = i32x4.splat(0); // minus the count
  for (; x + 16 <= end; x += 16) lanes = i32x4.add(lanes, f32x4.ne(v128.load(x), zero));
  let count = -(
    i32x4.extract_lane(lanes, 0) +
    i32x4.extract_lane(lanes, 1) +
    i32x4.extract_lane(lanes, 2) +
    i32x4.extract_lane(lanes, 3)
  );
  for (; x < end; x += 4) count += i32(load<f32>(x) != 0);
  return count;
}

/**
 * The entries of each row of x, columns ascending.
 *
 *   x        f32[rows,n]
 *   starts   i32[rows+1]  entries of row r: starts[r] up to starts[r+1]
 *   entries  entry[starts[rows]+1]  the last of them may be overwritten, too
 */
export function compress_rows_f32(rows: i32, n: i32, x: F32Pointer, starts: I32Pointer, entries: EntryPointer): void {
  need(rows >= 0 && n >= 0);
  const zero = f32x4.splat(0);
  const whole = n & ~3;
  const first = entries;
  store<i32>(starts, 0);
  for (let r = 0; r < rows; r++) {
    let c = 0;
    for (; c < whole; c += 4, x += 16) {
      if (!v128.any_true(f32x4.ne(v128.load(x), zero))) continue;
      // Written whether it counts or not; what does not is overwritten by the next.
      entries = append(c, load<f32>(x), entries);
      entries = append(c + 1, load<f32>(x, 4), entries);
      entries = append(c + 2, load<f32>(x, 8), entries);
      entries = append(c + 3, load<f32>(x, 12), entries);
    }
    for (; c < n; c++, x += 4) entries = append(c, load<f32>(x), entries);
    starts += 4;
    store<i32>(starts, <i32>((entries - first) >> 3));
  }
}

/** Writes an entry; returns where the next goes. */
function append(at: i32, x: f32, entry: usize): usize {
  store<i32>(entry, at);
  store<f32>(entry, x, 4);
  return entry + ((<usize>(x != 0)) << 3);
}

/**
 * The entries of the transpose: those of each column, rows ascending.
 *
 *   starts      i32[rows+1]  as compress_rows_f32 gives them
 *   entries     entry[starts[rows]]
 *   starts_t    i32[n+1]             entries of column c: starts_t[c] up to starts_t[c+1]
 *   entries_t   entry[starts[rows]]  each with its row
 */
export function transpose_entries(
  rows: i32,
  n: i32,
  starts: I32Pointer,
  entries: EntryPointer,
  starts_t: I32Pointer,
  entries_t: EntryPointer,
): void {
  need(rows >= 0 && n >= 0);
  // Counts one place on; their sums are the starts; each entry moves its column's start on, to that of the next.
  memory.fill(starts_t, 0, (<usize>n + 1) << 2);
  const end = entries + ((<usize>load<i32>(starts + ((<usize>rows) << 2))) << 3);
  const counts = starts_t + 8;
  for (let e = entries; e < end; e += 8) {
    const c = load<i32>(e);
    if (c + 2 > n) continue; // nobody starts behind the last column
    const at = counts + ((<usize>c) << 2);
    store<i32>(at, load<i32>(at) + 1);
  }
  let sum = 0;
  for (let at = starts_t + 4, last = starts_t + ((<usize>n) << 2); at <= last; at += 4) {
    sum += load<i32>(at);
    store<i32>(at, sum);
  }
  let e = entries;
  for (let r = 0; r < rows; r++) {
    starts += 4;
    const row_end = entries + ((<usize>load<i32>(starts)) << 3);
    for (; e < row_end; e += 8) {
      const at = starts_t + 4 + ((<usize>load<i32>(e)) << 2);
      const place = load<i32>(at);
      store<i32>(at, place + 1);
      const to = entries_t + ((<usize>place) << 3);
      store<i32>(to, r);
      store<f32>(to, load<f32>(e, 4), 4);
    }
  }
}

/**
 * Panels of 40 columns, the last one of 20 if no more are left, the form in which gemm_sparse_f32_40 reads its right-hand
 * matrix. Values smaller than `floor` in magnitude are packed as zero (pack.ts).
 *
 *   b  f32[k,n]               row-major, ldb elements a row
 *   p  f32[k,20 ceil(n/20)]   panel after panel; columns beyond n zero
 */
export function pack_b_f32_40(k: i32, n: i32, b: F32Pointer, ldb: i32, floor: f32, p: F32Pointer): void {
  need(k >= 0 && n >= 0 && ldb >= n);
  const least = f32x4.splat(floor);
  const row = (<usize>ldb) << 2;
  for (let j = 0; j < n; j += WIDE, b += (<usize>WIDE) << 2) {
    const width = n - j > NARROW ? WIDE : NARROW;
    const columns = min(width, n - j);
    const whole = (<usize>(columns & ~3)) << 2;
    const end = (<usize>columns) << 2;
    const bytes = (<usize>width) << 2;
    let source = b;
    for (let i = 0; i < k; i++, source += row, p += bytes) {
      let at: usize = 0;
      for (; at < whole; at += 16) {
        const x = v128.load(source + at);
        v128.store(p + at, v128.andnot(x, f32x4.lt(f32x4.abs(x), least)));
      }
      for (; at < end; at += 4) {
        const x = load<f32>(source + at);
        store<f32>(p + at, abs(x) < floor ? 0 : x);
      }
      for (; at < bytes; at += 4) store<f32>(p + at, 0);
    }
  }
}

/**
 * c[m,n] += a[m,k] . b[k,n], a by the entries of its rows.
 *
 *   starts   i32[m+1]              entries of row i of a: starts[i] up to starts[i+1], columns in [0, k)
 *   entries  entry[starts[m]]
 *   b        f32[k,20 ceil(n/20)]  packed by pack_b_f32_40
 *   c        f32[m,n]              row-major, ldc elements a row; columns from n on are never touched
 *   scratch  f32[40]               overwritten
 *
 * Order  c[i,j] + a[i,p] b[p,j] + ..., the entries of the row one after another.
 * Error  as gemm_f32_4x8
 */
export function gemm_sparse_f32_40(
  m: i32,
  n: i32,
  k: i32,
  starts: I32Pointer,
  entries: EntryPointer,
  b: F32Pointer,
  c: F32Pointer,
  ldc: i32,
  scratch: F32Pointer,
): void {
  need(m >= 0 && n >= 0 && k >= 0 && ldc >= n);
  const row_c = (<usize>ldc) << 2;
  for (let j = 0; j < n; j += WIDE, c += (<usize>WIDE) << 2) {
    const width = n - j > NARROW ? WIDE : NARROW;
    const columns = min(width, n - j);
    let ci = c;
    let at = starts;
    let e = entries + ((<usize>load<i32>(at)) << 3);
    for (let i = 0; i < m; i++, ci += row_c) {
      at += 4;
      const end = entries + ((<usize>load<i32>(at)) << 3);
      if (e == end) continue;
      if (columns == WIDE) {
        row_40(e, end, b, ci);
      } else if (columns == NARROW) {
        row_20(e, end, b, ci);
      } else {
        copy_block(1, columns, ci, 0, scratch, 0);
        if (width == WIDE) row_40(e, end, b, scratch);
        else row_20(e, end, b, scratch);
        copy_block(1, columns, scratch, 0, ci, 0);
      }
      e = end;
    }
    b += (<usize>k * <usize>width) << 2;
  }
}

/**
 * c += sum of x b[p] over the entries (p, x).   b  f32[k,40], c  f32[40]
 *
 * Three ways out of the loop that are never taken, as in tile.ts: each ends a block, so that V8 does not load all of b's
 * row before it computes. Ten accumulators, four loads and x are what fifteen registers hold.
 */
function row_40(e: usize, end: usize, b: usize, c: usize): void {
  let c0 = v128.load(c);
  let c1 = v128.load(c, 16);
  let c2 = v128.load(c, 32);
  let c3 = v128.load(c, 48);
  let c4 = v128.load(c, 64);
  let c5 = v128.load(c, 80);
  let c6 = v128.load(c, 96);
  let c7 = v128.load(c, 112);
  let c8 = v128.load(c, 128);
  let c9 = v128.load(c, 144);
  while (e != end) {
    const row = b + <usize>load<u32>(e) * 160;
    const x = v128.load32_splat(e, 4);
    c0 = madd(c0, x, v128.load(row));
    c1 = madd(c1, x, v128.load(row, 16));
    c2 = madd(c2, x, v128.load(row, 32));
    c3 = madd(c3, x, v128.load(row, 48));
    if (row == 0) break;
    c4 = madd(c4, x, v128.load(row, 64));
    c5 = madd(c5, x, v128.load(row, 80));
    c6 = madd(c6, x, v128.load(row, 96));
    if (row == 0) break;
    c7 = madd(c7, x, v128.load(row, 112));
    c8 = madd(c8, x, v128.load(row, 128));
    c9 = madd(c9, x, v128.load(row, 144));
    e += 8;
  }
  v128.store(c, c0);
  v128.store(c, c1, 16);
  v128.store(c, c2, 32);
  v128.store(c, c3, 48);
  v128.store(c, c4, 64);
  v128.store(c, c5, 80);
  v128.store(c, c6, 96);
  v128.store(c, c7, 112);
  v128.store(c, c8, 128);
  v128.store(c, c9, 144);
}

/** The same for a narrow panel.   b  f32[k,20], c  f32[20] */
function row_20(e: usize, end: usize, b: usize, c: usize): void {
  let c0 = v128.load(c);
  let c1 = v128.load(c, 16);
  let c2 = v128.load(c, 32);
  let c3 = v128.load(c, 48);
  let c4 = v128.load(c, 64);
  while (e != end) {
    const row = b + <usize>load<u32>(e) * 80;
    const x = v128.load32_splat(e, 4);
    c0 = madd(c0, x, v128.load(row));
    c1 = madd(c1, x, v128.load(row, 16));
    c2 = madd(c2, x, v128.load(row, 32));
    c3 = madd(c3, x, v128.load(row, 48));
    c4 = madd(c4, x, v128.load(row, 64));
    e += 8;
  }
  v128.store(c, c0);
  v128.store(c, c1, 16);
  v128.store(c, c2, 32);
  v128.store(c, c3, 48);
  v128.store(c, c4, 64);
}
