/** The input of a study's job on its way to the workers: described, and its arrays stored once, in pieces. */
import { dtypeOf, littleEndianOf, type NumberArray } from "../../data/little-endian.ts";
import { Network } from "../../model/index.ts";
import type { Job } from "../../studies/executor.ts";
import { ITEM_PARTS } from "../../studies/tasks/item-parts.ts";
import { encodeRecord, type Plain } from "../record.ts";
import { mapInput, shareModel } from "../share.ts";
import { type BlobRef, type BlobStore, putBlob, type Traffic } from "../store/store.ts";
import { type Description, PIECE_BYTES } from "./schemas.ts";

export interface SentInput {
  /** The description, which the store has. */
  ref: BlobRef;
  /** Everything that was stored for it. */
  blobs: readonly string[];
  /** Bytes of an item's part of the arrays; 0 where all items read all. */
  partBytes: number;
}

/** Remembers what was stored, so that an array that several jobs share is hashed and stored once. */
export class InputSender {
  private readonly store: BlobStore;
  private readonly traffic: Traffic;
  /** Nobody writes to an array in shared memory after it was handed out. */
  private readonly known = new WeakMap<object, Promise<string[]>>();

  constructor(store: BlobStore, traffic: Traffic) {
    this.store = store;
    this.traffic = traffic;
  }

  async send({ task, input }: Pick<Job, "task" | "input">): Promise<SentInput> {
    const arrays: NumberArray[] = [];
    const networks: { network: Omit<Description["networks"][number], "weights">; weights: number }[] = [];
    const tree = mapInput(input, (leaf) => {
      if (!(leaf instanceof Network)) return { stored: "array", at: arrays.push(leaf as NumberArray) - 1 };
      const { kind: _, weights, ...shared } = shareModel(leaf);
      const network = shared as unknown as Omit<Description["networks"][number], "weights">;
      return { stored: "network", at: networks.push({ network, weights: arrays.push(weights) - 1 }) - 1 };
    });
    const parts = ITEM_PARTS[task] as { array: string; elements(input: unknown): number } | undefined;
    const parted = parts && ((input as Record<string, unknown>)[parts.array] as NumberArray);
    const part = parts?.elements(input) ?? 0;
    const stored: Description["arrays"] = [];
    for (const array of arrays) {
      stored.push({
        dtype: dtypeOf("job", array),
        length: array.length,
        part: array === parted ? part : 0,
        pieces: await this.pieces(array),
      });
    }
    const described: Description = {
      input: tree,
      arrays: stored,
      networks: networks.map(({ network, weights }) => ({ ...network, weights })),
    };
    const ref = await putBlob(this.store, encodeRecord(described as unknown as Plain), this.traffic);
    const blobs = [ref.sha256, ...stored.flatMap(({ pieces }) => pieces)];
    return { ref, blobs, partBytes: part * (parted?.BYTES_PER_ELEMENT ?? 0) };
  }

  private pieces(array: NumberArray): Promise<string[]> {
    const known = this.known.get(array);
    if (known) return known;
    const pieces = this.storePieces(littleEndianOf(array));
    if (array.buffer instanceof SharedArrayBuffer) this.known.set(array, pieces);
    return pieces;
  }

  private async storePieces(bytes: Uint8Array): Promise<string[]> {
    const pieces: string[] = [];
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      pieces.push((await putBlob(this.store, bytes.subarray(at, at + PIECE_BYTES), this.traffic)).sha256);
    }
    return pieces;
  }
}
