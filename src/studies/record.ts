/**
 * What every study returns: plain data that says what was asked, of which model and which data, with which bits, what came
 * out, and what it took. Large arrays stand in it as typed arrays; `results.json` leaves them out, and they are stored as .npy.
 */
import { canonicalJson } from "../data/canonical-json.ts";
import { digestArrays, digestBytes, type NamedArrays } from "../data/digest.ts";
import type { Preprocess } from "../model/index.ts";
import { BITS, VERSION } from "../version.ts";
import { kernelBytes } from "../wasm/index.ts";
import { commandText, type StudyOptions } from "./command.ts";
import type { MissingImages } from "./missing.ts";

/** Something that a record is about, and its SHA-256. */
export interface Identified {
  /** What the record calls it. */
  name: string;
  /** SHA-256 of its contents. */
  digest: string;
}

/** A model that a record is about: the digest is of its parameters. */
export interface IdentifiedModel extends Identified {
  /** What was done to the data before it, where the model does not do that itself. */
  preprocess?: Preprocess;
}

/** How long a study took. It is in no digest. */
export interface Timing {
  /** Milliseconds from beginning to end. */
  milliseconds: number;
  /** Images attacked in a second. */
  imagesPerSecond?: number;
}

/** Timing from a clock; `attacked` counts the images that were attacked in that time. */
export function timing(milliseconds: number, attacked: number): Required<Timing> {
  return { milliseconds, imagesPerSecond: milliseconds > 0 ? (1000 * attacked) / milliseconds : 0 };
}

/** The head of every record. */
export interface RecordHead<Kind extends string = string> {
  /** By which a results.json is recognised as one of ours. */
  generator: "blindspot";
  /** Which study made it. */
  kind: Kind;
  /** A headline, in words. */
  title: string;
  /** The command that makes the same record. */
  command: string;
  /** Version of the library. */
  version: string;
  /** The generation of the bits: see `BITS`. */
  bits: number;
  /** The options that the results follow from. */
  options: StudyOptions;
  /** Images that were asked for and are not in the record, since the workers gave them up. */
  missing?: MissingImages;
}

/** The end of every record. */
export interface RecordSeal {
  /** How long it took. */
  timing: Timing;
  /** SHA-256 of the Wasm that ran; null where it was handed over as a compiled module, whose bytes are not known. */
  wasm: string | null;
  /** SHA-256 of the arrays, as `digestArrays` defines it. */
  digest: string;
  /** SHA-256 of everything in results.json but `timing` and this digest itself. */
  recordDigest: string;
}

/** The head of a record. `asked` is what the command is called with, in its own option names. */
export function recordHead<Kind extends string>(
  kind: Kind,
  title: string,
  asked: { command: string; options: StudyOptions; defaults?: StudyOptions },
  options: StudyOptions,
): RecordHead<Kind> {
  return {
    generator: "blindspot",
    kind,
    title,
    command: commandText(asked.command, asked.options, asked.defaults),
    version: VERSION,
    bits: BITS,
    options,
  };
}

/** A record as JSON has it: without typed arrays. */
export function plainRecord(record: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(record, (_, value) => (ArrayBuffer.isView(value) ? undefined : value)));
}

/** SHA-256 of the canonical JSON of a results.json without its `timing` and its `recordDigest`. */
export function digestRecord(record: object): Promise<string> {
  const { timing, recordDigest, ...rest } = plainRecord(record);
  return digestBytes(new TextEncoder().encode(canonicalJson(rest)));
}

/** SHA-256 of the Wasm that runs here; null where its bytes are not known. */
export async function wasmDigest(): Promise<string | null> {
  const bytes = kernelBytes();
  return bytes ? digestBytes(bytes) : null;
}

/** Adds its digests to a record. */
export async function sealRecord<R extends RecordHead & { timing: Timing }>(
  record: R,
  arrays: NamedArrays,
): Promise<R & RecordSeal> {
  const digested = { ...record, wasm: await wasmDigest(), digest: await digestArrays(arrays) };
  return { ...digested, recordDigest: await digestRecord(digested) };
}

/** The text of results.json: every number with all its digits, without the arrays. */
export function recordJson(record: RecordHead): string {
  return `${JSON.stringify(plainRecord(record), null, 1)}\n`;
}
