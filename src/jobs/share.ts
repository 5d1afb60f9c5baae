/**
 * Arrays and networks that all threads see without a copy: their elements lie in shared memory. Only the threads' owner
 * writes them, before they are handed out.
 */
import { createHash } from "node:crypto";
import type { Dataset } from "../data/index.ts";
import type { Network } from "../model/index.ts";
import type { SharedModel } from "../studies/shared-model.ts";

export type { SharedModel };

export type SharableArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** A copy of the array in shared memory; the array itself if it lies there. */
export function shareArray<A extends SharableArray>(array: A): A {
  if (array.buffer instanceof SharedArrayBuffer) return array;
  const Kind = array.constructor as new (buffer: SharedArrayBuffer) => A;
  const shared = new Kind(new SharedArrayBuffer(array.byteLength));
  shared.set(array);
  return shared;
}

/** A set whose rows and labels lie in shared memory. */
export function shareDataset(dataset: Dataset): Dataset {
  return { ...dataset, rows: shareArray(dataset.rows), labels: shareArray(dataset.labels) };
}

/** A network as it is now, to be named in jobs. */
export function shareModel(network: Network): SharedModel {
  const { inputSize, classes } = network;
  const { modelTopology, weightSpecs, weightData } = network.toArtifacts();
  const weights = new Uint8Array(weightData);
  const digest = createHash("sha256")
    .update(JSON.stringify([modelTopology, weightSpecs]))
    .update(weights)
    .digest("hex");
  return { digest, inputSize, classes, modelTopology, weightSpecs, weights: shareArray(weights) };
}
