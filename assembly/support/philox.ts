/** Philox 4x32-10 (Salmon et al. 2011), four blocks at a time: what its users share. src/numeric/random.ts is its twin. */

/** The factors of a round. */
export const MULTIPLIER_0: i32 = 0xd2511f53;
export const MULTIPLIER_1: i32 = 0xcd9e8d57;
/** What the key grows by from one round to the next. */
export const WEYL_0: i32 = 0x9e3779b9;
export const WEYL_1: i32 = 0xbb67ae85;

/** The high halves of the four products of unsigned 32-bit integers. */
export function multiply_high(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(i64x2.extmul_low_i32x4_u(a, b), i64x2.extmul_high_i32x4_u(a, b), 1, 3, 5, 7);
}

/**
 * Ten rounds: the words of the four blocks whose counters are (first + lane, c1, c2, c3), word w of block l at words + 16 w + 4 l.
 * Dropout has the same rounds once more, since its words stay in registers.
 */
export function philox_4(first: i32, c1: i32, c2: i32, c3: i32, key_0: i32, key_1: i32, words: usize): void {
  const m0 = i32x4.splat(MULTIPLIER_0);
  const m1 = i32x4.splat(MULTIPLIER_1);
  let x0 = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
  let x1 = i32x4.splat(c1);
  let x2 = i32x4.splat(c2);
  let x3 = i32x4.splat(c3);
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
  v128.store(words, x0);
  v128.store(words, x1, 16);
  v128.store(words, x2, 32);
  v128.store(words, x3, 48);
}
