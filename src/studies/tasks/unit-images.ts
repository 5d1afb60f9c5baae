/** The images of a range of rows that a layer's units and directions answer to most. */
import { type Reduction, type UnitImages, UnitRanking } from "../../analysis/index.ts";
import type { SharedModel } from "../shared-model.ts";
import type { Task } from "./task.ts";

export interface UnitImagesInput {
  model: SharedModel;
  layer: string;
  /** f32[n, inputSize] */
  rows: Float32Array;
  /** Rows first up to, not including, end. */
  first: number;
  end: number;
  top: number;
  directions: number;
  given: Float32Array[];
  seed: number;
  reduce: Reduction | null;
}

/** Rows between two looks at the signal. */
const CHUNK = 4096;

export const unitImages: Task<UnitImagesInput, UnitImages> = async (input, { network: networkOf, signal }) => {
  const { model, layer, rows, first, end, top, directions, given, seed, reduce } = input;
  const network = networkOf(model);
  const ranking = new UnitRanking(network, layer, { top, directions, given, seed, ...(reduce && { reduce }) });
  for (let at = first; at < end; at += CHUNK) {
    signal.throwIfAborted();
    const to = Math.min(at + CHUNK, end);
    ranking.add(rows.subarray(at * network.inputSize, to * network.inputSize), at);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return ranking.part();
};
