/**
 * Safetensors, the format in which weights are shared: eight bytes with the length of a header, the header (JSON that
 * names each tensor with its type, shape and place), then the tensors, little-endian, row-major, one behind another.
 * Read here: F32 as it is, F16 and BF16 widened, which is exact.
 */
import * as v from "valibot";
import { outOfRange, wrongType } from "../check.ts";
import { requireSchema } from "../schema.ts";
import { floatsIn, widenHalves, widenUpper, wordsIn } from "./float-bytes.ts";

const PREFIX = 8;
/** The limit of the reference implementation. */
const HEADER_LIMIT = 100_000_000;
const METADATA = "__metadata__";
const ITEM_SIZES: Readonly<Record<string, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
};

const Whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Entry = v.object({ dtype: v.string(), shape: v.array(Whole), data_offsets: v.tuple([Whole, Whole]) });
type Entry = v.InferOutput<typeof Entry>;
const Metadata = v.record(v.string(), v.string());

/** A tensor in single precision. */
export interface Tensor {
  /** Extents, the outermost first; empty for a single number. */
  shape: readonly number[];
  /** Row-major. May be a view of the bytes that were read: do not write to it. */
  data: Float32Array;
}

/** The tensors of a file, each decoded when it is read. */
export class Safetensors {
  /** Names of all tensors, in the order of the file. */
  readonly names: readonly string[];
  /** The metadata that the file's writer attached. */
  readonly metadata: Readonly<Record<string, string>>;
  private readonly subject: string;
  private readonly entries: ReadonlyMap<string, Entry>;
  private readonly data: Uint8Array;

  /** @internal by readSafetensors, of the bytes of a file */
  constructor(
    subject: string,
    entries: ReadonlyMap<string, Entry>,
    metadata: Record<string, string>,
    data: Uint8Array,
  ) {
    this.subject = subject;
    this.entries = entries;
    this.names = [...entries.keys()];
    this.metadata = metadata;
    this.data = data;
  }

  /** One tensor in single precision. Throws for a name that is not in the file, and for types other than F32, F16 and BF16. */
  read(name: string): Tensor {
    const entry =
      this.entries.get(name) ?? outOfRange(this.subject, `a tensor ${JSON.stringify(name)}`, "none of that name");
    const bytes = this.data.subarray(...entry.data_offsets);
    switch (entry.dtype) {
      case "F32":
        return { shape: entry.shape, data: floatsIn(bytes) };
      case "F16":
        return { shape: entry.shape, data: widenHalves(wordsIn(bytes)) };
      case "BF16":
        return { shape: entry.shape, data: widenUpper(wordsIn(bytes)) };
      default:
        return outOfRange(`${this.subject}: ${name}`, "F32, F16 or BF16", entry.dtype);
    }
  }
}

/** Where the tensors of a file begin, from its first bytes. */
export function safetensorsStart(subject: string, start: Uint8Array, size: number): number {
  if (start.length < PREFIX) outOfRange(subject, "a safetensors file of at least 8 bytes", `${start.length}`);
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const length = view.getUint32(0, true) + 2 ** 32 * view.getUint32(4, true);
  if (length > HEADER_LIMIT) outOfRange(subject, `a header of at most ${HEADER_LIMIT} bytes`, `${length}`);
  if (PREFIX + length > size) {
    outOfRange(subject, `a header of ${length} bytes`, `${size - PREFIX}: the file is cut off`);
  }
  return PREFIX + length;
}

interface Header {
  entries: ReadonlyMap<string, Entry>;
  metadata: Record<string, string>;
}

/** Reads the bytes before the tensors, and checks every tensor's place in a file of `size` bytes. */
export function safetensorsHeader(subject: string, start: Uint8Array, size: number): Header {
  const header = parseHeader(subject, start.subarray(PREFIX));
  const metadata = requireSchema(`${subject}: ${METADATA}`, Metadata, header[METADATA] ?? {});
  const entries = new Map<string, Entry>();
  for (const [name, value] of Object.entries(header)) {
    if (name !== METADATA) entries.set(name, requireEntry(`${subject}: ${name}`, value));
  }
  requireWhole(subject, entries, size - start.length);
  return { entries, metadata };
}

/**
 * Reads the header of a safetensors file; errors name `subject` and the tensor. The bytes are those of the whole
 * file. Throws where they are not one, or a tensor lies outside of it.
 */
export function readSafetensors(subject: string, bytes: Uint8Array): Safetensors {
  if (!(bytes instanceof Uint8Array)) wrongType(subject, "a Uint8Array of safetensors bytes", bytes);
  const start = safetensorsStart(subject, bytes, bytes.length);
  const { entries, metadata } = safetensorsHeader(subject, bytes.subarray(0, start), bytes.length);
  return new Safetensors(subject, entries, metadata, bytes.subarray(start));
}

function parseHeader(subject: string, bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    outOfRange(subject, "a header of JSON", (error as Error).message);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    wrongType(subject, "a header that is a JSON object", header);
  }
  return header as Record<string, unknown>;
}

function requireEntry(subject: string, value: unknown): Entry {
  const entry = requireSchema(subject, Entry, value);
  const item = Object.hasOwn(ITEM_SIZES, entry.dtype) ? (ITEM_SIZES[entry.dtype] as number) : undefined;
  if (item === undefined) outOfRange(subject, `a type of ${Object.keys(ITEM_SIZES).join(", ")}`, entry.dtype);
  const expected = entry.shape.reduce((product, extent) => product * extent, item);
  const got = entry.data_offsets[1] - entry.data_offsets[0];
  if (got !== expected) {
    outOfRange(subject, `${expected} bytes for ${entry.dtype} [${entry.shape.join(", ")}]`, `${got}`);
  }
  return entry;
}

/** The format allows neither holes nor overlaps: the tensors, by place, cover the data. */
function requireWhole(subject: string, entries: ReadonlyMap<string, Entry>, bytes: number): void {
  const placed = [...entries].sort(([, a], [, b]) => {
    return a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1];
  });
  let end = 0;
  for (const [name, { data_offsets }] of placed) {
    if (data_offsets[0] !== end) outOfRange(`${subject}: ${name}`, `data from byte ${end} on`, data_offsets[0]);
    end = data_offsets[1];
  }
  if (end !== bytes) {
    outOfRange(subject, `${end} bytes of tensors`, `${bytes}: the file is ${bytes < end ? "cut off" : "too long"}`);
  }
}
