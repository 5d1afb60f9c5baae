/** Analyses on all workers of an executor: layers or chunks of rows, to the bits of one call. */
import {
  type LayerBound,
  LayerVector,
  mergeUnitImages,
  UNIT_IMAGES_OPTIONS,
  type UnitImages,
  type UnitImagesOptions,
} from "../../analysis/index.ts";
import { type OptionNames, requireInteger, requireOptions, requireRows } from "../../check.ts";
import type { Network } from "../../model/index.ts";
import type { Executor, Job, RunOptions } from "../executor.ts";
import type { ImagesPresent } from "../missing.ts";

/** How an analysis on workers is followed and stopped. */
export interface OnWorkersOptions {
  /** Stops the run, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called with the items that are done, and with their number. */
  onProgress?: (done: number, total: number) => void;
}

const ON_WORKERS_OPTIONS: OptionNames<OnWorkersOptions> = { signal: true, onProgress: true };

/** Rows of a chunk of answers: a fraction of a second each. */
const ANSWER_ROWS = 10_000;
/** Rows of a chunk of which the images of units are taken. */
const UNIT_ROWS = 4096;

/** The class of the largest score of each row, i32[n], on the workers of an executor. */
export async function answersOnWorkers(
  executor: Executor,
  network: Network,
  rows: Float32Array,
  options: OnWorkersOptions = {},
): Promise<Int32Array> {
  requireOptions("answersOnWorkers", options, ON_WORKERS_OPTIONS);
  const { signal, onProgress } = options;
  const count = requireRows("rows", rows, network.inputSize);
  const parts = await executor.run(
    {
      task: "answers",
      input: { model: network, rows, chunk: ANSWER_ROWS },
      items: Math.ceil(count / ANSWER_ROWS),
      share: "single",
    },
    { signal, onProgress: (done) => onProgress?.(Math.min(done * ANSWER_ROWS, count), count) },
  );
  const answers = new Int32Array(count);
  parts.forEach((part, i) => {
    answers.set(part, i * ANSWER_ROWS);
  });
  return answers;
}

/**
 * `layerBounds` on the workers of an executor, the layers with most weights first. Rejects for a network without
 * bounds, and for options that it does not have.
 */
export function layerBoundsOnWorkers(
  executor: Executor,
  network: Network,
  options: OnWorkersOptions = {},
): Promise<LayerBound[]> {
  requireOptions("layerBoundsOnWorkers", options, ON_WORKERS_OPTIONS);
  const { signal, onProgress } = options;
  const weights = (layer: number): number =>
    (network.layers[layer]?.parameters ?? []).reduce((sum, { size }) => sum + size, 0);
  const items = network.layers.length;
  const order = Array.from({ length: items }, (_, i) => i).sort((a, b) => weights(b) - weights(a) || a - b);
  return executor.run(
    { task: "layerBound", input: { model: network }, items, order, share: "single" },
    { signal, onProgress: (done) => onProgress?.(done, items) },
  );
}

/** Runs the chunks of a ranking. */
type RunChunks = (
  job: Job<"unitImages">,
  during: RunOptions<"unitImages">,
) => Promise<readonly (UnitImages | undefined)[]>;

/** `unitImages` on the workers of an executor. Rows are f32[n, inputSize]. Rejects as `unitImages` throws. */
export async function unitImagesOnWorkers(
  executor: Executor,
  network: Network,
  layer: string | number,
  rows: Float32Array,
  options: UnitImagesOptions & OnWorkersOptions = {},
): Promise<UnitImages> {
  requireOptions("unitImagesOnWorkers", options, { ...UNIT_IMAGES_OPTIONS, ...ON_WORKERS_OPTIONS });
  return unitImagesWith((job, during) => executor.run(job, during), network, layer, rows, options);
}

/** The same of the images that are present. */
export function unitImagesPresent(
  present: ImagesPresent,
  executor: Executor,
  network: Network,
  layer: string | number,
  rows: Float32Array,
  options: UnitImagesOptions & OnWorkersOptions,
): Promise<UnitImages> {
  const count = rows.length / network.inputSize;
  const imagesOf = (chunk: number) => {
    const first = chunk * UNIT_ROWS;
    return Array.from({ length: Math.min(UNIT_ROWS, count - first) }, (_, i) => first + i);
  };
  return unitImagesWith((job, during) => present.run(executor, job, during, imagesOf), network, layer, rows, options);
}

/** The same with `run` in the place of an executor; chunks without a result are left out. */
async function unitImagesWith(
  run: RunChunks,
  network: Network,
  layer: string | number,
  rows: Float32Array,
  options: UnitImagesOptions & OnWorkersOptions,
): Promise<UnitImages> {
  const { top = 10, directions = 16, given = [], seed = 0, reduce, signal, onProgress } = options;
  const count = requireRows("rows", rows, network.inputSize);
  const { name } = new LayerVector(network, layer, reduce);
  requireInteger("top", top, 1, count);
  const input = {
    model: network,
    layer: name,
    rows,
    chunk: UNIT_ROWS,
    top,
    directions,
    given: [...given],
    seed,
    reduce: reduce ?? null,
  };
  const parts = await run(
    { task: "unitImages", input, items: Math.ceil(count / UNIT_ROWS), share: "single" },
    { signal, onProgress: (done) => onProgress?.(Math.min(done * UNIT_ROWS, count), count) },
  );
  return mergeUnitImages(
    parts.filter((part) => part !== undefined),
    top,
  );
}
