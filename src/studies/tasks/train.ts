/** A recipe trained by full batches, from nothing or from where a stopped run was: the one item is the trained model. */
import {
  type AnyRecipe,
  type GradientOf,
  type TrainProgress,
  type TrainResult,
  type TrainState,
  trainRecipe,
} from "../../train/index.ts";
import type { Task } from "./task.ts";

export interface TrainInput {
  recipe: AnyRecipe;
  seed: number;
  /** f32[n, inputSize] */
  rows: Float32Array;
  labels: Int32Array | Uint8Array;
  inputSize: number;
  /** Weight of the penalty on the layers' bounds; default 0. */
  spectral?: number;
}

export interface TrainedParameters extends Omit<TrainResult, "network" | "state"> {
  /** f32, what `Network.setParameters` takes. */
  parameters: Float32Array;
}

export type TrainTask = Task<TrainInput, TrainedParameters, Omit<TrainProgress, "snapshot">, TrainState>;

/** The task, with the gradients of full batches computed elsewhere where `gradientOf` says how. */
export const trainWith =
  (gradientOf?: GradientOf): TrainTask =>
  async ({ recipe, seed, rows, labels, inputSize, spectral = 0 }, _items, { signal, resume, done, tell, save }) => {
    const options = {
      spectral,
      signal,
      ...(resume && { resume }),
      onIteration: ({ snapshot, ...seen }: TrainProgress) => {
        tell(seen);
        save(snapshot);
      },
    };
    const { network, state, ...ended } = await trainRecipe(
      recipe,
      { rows, labels },
      inputSize,
      seed,
      options,
      gradientOf,
    );
    if (signal.aborted) {
      save(() => state);
      throw signal.reason;
    }
    done(0, { parameters: network.getParameters(), ...ended });
  };

export const train: TrainTask = trainWith();
