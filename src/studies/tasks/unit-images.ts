/** The images that a layer's units and directions respond to most: an item is a chunk of consecutive rows. */
import { type Reduction, type UnitImages, UnitRanking } from "../../analysis/index.ts";
import type { Network } from "../../model/index.ts";
import type { Task } from "./task.ts";

export interface UnitImagesInput {
  model: Network;
  layer: string;
  /** f32[n, inputSize] */
  rows: Float32Array;
  /** Rows of a chunk; the last one may have fewer. */
  chunk: number;
  top: number;
  directions: number;
  given: Float32Array[];
  seed: number;
  reduce: Reduction | null;
}

export const unitImages: Task<UnitImagesInput, UnitImages> = async (input, items, { signal, done }) => {
  const { model, layer, rows, chunk, top, directions, given, seed, reduce } = input;
  for (const item of items) {
    signal.throwIfAborted();
    const ranking = new UnitRanking(model, layer, { top, directions, given, seed, ...(reduce && { reduce }) });
    const first = item * chunk;
    ranking.add(rows.subarray(first * model.inputSize, (first + chunk) * model.inputSize), first);
    done(item, ranking.part());
    await new Promise((resolve) => setTimeout(resolve));
  }
};
