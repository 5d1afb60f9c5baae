/** A recipe trained by minibatches, from nothing or from where a stopped run was: the one item is the run. */
import type { Dataset } from "../../data/index.ts";
import type { MinibatchedRecipe, MinibatchProgress, MinibatchState } from "../../train/index.ts";
import { trainingRun as runRecipe, type TrainingRun } from "../train/minibatch-run.ts";
import type { Task } from "./task.ts";

export interface TrainingRunInput {
  recipe: MinibatchedRecipe;
  seed: number;
  train: Dataset;
  test: Dataset;
  /** Whether the test images are measured after each epoch too; default false. */
  judgesEpochs?: boolean;
}

type Progress = Omit<MinibatchProgress, "snapshot">;

export const trainingRun: Task<TrainingRunInput, TrainingRun, Progress, MinibatchState> = async (
  { recipe, seed, train, test, judgesEpochs = false },
  _items,
  { signal, resume, done, tell, save },
) => {
  const found = await runRecipe(
    recipe,
    seed,
    { train, test },
    {
      judgesEpochs,
      signal,
      ...(resume && { resume }),
      onProgress: ({ snapshot, ...seen }) => {
        tell(seen);
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
