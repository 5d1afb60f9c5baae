/** The record of the search for the settings of AE400-10's sparse autoencoder. */
import type { NamedArrays } from "../../data/digest.ts";
import type { Identified, RecordHead, RecordSeal } from "../record.ts";
import type { SparsitySettings } from "./settings.ts";

/** One trial: an encoder of these settings under a softmax. */
export interface SparsityTrial extends SparsitySettings {
  /** Share of wrong answers of the whole network on the images that the softmax was fitted on. */
  trainError: number;
  /** The same on the validation images. */
  validationError: number;
  /** The objective of the softmax at its end, in nats. */
  loss: number;
  /** Whether no other has fewer errors on the validation images; of equals the first. */
  isBest: boolean;
}

/** The record of the search: every setting that was tried, judged on a validation split. */
export interface SparsitySearchRecord extends RecordHead<"sparsity-search">, RecordSeal {
  /** The images, and how many there are to train on and to judge by. */
  data: Identified & { train: number; validation: number };
  /** Images that the encoders were trained on. */
  count: number;
  /** Iterations of the encoders at most. */
  iterations: number;
  /** One a setting, in the order they were given. */
  trials: readonly SparsityTrial[];
}

/** What the digest covers: both errors and the loss of each trial. */
export function sparsityArrays(trials: readonly SparsityTrial[]): NamedArrays {
  const numbers = trials.flatMap(({ trainError, validationError, loss }) => [trainError, validationError, loss]);
  return { numbers: { data: Float64Array.from(numbers) } };
}
