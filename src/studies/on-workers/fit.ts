/** Training by full batches with every gradient divided among the workers of an executor, to the bits of `fit`. */
import {
  type ChunkGradient,
  GRADIENT_CHUNK,
  GradientJoin,
  Network,
  type PackedRows,
  packRows,
} from "../../model/index.ts";
import {
  type FitOptions,
  type FitResult,
  fullBatchFit,
  type GradientElsewhere,
  type TrainingSet,
} from "../../train/index.ts";
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
  return fullBatchFit(network, data, options, gradientOnWorkers(executor, network, data));
}

/** The gradient of the first rows of a set, computed by the workers of an executor. Nothing is read before it is first asked for. */
export function gradientOnWorkers(executor: Executor, network: Network, data: TrainingSet): GradientElsewhere {
  const { inputSize, parameterCount } = network;
  let shared: ReturnType<typeof share> | undefined;
  const share = () => {
    const bytes = 4 * Math.ceil(data.labels.length / GRADIENT_CHUNK) * parameterCount;
    return {
      model: Network.fromArtifacts(network.toArtifacts()),
      rows: inSharedMemory(data.rows),
      labels: inSharedMemory(Int32Array.from(data.labels)),
      parameters: inSharedMemory(new Float64Array(parameterCount)),
      into: executor.sharesMemory && bytes <= MOST_SHARED ? inSharedMemory(new Float32Array(bytes / 4)) : undefined,
    };
  };
  /** Of the rows of a phase: its last batch may be a part of another phase's. */
  let known: { count: number; packed: PackedRows } | undefined;
  return async (at, count) => {
    shared ??= share();
    const { model, rows, labels, parameters, into } = shared;
    const some = rows.subarray(0, count * inputSize);
    if (into && known?.count !== count) known = { count, packed: packRows(model.prepare(some), sharedWords) };
    parameters.set(at);
    const items = Math.ceil(count / GRADIENT_CHUNK);
    const input = {
      // Another view for each evaluation, by which a task knows that the weights are others.
      ...{ model, parameters: parameters.subarray() },
      ...{ rows: some, labels: labels.subarray(0, count) },
      ...(into && known && { packed: known.packed, into: into.subarray(0, items * parameterCount) }),
    };
    const sum = new GradientJoin(parameterCount);
    // Added as they come, while the workers compute others.
    const onItem = (chunk: number, part: ChunkGradient) => sum.add(chunk, part);
    const parts = await executor.run({ task: "gradientChunk", input, items }, { onItem });
    for (const [chunk, part] of parts.entries()) sum.add(chunk, part); // those that an executor knew before
    return sum.result();
  };
}

const sharedWords = (length: number): Int32Array =>
  canShareMemory() ? new Int32Array(new SharedArrayBuffer(4 * length)) : new Int32Array(length);

/** The most bytes that are kept for the gradients of all chunks; beyond that they come as messages. */
const MOST_SHARED = 2 ** 30;

/** A copy that every thread sees; the array itself where it is one, and where memory cannot be shared. */
function inSharedMemory<A extends Float32Array | Float64Array | Int32Array>(array: A): A {
  if (!canShareMemory() || array.buffer instanceof SharedArrayBuffer) return array;
  const Kind = array.constructor as new (buffer: SharedArrayBuffer) => A;
  const copy = new Kind(new SharedArrayBuffer(array.byteLength));
  copy.set(array);
  return copy;
}
