/**
 * Typed arrays as little-endian bytes and back: the one byte order of everything that leaves the library (NPY files,
 * tfjs shards, digests), whatever the processor. On a little-endian host, which is every common one, it is a copy.
 */
import { outOfRange } from "../check.ts";

/** The arrays that files and digests hold. */
export type NumberArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;
/** The type of an element, by its kind and its bits. */
export type DType = "f32" | "f64" | "i32" | "u32" | "u8";

/** Whether typed arrays lie in memory as they do in files. */
export const HOST_IS_LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Bytes of one element. */
export const ITEM_SIZE: Readonly<Record<DType, number>> = { f32: 4, f64: 8, i32: 4, u32: 4, u8: 1 };

/** The element type of an array. A RangeError names `subject` if it is one that files do not hold. */
export function dtypeOf(subject: string, array: NumberArray): DType {
  if (array instanceof Float32Array) return "f32";
  if (array instanceof Float64Array) return "f64";
  if (array instanceof Int32Array) return "i32";
  if (array instanceof Uint32Array) return "u32";
  if (array instanceof Uint8Array) return "u8";
  return outOfRange(subject, "an array of f32, f64, i32, u32 or u8", array);
}

/** Reverses every group of `width` bytes in place: big-endian to little-endian, and back. */
export function reverseBytes(bytes: Uint8Array, width: number): void {
  if (width > 1) for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/** A copy of the elements as little-endian bytes. */
export function toLittleEndian(array: NumberArray): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(array.byteLength);
  bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  if (!HOST_IS_LITTLE) reverseBytes(bytes, array.BYTES_PER_ELEMENT);
  return bytes;
}

/** The elements as little-endian bytes to be read only: the array's own where the host allows it. */
export function littleEndianOf(array: NumberArray): Uint8Array {
  return HOST_IS_LITTLE ? new Uint8Array(array.buffer, array.byteOffset, array.byteLength) : toLittleEndian(array);
}

/** The elements that little-endian `bytes` hold; their number is a whole multiple of the element size. */
export function fromLittleEndian(bytes: Uint8Array, dtype: DType): NumberArray {
  const copy = new Uint8Array(bytes.length); // aligned, and the caller's bytes stay theirs
  copy.set(bytes);
  if (!HOST_IS_LITTLE) reverseBytes(copy, ITEM_SIZE[dtype]);
  switch (dtype) {
    case "f32":
      return new Float32Array(copy.buffer);
    case "f64":
      return new Float64Array(copy.buffer);
    case "i32":
      return new Int32Array(copy.buffer);
    case "u32":
      return new Uint32Array(copy.buffer);
    case "u8":
      return copy;
  }
}

const KINDS = { f32: Float32Array, f64: Float64Array, i32: Int32Array, u32: Uint32Array, u8: Uint8Array };

/** The same elements as a view of these bytes where the host allows it and they are aligned, otherwise as a copy. */
export function viewOfLittleEndian(bytes: Uint8Array, dtype: DType): NumberArray {
  const size = ITEM_SIZE[dtype];
  if (!HOST_IS_LITTLE || bytes.byteOffset % size !== 0) return fromLittleEndian(bytes, dtype);
  const Kind = KINDS[dtype] as new (buffer: ArrayBufferLike, at: number, length: number) => NumberArray;
  return new Kind(bytes.buffer, bytes.byteOffset, bytes.length / size);
}
