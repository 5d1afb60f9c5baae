/** A recipe trained by full batches, from nothing or from where a stopped run was: the one item is the trained model. */
import {
  type AnyRecipe,
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

export const train: Task<TrainInput, TrainedParameters, Omit<TrainProgress, "snapshot">, TrainState> = async (
  { recipe, seed, rows, labels, inputSize, spectral = 0 },
  _items,
  { signal, resume, done, tell, save },
) => {
  const { network, state, ...ended } = await trainRecipe(recipe, { rows, labels }, inputSize, seed, {
    spectral,
    signal,
    ...(resume && { resume }),
    onIteration: ({ snapshot, ...seen }) => {
      tell(seen);
      save(snapshot);
    },
  });
  if (signal.aborted) {
    save(() => state);
    throw signal.reason;
  }
  done(0, { parameters: network.getParameters(), ...ended });
};
