/**
 * Plain data as bytes and back, exactly: JSON in which typed arrays, and the numbers that JSON does not know, are replaced
 * by notes, then the elements of the arrays. Unlike V8's serialisation the bytes are the same under every engine.
 *
 *     u32  length of the JSON
 *          the JSON, UTF-8, with spaces behind it up to a multiple of 8 bytes, so that the arrays can be read where they lie
 *          the arrays, little-endian, one behind the other
 */
import { outOfRange } from "../check.ts";
import {
  type DType,
  dtypeOf,
  ITEM_SIZE,
  littleEndianOf,
  type NumberArray,
  viewOfLittleEndian,
} from "../data/little-endian.ts";

/** What a record holds: JSON's values, any f64, typed arrays. A key without a value (undefined) is left out. */
export type Plain =
  | null
  | undefined
  | boolean
  | number
  | string
  | NumberArray
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** What stands in the JSON for an array or a number. No key of a user's begins with it. */
const NOTE = "\u0000";

const ALIGNMENT = 8;
const SPACE = 0x20;

const UNUSUAL: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
  "-0": -0,
};

export function encodeRecord(value: Plain): Uint8Array<ArrayBuffer> {
  const arrays: Uint8Array[] = [];
  const json = JSON.stringify(noted(value, arrays));
  const head = new TextEncoder().encode(json ?? "null");
  const start = Math.ceil((4 + head.length) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(start + arrays.reduce((sum, array) => sum + array.length, 0));
  new DataView(bytes.buffer).setUint32(0, start - 4, true);
  bytes.set(head, 4);
  bytes.fill(SPACE, 4 + head.length, start);
  let at = start;
  for (const array of arrays) {
    bytes.set(array, at);
    at += array.length;
  }
  return bytes;
}

function noted(value: Plain, arrays: Uint8Array[]): unknown {
  if (typeof value === "number") {
    if (Number.isFinite(value) && !Object.is(value, -0)) return value;
    return { [`${NOTE}number`]: Object.is(value, -0) ? "-0" : String(value) };
  }
  if (typeof value !== "object" || value === null) {
    if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint") {
      outOfRange("record", "JSON's values, numbers and typed arrays", typeof value);
    }
    return value;
  }
  if (ArrayBuffer.isView(value)) {
    const array = value as NumberArray;
    const dtype = dtypeOf("record", array);
    arrays.push(littleEndianOf(array));
    return { [`${NOTE}array`]: [dtype, array.length] };
  }
  if (Array.isArray(value)) return value.map((item: Plain) => noted(item, arrays));
  return Object.fromEntries(
    Object.entries(value as Record<string, Plain>).map(([key, item]) => {
      if (key.startsWith(NOTE)) outOfRange("record", "keys that do not begin with a NUL", JSON.stringify(key));
      return [key, noted(item, arrays)];
    }),
  );
}

/** What `encodeRecord` was given; its arrays are views of the bytes where these are aligned. Throws for bytes that it did not write. */
export function decodeRecord(bytes: Uint8Array): Plain {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(4, 4 + length)));
  let at = 4 + length;
  const read = (dtype: DType, count: number): NumberArray => {
    const end = at + count * ITEM_SIZE[dtype];
    if (end > bytes.length) outOfRange("record", `${end} bytes`, `${bytes.length}`);
    const array = viewOfLittleEndian(bytes.subarray(at, end), dtype);
    at = end;
    return array;
  };
  const restored = (value: unknown): Plain => {
    if (typeof value !== "object" || value === null) return value as Plain;
    if (Array.isArray(value)) return value.map(restored);
    const note = value as Record<string, unknown>;
    const number = note[`${NOTE}number`];
    if (typeof number === "string") return UNUSUAL[number] as number;
    const array = note[`${NOTE}array`];
    if (Array.isArray(array)) return read(array[0] as DType, array[1] as number);
    return Object.fromEntries(Object.entries(note).map(([key, item]) => [key, restored(item)]));
  };
  return restored(json);
}
