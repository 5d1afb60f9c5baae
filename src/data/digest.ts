/**
 * SHA-256 of numbers. Two runs agree bit for bit exactly if their digests agree.
 *
 * The canonical bytes of a set of named arrays: the line `blindspot arrays 1`, then for every array, in the order of
 * its name by UTF-16 code units, the line JSON.stringify([name, dtype, shape]) and the elements, row-major and
 * little-endian. Lines end in one line feed. Equal bytes mean equal names, types, shapes and elements. -0 and 0 differ;
 * NaN is refused, because it has many bit patterns and is no result.
 */
import { outOfRange } from "../check.ts";
import type { Dataset } from "./dataset.ts";
import { dtypeOf, littleEndianOf, type NumberArray } from "./little-endian.ts";

/** An array and its shape; without one, a vector. */
export interface NamedArray {
  data: NumberArray;
  shape?: readonly number[];
}

/** Arrays by name. */
export type NamedArrays = Readonly<Record<string, NamedArray>>;

const HEADER = "blindspot arrays 1\n";

/** SHA-256 of bytes, as 64 lower-case hexadecimal digits. */
export async function digestBytes(bytes: Uint8Array): Promise<string> {
  // Web Crypto takes no shared memory.
  const own = bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
  const hash = new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", own));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The canonical bytes of the arrays, as the head of this file defines them. */
export function canonicalBytes(arrays: NamedArrays): Uint8Array {
  const parts: Uint8Array[] = [new TextEncoder().encode(HEADER)];
  for (const name of Object.keys(arrays).sort()) {
    const { data, shape = [data.length] } = arrays[name] as NamedArray;
    const subject = `digest of ${name}`;
    const dtype = dtypeOf(subject, data);
    if (shape.reduce((product, n) => product * n, 1) !== data.length) {
      outOfRange(subject, `a shape of ${data.length} elements`, `[${shape.join(", ")}]`);
    }
    for (let i = 0; i < data.length; i++) {
      if (Number.isNaN(data[i])) outOfRange(`${subject}[${i}]`, "a number", "NaN");
    }
    parts.push(new TextEncoder().encode(`${JSON.stringify([name, dtype, shape])}\n`), littleEndianOf(data));
  }
  return joined(parts);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** SHA-256 of named arrays, as 64 lower-case hexadecimal digits. */
export async function digestArrays(arrays: NamedArrays): Promise<string> {
  return digestBytes(canonicalBytes(arrays));
}

/** SHA-256 of a model's parameters, f32, in their order. It identifies the model in a record. */
export function digestParameters(parameters: Float32Array): Promise<string> {
  return digestArrays({ parameters: { data: parameters } });
}

/** SHA-256 of the rows and labels of a set. It identifies the data in a record. */
export function digestDataset({ rows, labels }: { rows: Float32Array; labels: NumberArray }): Promise<string> {
  return digestArrays({ rows: { data: rows }, labels: { data: labels } });
}

/**
 * SHA-256 of two splits, which identifies what is trained on and tested with: of each, the training images first, the line
 * `<count> <height> <width> <channels>`, the pixels as f32 and the labels as bytes.
 */
export function digestSplits({ train, test }: Readonly<Record<"train" | "test", Dataset>>): Promise<string> {
  const parts = [train, test].flatMap(({ rows, labels, shape, count }) => [
    new TextEncoder().encode(`${count} ${shape.join(" ")}\n`),
    littleEndianOf(rows),
    Uint8Array.from(labels),
  ]);
  return digestBytes(joined(parts));
}
