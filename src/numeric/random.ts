/**
 * A counter-based random generator: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as
 * 1, 2, 3", SC 2011). Number i of stream (seed, stream) is a function of the three alone, so no draw depends on
 * how many were made before it, on which worker. Integers only: the same on every machine.
 */
import { requireInteger } from "../check.ts";
import { normalQuantile } from "./normal.ts";

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** The high 32 bits of the product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const carry = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + (middle >>> 16) + Math.floor(carry / 65536)) >>> 0;
}

/**
 * Ten rounds of Philox: four 32-bit words from a 128-bit counter and a 64-bit key. Words are kept in typed arrays: half of them
 * are above 2^31, which an engine would put on its heap one by one.
 *
 * @param counter u32[4]
 * @param key u32[2]
 * @param words u32[4], the result
 */
export function philox(
  counter: ArrayLike<number>,
  key: ArrayLike<number>,
  words: Uint32Array = new Uint32Array(4),
): Uint32Array {
  let x0 = counter[0] as number;
  let x1 = counter[1] as number;
  let x2 = counter[2] as number;
  let x3 = counter[3] as number;
  let k0 = key[0] as number;
  let k1 = key[1] as number;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, x0);
    const high1 = multiplyHigh(MULTIPLIER_1, x2);
    const low0 = Math.imul(MULTIPLIER_0, x0) >>> 0;
    const low1 = Math.imul(MULTIPLIER_1, x2) >>> 0;
    x0 = (high1 ^ x1 ^ k0) >>> 0;
    x1 = low1;
    x2 = (high0 ^ x3 ^ k1) >>> 0;
    x3 = low0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  words[0] = x0;
  words[1] = x1;
  words[2] = x2;
  words[3] = x3;
  return words;
}

/** Random numbers addressed by index. `stream` separates uses of one seed (one per layer, one per purpose). */
export class Random {
  private readonly key: Uint32Array;
  private readonly counter: Uint32Array;
  /** Of the block that was made last. */
  private readonly words = new Uint32Array(4);

  /** Throws unless `seed` is a whole number in [0, 2^53) and `stream` one in [0, 2^32). */
  constructor(seed: number, stream = 0) {
    requireInteger("seed", seed, 0, 2 ** 53 - 1);
    requireInteger("stream", stream, 0, 0xffffffff);
    this.key = Uint32Array.of(seed >>> 0, Math.floor(seed / 2 ** 32));
    this.counter = Uint32Array.of(0, 0, stream, 0);
  }

  /** Turns to another stream of the seed; returns these random numbers. Throws unless it is a whole number in [0, 2^32). */
  setStream(stream: number): this {
    this.counter[2] = requireInteger("stream", stream, 0, 0xffffffff);
    return this;
  }

  /** Block `index` of one of the stream's sequences: four words, which the next call replaces. */
  private block(index: number, sequence: number): Uint32Array {
    this.counter[0] = index >>> 0;
    this.counter[1] = Math.floor(index / 2 ** 32);
    this.counter[3] = sequence;
    return philox(this.counter, this.key, this.words);
  }

  /** Number `index` of the stream, uniform in [0, 1) with 53 bits. */
  uniform(index: number): number {
    const words = this.block(index, 0);
    return (((words[0] as number) >>> 5) * 67108864 + ((words[1] as number) >>> 6)) / 9007199254740992;
  }

  /**
   * Number `index` of the stream, uniform over the whole numbers 0 <= i < n, n <= 2^32; bias below n / 2^53. Throws
   * for any other n.
   */
  integer(index: number, n: number): number {
    requireInteger("random integer range", n, 1, 2 ** 32);
    return Math.floor(this.uniform(index) * n);
  }

  /**
   * Fills an array with numbers uniform in [-limit, limit), 24 bits each: four of a block of Philox, so that millions
   * take a second. They are none of those of `uniform`: number i is word i mod 4 of block i / 4 of a counter of its
   * own. `out` is f32[...] of any length.
   */
  fill(out: Float32Array, limit: number): void {
    const step = limit / 8388608;
    for (let i = 0; i < out.length; i += 4) {
      const words = this.block(i / 4, 1);
      const end = Math.min(4, out.length - i);
      for (let lane = 0; lane < end; lane++) out[i + lane] = ((words[lane] as number) >>> 8) * step - limit;
    }
  }

  /**
   * Fills an array with numbers from N(0, deviation^2): out[i] is number `first` + i of a sequence of its own, the normal
   * quantile of (w + 1/2) / 2^32, where w is word i mod 4 of block i / 4 of Philox. No number is beyond 6.34
   * deviations. `out` is f32[...] or f64[...] of any length. Throws where `first` is not a whole number.
   */
  fillNormal(out: Float32Array | Float64Array, deviation = 1, first = 0): void {
    requireInteger("first", first, 0);
    for (let i = 0; i < out.length; i++) {
      const lane = (first + i) % 4;
      if (i === 0 || lane === 0) this.block(Math.floor((first + i) / 4), 2);
      out[i] = deviation * normalQuantile(((this.words[lane] as number) + 0.5) / 4294967296);
    }
  }
}
