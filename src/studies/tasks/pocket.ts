/** The surroundings of images that were changed with success: an item is an image. */
import {
  type BallCounts,
  ballsOf,
  directionsAround,
  type Pocket,
  type PocketSettings,
  pocketOf,
} from "../../analysis/pockets/pocket.ts";
import type { Network } from "../../model/index.ts";
import type { Task } from "./task.ts";

export interface FoundRows {
  model: Network;
  /** f32[n, inputSize] each: the images, and as they were changed. */
  rows: Float32Array;
  changed: Float32Array;
  /** i32[n] each: the true labels, and the positions in the whole set. */
  truth: Int32Array;
  images: Int32Array;
}

export interface PocketInput extends FoundRows {
  settings: PocketSettings;
}

export interface BallsInput extends FoundRows {
  settings: PocketSettings["ball"] & { seed: number };
}

export interface AroundInput extends FoundRows {
  settings: Pick<PocketSettings, "directions" | "factors" | "seed">;
}

/** What one item is of. */
function foundImage({ model: { inputSize }, rows, changed, truth, images }: FoundRows, item: number) {
  const part = (all: Float32Array) => all.subarray(item * inputSize, (item + 1) * inputSize);
  return { x: part(rows), changed: part(changed), truth: truth[item] as number, image: images[item] as number };
}

/** Lets others run, and stops where the job is stopped. */
function pauseOf(signal: AbortSignal): () => Promise<void> {
  return async () => {
    await new Promise((resolve) => setTimeout(resolve));
    signal.throwIfAborted();
  };
}

export const pocket: Task<PocketInput, Pocket> = async (input, items, { signal, done }) => {
  for (const item of items) {
    done(item, await pocketOf(input.model, foundImage(input, item), input.settings, pauseOf(signal)));
  }
};

/** The balls alone, as another model answers them. */
export const pocketBalls: Task<BallsInput, BallCounts> = async (input, items, { signal, done }) => {
  for (const item of items) {
    done(item, await ballsOf(input.model, foundImage(input, item), input.settings, pauseOf(signal)));
  }
};

/** The random directions alone. */
export const around: Task<AroundInput, Pick<Pocket, "inBox" | "beyond">> = async (input, items, { signal, done }) => {
  for (const item of items) {
    done(item, await directionsAround(input.model, foundImage(input, item), input.settings, pauseOf(signal)));
  }
};
