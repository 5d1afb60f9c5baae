/** The gradient of many labelled rows to all parameters: an item is a chunk of GRADIENT_CHUNK rows. */
import { type ChunkGradient, GRADIENT_CHUNK, Network, type PackedRows, partOfPacked } from "../../model/index.ts";
import type { Task } from "./task.ts";

export interface GradientChunkInput {
  /** Whose layers are taken, but not its weights: the same one through a training, so that a worker builds it once. */
  model: Network;
  /** f64[parameterCount], the weights. */
  parameters: Float64Array;
  /** f32[n, inputSize], all of the set. */
  rows: Float32Array;
  /** i32[n] */
  labels: Int32Array;
  /** What is known of the rows. */
  packed?: PackedRows;
  /** f32[items, parameterCount], where the chunks' gradients go, in memory that all workers see; without it they are messages. */
  into?: Float32Array;
}

/** A network for each model, whose weights may be set, since the model itself may serve others; and which weights it has. */
const twins = new WeakMap<Network, { network: Network; parameters?: Float64Array }>();

function networkWith(model: Network, parameters: Float64Array): Network {
  const twin = twins.get(model) ?? { network: Network.fromArtifacts(model.toArtifacts()) };
  twins.set(model, twin);
  // A share asks for one block of items after another, all with the same input.
  if (twin.parameters !== parameters) twin.network.setParameters(parameters);
  twin.parameters = parameters;
  return twin.network;
}

export const gradientChunk: Task<GradientChunkInput, ChunkGradient> = async (input, items, { signal, done }) => {
  const { model, parameters, rows, labels, packed, into } = input;
  const size = parameters.length;
  const network = networkWith(model, parameters);
  for (const item of items) {
    signal.throwIfAborted();
    const [first, end] = [item * GRADIENT_CHUNK, (item + 1) * GRADIENT_CHUNK];
    const part = rows.subarray(first * model.inputSize, end * model.inputSize);
    const to = into?.subarray(item * size, (item + 1) * size);
    const known = packed ? partOfPacked(packed, part, first, end) : part;
    done(item, network.chunkGradient(known, labels.subarray(first, end), to));
  }
};
