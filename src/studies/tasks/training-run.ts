/** Runs of the experiment on adversarial training: the one item is the run of a recipe and a seed. */
import type { Dataset } from "../../data/index.ts";
import type { MinibatchedRecipe, MinibatchState } from "../../train/index.ts";
import { trainingRun as runRecipe, type TrainingRun } from "../training/run.ts";
import type { Task } from "./task.ts";

export interface TrainingRunInput {
  recipe: MinibatchedRecipe;
  seed: number;
  train: Dataset;
  test: Dataset;
}

export interface TrainingRunProgress {
  /** Steps that are done. */
  step: number;
  /** Share of the epoch's rows so far that were wrong. */
  error: number;
}

export const trainingRun: Task<TrainingRunInput, TrainingRun, TrainingRunProgress, MinibatchState> = async (
  { recipe, seed, train, test },
  _items,
  { signal, resume, done, tell, save },
) => {
  const found = await runRecipe(
    recipe,
    seed,
    { train, test },
    {
      signal,
      ...(resume && { resume }),
      onProgress: ({ step, error, snapshot }) => {
        tell({ step, error });
        save(snapshot);
      },
    },
  );
  if ("stopped" in found) {
    save(() => found.stopped);
    throw signal.reason;
  }
  done(0, found);
};
