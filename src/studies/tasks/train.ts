/** A recipe trained from nothing, or from where a stopped run was, with checkpoints on the way. */
import { every } from "../../clock.ts";
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
  /** f32[n, inputSize], best in shared memory. */
  rows: Float32Array;
  labels: Int32Array | Uint8Array;
  inputSize: number;
  /** Goes on from the `state` of the last message that had one. */
  resume?: TrainState;
  /** Seconds between the messages that hold the state; default 60. A run that is aborted sends one more at its end. */
  checkpointSeconds?: number;
}

/** Sent after each iteration, and by a run that is aborted with nothing but its state. */
export interface TrainMessage extends Partial<Omit<TrainProgress, "snapshot">> {
  /** What `resume` continues from, now and then. */
  state?: TrainState;
}

export interface TrainOutput extends Omit<TrainResult, "network" | "state"> {
  /** f32, what `Network.setParameters` takes. */
  parameters: Float32Array;
}

export const train: Task<TrainInput, TrainOutput, TrainMessage> = async (input, { signal, post }) => {
  const { recipe, seed, rows, labels, inputSize, resume, checkpointSeconds = 60 } = input;
  const isDue = every(1000 * checkpointSeconds);
  const { network, state, ...ended } = await trainRecipe(recipe, { rows, labels }, inputSize, seed, {
    signal,
    ...(resume && { resume }),
    onIteration: ({ snapshot, ...seen }) => {
      post({ ...seen, ...(isDue() && { state: snapshot() }) });
    },
  });
  if (signal.aborted) {
    post({ state });
    throw signal.reason;
  }
  return { parameters: network.getParameters(), ...ended };
};
