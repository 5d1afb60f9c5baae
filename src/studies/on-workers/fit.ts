/** Training by full batches with every gradient divided among the workers of an executor, to the bits of `fit`. */
import { GRADIENT_CHUNK, joinGradients, Network } from "../../model/index.ts";
import { type FitOptions, type FitResult, fullBatchFit, type TrainingSet } from "../../train/index.ts";
import type { Executor } from "../executor.ts";
import { canShareMemory } from "../queue.ts";

/**
 * `fit` by full batches on the workers of an executor. Each gradient is a job whose items are chunks of rows, so the executor should
 * keep nothing: a `Run` would write every gradient to its journal. Rejects as `fit` does.
 *
 *     const pool = await openPool({ workers: 2 });
 *     await fitOnWorkers(pool, network, { rows, labels }, { decay: 1e-4 });
 *
 * @param data rows f32[n, inputSize] and their labels; they are copied into shared memory once, unless they lie there
 */
export async function fitOnWorkers(
  executor: Executor,
  network: Network,
  data: TrainingSet,
  options: FitOptions = {},
): Promise<FitResult> {
  const { inputSize } = network;
  let shared: { model: Network; rows: Float32Array; labels: Int32Array } | undefined;
  return fullBatchFit(network, data, options, async (parameters, count) => {
    // After the checks of the training.
    shared ??= {
      model: Network.fromArtifacts(network.toArtifacts()),
      rows: inSharedMemory(data.rows),
      labels: inSharedMemory(Int32Array.from(data.labels)),
    };
    const { model, rows, labels } = shared;
    const input = {
      // The solver writes to its own again.
      ...{ model, parameters: parameters.slice() },
      ...{ rows: rows.subarray(0, count * inputSize), labels: labels.subarray(0, count) },
    };
    const items = Math.ceil(count / GRADIENT_CHUNK);
    return joinGradients(await executor.run({ task: "gradientChunk", input, items }));
  });
}

/** A copy that every thread sees; the array itself where it is one, and where memory cannot be shared. */
function inSharedMemory<A extends Float32Array | Int32Array>(array: A): A {
  if (!canShareMemory() || array.buffer instanceof SharedArrayBuffer) return array;
  const Kind = array.constructor as new (buffer: SharedArrayBuffer) => A;
  const copy = new Kind(new SharedArrayBuffer(array.byteLength));
  copy.set(array);
  return copy;
}
