/**
 * Numbers of a stream of src/numeric/random.ts, to the bit, for arrays that are too long for a draw at a time: initial weights.
 * The blocks of Philox have the counter (block, 0, stream, sequence), of which an array takes those from `first` on.
 */
import { F32Pointer } from "../support/pointer";
import { philox_4 } from "../support/philox";

/**
 * y = limit (2 u - 1), where u are the uniform numbers `first` and on of the stream, of 53 bits, one of each block of sequence 0.
 *
 *   key_0, key_1   of the seed
 *   scratch        f32[16]
 *   y              f32[n]
 */
export function uniform_f32(
  n: i32,
  first: i32,
  limit: f64,
  key_0: i32,
  key_1: i32,
  stream: i32,
  y: F32Pointer,
  scratch: F32Pointer,
): void {
  for (let i = 0; i < n; i += 4) {
    philox_4(first + i, 0, stream, 0, key_0, key_1, scratch);
    const end = min(4, n - i);
    for (let lane = 0; lane < end; lane++, y += 4) {
      const at = scratch + ((<usize>lane) << 2);
      const high = <f64>(load<u32>(at) >>> 5);
      const low = <f64>(load<u32>(at, 16) >>> 6);
      store<f32>(y, <f32>(limit * (2 * ((high * 67108864 + low) / 9007199254740992) - 1)));
    }
  }
}

/**
 * y = uniform in [-limit, limit), 24 bits each: number i is word i mod 4 of block `first` + i / 4 of sequence 1.
 *
 *   scratch   f32[16]
 *   y         f32[n]
 */
export function uniform_24_f32(
  n: i32,
  first: i32,
  limit: f64,
  key_0: i32,
  key_1: i32,
  stream: i32,
  y: F32Pointer,
  scratch: F32Pointer,
): void {
  const step = limit / 8388608;
  for (let i = 0; i < n; i += 16) {
    philox_4(first + (i >> 2), 0, stream, 1, key_0, key_1, scratch);
    const end = min(16, n - i);
    for (let e = 0; e < end; e++, y += 4) {
      const at = scratch + <usize>(((e & 3) << 4) + (e & ~3));
      store<f32>(y, <f32>(<f64>(load<u32>(at) >>> 8) * step - limit));
    }
  }
}
