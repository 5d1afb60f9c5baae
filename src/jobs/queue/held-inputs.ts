/**
 * The inputs that a worker holds: described by the store, their arrays in memory that its threads share. Of an array of which
 * each item reads a part, only the pieces that its items need are fetched; the rest of the memory is never touched, and takes
 * none. What was used least recently is let go where too much is held.
 */
import { createHash } from "node:crypto";
import { outOfRange } from "../../check.ts";
import { HOST_IS_LITTLE, ITEM_SIZE, reverseBytes } from "../../data/little-endian.ts";
import { requireSchema } from "../../schema.ts";
import { decodeRecord } from "../record.ts";
import type { SharableArray, SharedModel } from "../share.ts";
import { type BlobRef, type BlobStore, getBlob, type Traffic } from "../store/store.ts";
import { DESCRIPTION, type Description, PIECE_BYTES } from "./schemas.ts";

type StoredArray = Description["arrays"][number];

const KINDS = { f32: Float32Array, f64: Float64Array, i32: Int32Array, u32: Uint32Array, u8: Uint8Array };

/** An array, of which some pieces are there. */
class HeldArray {
  readonly values: SharableArray;
  /** Bytes that are there. */
  bytes = 0;
  private readonly described: StoredArray;
  private readonly content: Uint8Array;
  private readonly fetched = new Map<number, Promise<void>>();
  private readonly fetch: (ref: BlobRef) => Promise<Uint8Array>;

  constructor(described: StoredArray, fetch: (ref: BlobRef) => Promise<Uint8Array>) {
    const buffer = new SharedArrayBuffer(described.length * ITEM_SIZE[described.dtype]);
    const Kind = KINDS[described.dtype] as new (buffer: SharedArrayBuffer) => SharableArray;
    this.values = new Kind(buffer);
    this.content = new Uint8Array(buffer);
    this.described = described;
    this.fetch = fetch;
  }

  /** Fetches what the items read. */
  async need(items: readonly number[]): Promise<void> {
    const { part, pieces, dtype } = this.described;
    const wanted = new Set<number>();
    if (part === 0) for (let piece = 0; piece < pieces.length; piece++) wanted.add(piece);
    else {
      const bytes = part * ITEM_SIZE[dtype];
      for (const item of items) {
        const end = Math.min((item + 1) * bytes, this.content.length);
        for (let piece = Math.floor((item * bytes) / PIECE_BYTES); piece * PIECE_BYTES < end; piece++)
          wanted.add(piece);
      }
    }
    await Promise.all(
      [...wanted].map((piece) => {
        const known = this.fetched.get(piece) ?? this.fetchPiece(piece);
        this.fetched.set(piece, known);
        return known;
      }),
    );
  }

  private async fetchPiece(piece: number): Promise<void> {
    const { pieces, dtype } = this.described;
    const place = this.content.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES);
    try {
      const content = await this.fetch({ sha256: pieces[piece] as string, bytes: place.length });
      place.set(content);
      if (!HOST_IS_LITTLE) reverseBytes(place, ITEM_SIZE[dtype]);
      this.bytes += content.length;
    } catch (error) {
      this.fetched.delete(piece); // the next one who needs it asks again
      throw error;
    }
  }
}

export interface HeldInput {
  /** As `Workers.runShare` of threads takes it. */
  shared: unknown;
  /** Fetches what some items need. */
  need(items: readonly number[]): Promise<void>;
}

/** A description that fits together, of arrays of at most so many bytes in all. */
function requireDescription(subject: string, content: Uint8Array, mostBytes: number): Description {
  const described = requireSchema(subject, DESCRIPTION, decodeRecord(content));
  let bytes = 0;
  for (const [at, { dtype, length, pieces }] of described.arrays.entries()) {
    const size = length * ITEM_SIZE[dtype];
    bytes += size;
    const expected = Math.ceil(size / PIECE_BYTES);
    if (pieces.length !== expected) outOfRange(`${subject}: arrays[${at}]`, `${expected} pieces`, `${pieces.length}`);
  }
  if (bytes > mostBytes) outOfRange(subject, `arrays of at most ${mostBytes} bytes (--memory)`, `${bytes}`);
  for (const { weights, digest } of described.networks) {
    const array = described.arrays[weights];
    if (array?.dtype !== "u8") outOfRange(`${subject}: network ${digest.slice(0, 16)}`, "an array of weights", "none");
  }
  return described;
}

