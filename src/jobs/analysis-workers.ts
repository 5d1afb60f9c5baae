/** Analyses on all cores: layers or ranges of rows on the workers of a pool, to the bits of one call. */
import {
  type LayerBound,
  LayerVector,
  mergeUnitImages,
  type UnitImages,
  type UnitImagesOptions,
} from "../analysis/index.ts";
import { requireInteger, requireRows } from "../check.ts";
import { type Network, predictedClasses } from "../model/index.ts";
import type { Pool } from "./pool.ts";
import { type SharedModel, shareArray, shareModel } from "./share.ts";

export interface OnWorkersOptions {
  signal?: AbortSignal | undefined;
  onProgress?: (done: number, total: number) => void;
}

/** Rows of a worker's share of the answers to many: a fraction of a second each. */
const ANSWER_ROWS = 10_000;

/** The class of the largest score of each row, i32[n], on the workers of a pool. */
export async function answersOnWorkers(
  pool: Pool,
  model: SharedModel,
  rows: Float32Array,
  { signal, onProgress }: OnWorkersOptions = {},
): Promise<Int32Array> {
  const { inputSize, classes } = model;
  const count = requireRows("rows", rows, inputSize);
  const input = { model, rows: shareArray(rows) };
  const answers = new Int32Array(count);
  let done = 0;
  onProgress?.(0, count);
  await Promise.all(
    Array.from({ length: Math.ceil(count / ANSWER_ROWS) }, async (_, part) => {
      const first = part * ANSWER_ROWS;
      const end = Math.min(first + ANSWER_ROWS, count);
      const scores = await pool.run("predict", { ...input, first, end }, { signal });
      answers.set(predictedClasses(scores, classes), first);
      done += end - first;
      onProgress?.(done, count);
    }),
  );
  return answers;
}

/** `layerBounds` on the workers of a pool, the layers with most weights first. */
export async function layerBoundsOnWorkers(
  pool: Pool,
  network: Network,
  { signal, onProgress }: OnWorkersOptions = {},
): Promise<LayerBound[]> {
  const model = shareModel(network);
  const weights = (layer: number): number =>
    (network.layers[layer]?.parameters ?? []).reduce((sum, { size }) => sum + size, 0);
  const order = Array.from(network.layers.keys()).sort((a, b) => weights(b) - weights(a) || a - b);
  const bounds: LayerBound[] = [];
  let done = 0;
  onProgress?.(done, order.length);
  await Promise.all(
    order.map(async (layer) => {
      bounds[layer] = await pool.run("layerBound", { model, layer }, { signal });
      onProgress?.(++done, order.length);
    }),
  );
  return bounds;
}

/** `unitImages` on the workers of a pool. */
export async function unitImagesOnWorkers(
  pool: Pool,
  network: Network,
  layer: string | number,
  rows: Float32Array,
  options: UnitImagesOptions & OnWorkersOptions = {},
): Promise<UnitImages> {
  const { top = 10, directions = 16, given = [], seed = 0, reduce, signal, onProgress } = options;
  const count = requireRows("rows", rows, network.inputSize);
  const { name } = new LayerVector(network, layer, reduce);
  requireInteger("top", top, 1, count);
  const parts = Math.min(count, pool.workers);
  const ends = Array.from({ length: parts }, (_, i) => Math.floor(((i + 1) * count) / parts));
  const shared = { model: shareModel(network), rows: shareArray(rows), layer: name };
  let done = 0;
  onProgress?.(0, count);
  const found = await Promise.all(
    ends.map(async (end, i) => {
      const first = ends[i - 1] ?? 0;
      const input = { ...shared, first, end, top, directions, given: [...given], seed, reduce: reduce ?? null };
      const part = await pool.run("unitImages", input, { signal });
      done += end - first;
      onProgress?.(done, count);
      return part;
    }),
  );
  return mergeUnitImages(found, top);
}
