/** Floats of 32 and of 16 bits as they lie in files, little-endian, to arrays in single precision; widening is exact. */
import { fromLittleEndian, HOST_IS_LITTLE } from "./little-endian.ts";

/** The floats that little-endian bytes hold, without a copy where memory allows it: do not write to them. */
export function floatsIn(bytes: Uint8Array): Float32Array {
  if (HOST_IS_LITTLE && bytes.byteOffset % 4 === 0) {
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  }
  return fromLittleEndian(bytes, "f32") as Float32Array;
}

/** The words of 16 bits that little-endian bytes hold. */
export function wordsIn(bytes: Uint8Array): Uint16Array {
  return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => {
    return (bytes[2 * i] as number) | ((bytes[2 * i + 1] as number) << 8);
  });
}

/** Halves [IEEE 754-2008, binary16] as floats, by their bits. */
export function widenHalves(words: ArrayLike<number>): Float32Array {
  return widen(words, halfBits);
}

/** The upper 16 bits of floats (bfloat16) as floats. */
export function widenUpper(words: ArrayLike<number>): Float32Array {
  return widen(words, (bits) => bits << 16);
}

function widen(words: ArrayLike<number>, toBits: (bits: number) => number): Float32Array {
  const wide = new Uint32Array(words.length);
  for (let i = 0; i < wide.length; i++) wide[i] = toBits(words[i] as number);
  return new Float32Array(wide.buffer);
}

/** The bits of the float that equals an IEEE half. */
function halfBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // A subnormal half, fraction 2^-24, is a normal float: its leading bit becomes the hidden one.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 1023) << 13);
}