export class HeldInputs {
  private readonly mostBytes: number;
  private readonly traffic: Traffic;
  private readonly arrays = new Map<string, HeldArray>();
  private readonly inputs = new Map<string, Promise<HeldInput>>();

  constructor(mostBytes: number, traffic: Traffic) {
    this.mostBytes = mostBytes;
    this.traffic = traffic;
  }

  /** The input of a description in a store. */
  open(store: BlobStore, ref: BlobRef): Promise<HeldInput> {
    const held = this.inputs.get(ref.sha256) ?? this.load(store, ref);
    this.inputs.delete(ref.sha256); // the newest stands last
    this.inputs.set(ref.sha256, held);
    held.catch(() => this.inputs.delete(ref.sha256));
    this.letGo(ref.sha256);
    return held;
  }

  private async load(store: BlobStore, ref: BlobRef): Promise<HeldInput> {
    const subject = `input ${ref.sha256.slice(0, 16)}`;
    const described = requireDescription(subject, await getBlob(store, ref, this.traffic), this.mostBytes);
    const arrays = described.arrays.map((array) => this.arrayOf(store, array));
    const isWeights = new Set(described.networks.map(({ weights }) => weights));
    await Promise.all([...isWeights].map((at) => (arrays[at] as HeldArray).need([])));
    const networks = described.networks.map(({ weights, ...network }): SharedModel => {
      const held = (arrays[weights] as HeldArray).values as Uint8Array;
      const shared = { kind: "network", ...network, weights: held } as unknown as SharedModel;
      // By this name a thread finds a network that it has built: a wrong one would compute another's results.
      const digest = createHash("sha256")
        .update(JSON.stringify([shared.modelTopology, shared.weightSpecs]))
        .update(held)
        .digest("hex");
      if (digest !== network.digest) outOfRange(`${subject}: network`, network.digest, digest);
      return shared;
    });
    return {
      shared: placed(described.input, { arrays, networks }),
      need: async (items) => {
        await Promise.all(arrays.map((array, at) => (isWeights.has(at) ? undefined : array.need(items))));
      },
    };
  }

  private arrayOf(store: BlobStore, described: StoredArray): HeldArray {
    const { dtype, length, part, pieces } = described;
    const name = createHash("sha256")
      .update(JSON.stringify([dtype, length, part, pieces]))
      .digest("hex");
    const held = this.arrays.get(name) ?? new HeldArray(described, (piece) => getBlob(store, piece, this.traffic));
    this.arrays.delete(name);
    this.arrays.set(name, held);
    return held;
  }

  /** Forgets the oldest inputs and arrays while more than allowed is held. What a thread still uses stays until it has ended. */
  private letGo(newest: string): void {
    let bytes = 0;
    for (const held of this.arrays.values()) bytes += held.bytes;
    for (const [name, held] of this.arrays) {
      if (bytes <= this.mostBytes) return;
      this.arrays.delete(name);
      bytes -= held.bytes;
      for (const other of this.inputs.keys()) if (other !== newest) this.inputs.delete(other);
    }
  }
}

/** An input with its arrays and networks in the places of their notes. */
function placed(value: unknown, held: { arrays: readonly HeldArray[]; networks: readonly SharedModel[] }): unknown {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map((item) => placed(item, held));
  const { stored, at } = value as { stored?: unknown; at?: unknown };
  if (stored === "array" || stored === "network") {
    const found = stored === "array" ? held.arrays[at as number]?.values : held.networks[at as number];
    return found ?? outOfRange("input", `a stored ${stored}`, `none at ${String(at)}`);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, placed(item, held)]));
}
