/** The networks that a worker has built, by digest. */
import { Network } from "../model/index.ts";
import type { SharedModel } from "./share.ts";

/** Bytes of weights beyond which the networks that were used least recently are let go. */
const CACHE_BYTES = 256 * 2 ** 20;

const built = new Map<string, { network: Network; bytes: number }>();

export function builtNetwork({ digest, modelTopology, weightSpecs, weights }: SharedModel): Network {
  const known = built.get(digest);
  const entry = known ?? {
    network: Network.fromArtifacts({ modelTopology, weightSpecs, weightData: new Uint8Array(weights).buffer }),
    bytes: weights.byteLength,
  };
  built.delete(digest); // the newest stands last
  built.set(digest, entry);
  let bytes = 0;
  for (const other of built.values()) bytes += other.bytes;
  for (const [oldest, { bytes: freed }] of built) {
    if (bytes <= CACHE_BYTES || oldest === digest) break;
    built.delete(oldest);
    bytes -= freed;
  }
  return entry.network;
}
