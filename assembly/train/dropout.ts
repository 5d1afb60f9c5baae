/**
 * Dropout with masks that are a function of a counter: Philox 4x32-10 (Salmon et al. 2011; src/numeric/random.ts is its twin),
 * four blocks at a time. A mask is drawn again wherever it is needed, stored nowhere.
 *
 * Element e of row r, with e = 32 group + 8 word + 4 half + lane, is judged by 16 bits: half `half` of word `word` of the
 * block with the counter (4 group + lane, r, draw, stream). It is kept where these are at least `threshold`: dropped with
 * probability threshold / 65536. What is kept is multiplied by `scale`.
 */
import { MULTIPLIER_0, MULTIPLIER_1, multiply_high, WEYL_0, WEYL_1 } from "../support/philox";
import { F32Pointer } from "../support/pointer";

/** `scale` where the 16 bits are at least the threshold, else 0. */
function factors(bits: v128, threshold: v128, scale: v128): v128 {
  return v128.and(scale, i32x4.ge_s(bits, threshold));
}

/** y = x f, or with `adds` y += x f, on the first `n` of four lanes. */
function apply(n: i32, f: v128, adds: bool, x: usize, y: usize): void {
  if (n >= 4) {
    const scaled = f32x4.mul(v128.load(x), f);
    v128.store(y, adds ? f32x4.add(v128.load(y), scaled) : scaled);
    return;
  }
  for (let i = 0; i < n; i++, x += 4, y += 4) {
    const factor = i == 0 ? f32x4.extract_lane(f, 0) : i == 1 ? f32x4.extract_lane(f, 1) : f32x4.extract_lane(f, 2);
    const scaled = load<f32>(x) * factor;
    store<f32>(y, adds ? load<f32>(y) + scaled : scaled);
  }
}

function masked(
  rows: i32,
  n: i32,
  threshold: i32,
  scale: f32,
  key_0: i32,
  key_1: i32,
  row: i32,
  draw: i32,
  stream: i32,
  adds: bool,
  x: usize,
  y: usize,
): void {
  const scale_4 = f32x4.splat(scale);
  const threshold_4 = i32x4.splat(threshold);
  const low_16 = i32x4.splat(0xffff);
  const m0 = i32x4.splat(MULTIPLIER_0);
  const m1 = i32x4.splat(MULTIPLIER_1);
  for (let r = 0; r < rows; r++) {
    for (let e = 0; e < n; e += 32) {
      const block = e >> 3;
      let x0 = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
      let x1 = i32x4.splat(row + r);
      let x2 = i32x4.splat(draw);
      let x3 = i32x4.splat(stream);
      let k0 = key_0;
      let k1 = key_1;
      for (let round = 0; round < 10; round++, k0 += WEYL_0, k1 += WEYL_1) {
        const high_0 = multiply_high(m0, x0);
        const high_1 = multiply_high(m1, x2);
        const low_0 = i32x4.mul(m0, x0);
        const low_1 = i32x4.mul(m1, x2);
        x0 = v128.xor(v128.xor(high_1, x1), i32x4.splat(k0));
        x1 = low_1;
        x2 = v128.xor(v128.xor(high_0, x3), i32x4.splat(k1));
        x3 = low_0;
      }
      for (let word = 0; word < 4; word++) {
        const bits = word == 0 ? x0 : word == 1 ? x1 : word == 2 ? x2 : x3;
        const at = e + 8 * word;
        const left = n - at;
        if (left <= 0) break;
        const offset = (<usize>at) << 2;
        apply(left, factors(v128.and(bits, low_16), threshold_4, scale_4), adds, x + offset, y + offset);
        if (left <= 4) break;
        apply(left - 4, factors(i32x4.shr_u(bits, 16), threshold_4, scale_4), adds, x + offset + 16, y + offset + 16);
      }
    }
    x += (<usize>n) << 2;
    y += (<usize>n) << 2;
  }
}

/**
 * y = x scale where it is kept, 0 where it is dropped.
 *
 *   threshold      0 .. 65536, dropped of 65536
 *   key_0, key_1   of the seed
 *   row            number of the first row; draw, stream  the rest of the counter
 *   x, y           f32[rows,n], y may be x
 */
export function dropout_f32(
  rows: i32,
  n: i32,
  threshold: i32,
  scale: f32,
  key_0: i32,
  key_1: i32,
  row: i32,
  draw: i32,
  stream: i32,
  x: F32Pointer,
  y: F32Pointer,
): void {
  masked(rows, n, threshold, scale, key_0, key_1, row, draw, stream, false, x, y);
}

/** dx += dy scale where `dropout_f32` with the same counter keeps.   dy, dx  f32[rows,n] */
export function dropout_grad_f32(
  rows: i32,
  n: i32,
  threshold: i32,
  scale: f32,
  key_0: i32,
  key_1: i32,
  row: i32,
  draw: i32,
  stream: i32,
  dy: F32Pointer,
  dx: F32Pointer,
): void {
  masked(rows, n, threshold, scale, key_0, key_1, row, draw, stream, true, dy, dx);
}
