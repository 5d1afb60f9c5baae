/** One run of the experiment on adversarial training, with checkpoints on the way. */
import { every } from "../../clock.ts";
import type { Dataset } from "../../data/index.ts";
import { trainingRun as runRecipe, type TrainingRun } from "../../paper/training.ts";
import type { MinibatchedRecipe, MinibatchState } from "../../train/index.ts";
import type { Task } from "./task.ts";

export interface TrainingRunInput {
  recipe: MinibatchedRecipe;
  seed: number;
  /** Best in shared memory. */
  train: Dataset;
  test: Dataset;
  /** Goes on from the `state` of the last message that had one. */
  resume?: MinibatchState;
  /** Seconds between the messages that hold the state. A run that is aborted sends one more at its end. */
  checkpointSeconds: number;
}

export interface TrainingRunMessage {
  /** Steps that are done. */
  step: number;
  /** Share of the epoch's rows so far that were wrong. */
  error: number;
  /** What `resume` continues from, now and then. */
  state?: MinibatchState;
}

export const trainingRun: Task<TrainingRunInput, TrainingRun, TrainingRunMessage> = async (input, { signal, post }) => {
  const { recipe, seed, train, test, resume, checkpointSeconds } = input;
  const isDue = every(1000 * checkpointSeconds);
  let last = { step: resume?.steps ?? 0, error: 0 };
  const options = {
    signal,
    ...(resume && { resume }),
    onProgress: ({ step, error, snapshot }: { step: number; error: number; snapshot: () => MinibatchState }) => {
      last = { step, error };
      post({ ...last, ...(isDue() && { state: snapshot() }) });
    },
  };
  const found = await runRecipe(recipe, seed, { train, test }, options);
  if (!("stopped" in found)) return found;
  post({ ...last, state: found.stopped });
  throw signal.reason;
};
