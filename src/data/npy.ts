/**
 * NPY version 1.0, NumPy's own array format: magic, version, header length, a Python dict padded with spaces so that
 * the data start at a multiple of 64 bytes, then the elements. Written and read here: f32, f64, i32, u32 and u8,
 * little-endian, C order. The same array gives the same bytes.
 */
import { outOfRange, wrongType } from "../check.ts";
import { type DType, dtypeOf, fromLittleEndian, ITEM_SIZE, type NumberArray, toLittleEndian } from "./little-endian.ts";

const MAGIC = "\x93NUMPY";
const PREFIX = 10; // magic (6), version (2), header length (2)
const ALIGNMENT = 64;
const DESCR: Readonly<Record<DType, string>> = { f32: "<f4", f64: "<f8", i32: "<i4", u32: "<u4", u8: "|u1" };

/** An array and its shape; `data` holds prod(shape) elements, row-major. */
export interface Npy {
  /** The elements, row-major: of f32[...], f64[...], i32[...], u32[...] or u8[...]. */
  data: NumberArray;
  /** Extents, the outermost first; empty for a single number. */
  shape: number[];
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

/** `data` as the bytes of a .npy file; without a shape, a vector. Throws for a shape of another number of elements. */
export function writeNpy(data: NumberArray, shape: readonly number[] = [data.length]): Uint8Array<ArrayBuffer> {
  const descr = DESCR[dtypeOf("npy", data)];
  if (!shape.every((n) => Number.isInteger(n) && n >= 0) || elements(shape) !== data.length) {
    outOfRange("npy", `a shape of ${data.length} elements`, `[${shape.join(", ")}]`);
  }
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const end = Math.ceil((PREFIX + dict.length + 1) / ALIGNMENT) * ALIGNMENT;
  const length = end - PREFIX;
  const header = `${MAGIC}\x01\x00${String.fromCharCode(length & 255, length >> 8)}${dict.padEnd(length - 1)}\n`;
  const bytes = new Uint8Array(end + data.byteLength);
  bytes.set(latin1(header));
  bytes.set(toLittleEndian(data), end);
  return bytes;
}

/** The value of `key` in the header, a Python dict literal; `pattern` is what the value looks like. */
function field(subject: string, dict: string, key: string, pattern: string): string {
  const found = new RegExp(`['"]${key}['"]\\s*:\\s*${pattern}`).exec(dict);
  if (!found) outOfRange(subject, `an NPY header with '${key}'`, dict.trim());
  return found[1] as string;
}

/**
 * Reads a .npy file. Errors name `subject`. Its elements are f32[...], f64[...], i32[...], u32[...] or u8[...].
 * Throws for bytes that are no such file, are cut off, or are in Fortran order.
 */
export function readNpy(subject: string, bytes: Uint8Array): Npy {
  if (!(bytes instanceof Uint8Array)) wrongType(subject, "a Uint8Array of NPY bytes", bytes);
  const start = String.fromCharCode(...bytes.subarray(0, MAGIC.length));
  if (start !== MAGIC) outOfRange(subject, "an NPY file, which starts with \\x93NUMPY", "another start");
  if (bytes[6] !== 1) outOfRange(subject, "NPY version 1.0", `version ${bytes[6]}.${bytes[7]}`);
  const end = PREFIX + ((bytes[8] ?? 0) | ((bytes[9] ?? 0) << 8));
  if (bytes.length < Math.max(end, PREFIX)) {
    outOfRange(subject, `an NPY header of ${end} bytes`, `${bytes.length} bytes: the file is cut off`);
  }
  const dict = String.fromCharCode(...bytes.subarray(PREFIX, end));
  const descr = field(subject, dict, "descr", `['"]([^'"]*)['"]`);
  const dtype = (Object.keys(DESCR) as DType[]).find((name) => DESCR[name] === descr);
  if (!dtype) outOfRange(subject, `one of ${Object.values(DESCR).join(", ")}`, descr);
  if (field(subject, dict, "fortran_order", "(True|False)") === "True") {
    outOfRange(subject, "C order", "Fortran order");
  }
  const tuple = field(subject, dict, "shape", "\\(([\\d\\s,]*)\\)");
  const shape = tuple.split(",").flatMap((n) => (n.trim() === "" ? [] : [Number(n)]));
  if (!shape.every(Number.isSafeInteger) || !Number.isSafeInteger(8 * elements(shape))) {
    outOfRange(subject, "a shape of numbers below 2^53", `(${tuple.slice(0, 100)})`);
  }
  const expected = elements(shape) * ITEM_SIZE[dtype];
  const got = bytes.length - end;
  if (got !== expected) {
    outOfRange(
      subject,
      `${expected} bytes of ${dtype} for [${shape.join(", ")}]`,
      `${got}: the file is ${got < expected ? "cut off" : "too long"}`,
    );
  }
  return { data: fromLittleEndian(bytes.subarray(end), dtype), shape };
}
