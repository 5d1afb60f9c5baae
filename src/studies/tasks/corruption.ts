/** Rows under each corruption: whether the answer stays right. An item is a row. */
import { corrupt, corruptionsOf } from "../../analysis/corruptions.ts";
import type { ImageShape } from "../../data/dataset.ts";
import { type Network, predictedClasses } from "../../model/index.ts";
import type { Task } from "./task.ts";

export interface CorruptionInput {
  model: Network;
  /** f32[n, inputSize], all of the set. */
  rows: Float32Array;
  /** i32[n], the true labels. */
  truth: Int32Array;
  shape: ImageShape;
  seed: number;
  /** Position of the first row in the set it was taken from. */
  first: number;
}

/** An item's result is u8[corruptions], 1 where the row is answered rightly in every direction of the corruption. */
export const corruption: Task<CorruptionInput, Uint8Array> = async (input, items, { signal, done }) => {
  const { model, rows, truth, shape, seed, first } = input;
  const { inputSize, classes } = model;
  const kinds = corruptionsOf(shape);
  const total = kinds.reduce((sum, { variants }) => sum + variants, 0);
  for (const item of items) {
    signal.throwIfAborted();
    const row = rows.subarray(item * inputSize, (item + 1) * inputSize);
    const changed = new Float32Array(total * inputSize);
    let at = 0;
    for (const { name, variants } of kinds) {
      for (let variant = 0; variant < variants; variant++) {
        changed.set(corrupt(row, { corruption: name, shape, variant, seed, first: first + item }), at++ * inputSize);
      }
    }
    const answers = predictedClasses(model.scores(changed), classes);
    let from = 0;
    const right = kinds.map(({ variants }) => {
      const of = answers.subarray(from, from + variants);
      from += variants;
      return Number(of.every((answer) => answer === truth[item]));
    });
    done(item, Uint8Array.from(right));
    await new Promise((resolve) => setTimeout(resolve));
  }
};
