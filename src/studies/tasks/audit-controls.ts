/**
 * What is set beside the smallest change found: random noise of the same length, and the change rounded to 8 bits. An item is a row.
 */
import { quantize } from "../../analysis/index.ts";
import { noiseOfLength } from "../../analysis/noise-of-length.ts";
import type { NormName } from "../../attacks/index.ts";
import { type Network, predictedClasses } from "../../model/index.ts";
import type { Task } from "./task.ts";

export interface AuditControlsInput {
  model: Network;
  /** f32[n, inputSize], all of the set, and the same changed. */
  rows: Float32Array;
  adversarial: Float32Array;
  /** i32[n], the true labels. */
  truth: Int32Array;
  norm: NormName;
  /** f64[n], the length of each row's change; rows of none are left alone. */
  lengths: Float64Array;
  draws: number;
  seed: number;
  /** Position of the first row in the set it was taken from. */
  first: number;
}

export interface AuditControls {
  /** How many draws of noise the model answers with another label. */
  noise: number;
  /** Whether it does so for the change rounded to 8 bits. */
  keptAt8Bits: boolean;
}

export const auditControls: Task<AuditControlsInput, AuditControls> = async (input, items, { signal, done }) => {
  const { model, rows, adversarial, truth, norm, lengths, draws, seed, first } = input;
  const { inputSize, classes } = model;
  for (const item of items) {
    signal.throwIfAborted();
    const length = lengths[item] as number;
    if (length === 0) {
      done(item, { noise: 0, keptAt8Bits: false });
      continue;
    }
    const of = (all: Float32Array) => all.subarray(item * inputSize, (item + 1) * inputSize);
    const asked = new Float32Array((draws + 1) * inputSize);
    for (let draw = 0; draw < draws; draw++) {
      const number = (first + item) * draws + draw;
      asked.set(noiseOfLength(of(rows), { norm, length, seed, number }), draw * inputSize);
    }
    asked.set(quantize(of(adversarial)), draws * inputSize);
    const isOther = Array.from(predictedClasses(model.scores(asked), classes), (answer) => answer !== truth[item]);
    done(item, { noise: isOther.slice(0, draws).filter(Boolean).length, keptAt8Bits: isOther[draws] as boolean });
    await new Promise((resolve) => setTimeout(resolve));
  }
};
