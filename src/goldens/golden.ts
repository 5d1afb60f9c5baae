/**
 * What a golden digest is: the SHA-256 of what one computation gives, by the part of the library it belongs to and a name. The
 * parts are files beside this one; `goldens.json` holds the digests that every machine must reach.
 */
import { digestBytes } from "../data/digest.ts";
import { littleEndianOf, type NumberArray } from "../data/little-endian.ts";

/** One computation. */
export interface Golden {
  name: string;
  /** Whether it belongs to the small run, which takes a few seconds in all. */
  isQuick: boolean;
  /** Arrays in an order of their own; text counts as its UTF-8 bytes. */
  run(): Results | Promise<Results>;
}

export type Results = readonly (NumberArray | string)[];

/** The bits of a NaN that stand for all of them: which NaN an operation makes is the processor's choice. */
const ONE_NAN = 0x7fc00000;

/**
 * Replaces each 32-bit word that reads as a NaN by the same one. Of a NaN in f64 that is the high word; its low word is zero
 * unless an input says otherwise, and no input here does.
 */
export function unifyNaN(words: Uint32Array): void {
  for (let i = 0; i < words.length; i++) {
    if (((words[i] as number) & 0x7fffffff) > 0x7f800000) words[i] = ONE_NAN;
  }
}

/** SHA-256 of results, each with its kind and its length before it, all NaN alike. */
export function digestResults(results: Results): Promise<string> {
  const parts: Uint8Array[] = [];
  for (const result of results) {
    const isText = typeof result === "string";
    const bytes = isText ? new TextEncoder().encode(result) : littleEndianOf(unified(result));
    parts.push(new TextEncoder().encode(`${isText ? "text" : result.constructor.name} ${bytes.length}\n`), bytes);
  }
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return digestBytes(all);
}

/** A copy in which all NaN are alike; integers and bytes are what they are. */
function unified(array: NumberArray): NumberArray {
  if (!(array instanceof Float32Array || array instanceof Float64Array)) return array;
  const copy = array.slice();
  unifyNaN(new Uint32Array(copy.buffer));
  return copy;
}
