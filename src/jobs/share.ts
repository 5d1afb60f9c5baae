/**
 * Arrays and networks that all threads see without a copy: their elements lie in shared memory. Only the thread that
 * owns them writes to them, before it hands them out.
 */
import { createHash } from "node:crypto";
import type { Dataset } from "../data/index.ts";
import { Network, type WeightSpec } from "../model/index.ts";

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

/** A network as plain data: what it is made of, and the SHA-256 of that, by which a worker recognises one that it has built. */
export interface SharedModel {
  /** By which a worker recognises it. */
  kind: "network";
  /** SHA-256 of all that follows. */
  digest: string;
  /** The layers, as in a `model.json`. */
  modelTopology: object;
  /** Names and shapes of the weights, in their order. */
  weightSpecs: WeightSpec[];
  /** The bytes of all weights, little-endian f32 in the order of `weightSpecs`, in shared memory. */
  weights: Uint8Array;
}

/** A network as it is now. */
export function shareModel(network: Network): SharedModel {
  const { modelTopology, weightSpecs, weightData } = network.toArtifacts();
  const weights = new Uint8Array(weightData);
  const digest = createHash("sha256")
    .update(JSON.stringify([modelTopology, weightSpecs]))
    .update(weights)
    .digest("hex");
  return { kind: "network", digest, modelTopology, weightSpecs, weights: shareArray(weights) };
}

function isPlainObject(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype;
}

/** The input of a job with `replace` applied to its networks and arrays, wherever they stand in it. */
export function mapInput(input: unknown, replace: (leaf: object) => unknown): unknown {
  if (typeof input !== "object" || input === null) return input;
  if (input instanceof Network || ArrayBuffer.isView(input)) return replace(input);
  if (Array.isArray(input)) return input.map((item) => mapInput(item, replace));
  if (!isPlainObject(input)) return input;
  return Object.fromEntries(Object.entries(input).map(([key, item]) => [key, mapInput(item, replace)]));
}

/** The input of a job as every thread can see it: networks as plain data, arrays in shared memory. */
export function shareInput(input: unknown): unknown {
  return mapInput(input, (leaf) => (leaf instanceof Network ? shareModel(leaf) : shareArray(leaf as SharableArray)));
}

/** A shared input with its networks built again by `build`. */
export function resolveInput(input: unknown, build: (model: SharedModel) => Network): unknown {
  if (typeof input !== "object" || input === null || ArrayBuffer.isView(input)) return input;
  if (Array.isArray(input)) return input.map((item) => resolveInput(item, build));
  if ((input as Partial<SharedModel>).kind === "network" && "weightSpecs" in input) return build(input as SharedModel);
  return Object.fromEntries(Object.entries(input).map(([key, item]) => [key, resolveInput(item, build)]));
}
