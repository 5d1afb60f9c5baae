/**
 * How the settings of the experiment on adversarial training were chosen: every candidate of every arm is trained on the first
 * five sixths of the training images and judged on the others. The test images have no part in it.
 */
import { type SeedInterval, seedInterval } from "../../analysis/index.ts";
import { type Dataset, slice } from "../../data/index.ts";
import type { Recipe } from "../../train/index.ts";
import type { TrainingRun } from "../train/minibatch-run.ts";
import { settingsText, type TrainingArm } from "./arms.ts";

/** What is trained on, and what is judged on. */
export function validationSplit(train: Dataset): { train: Dataset; test: Dataset } {
  const kept = Math.floor((train.count * 5) / 6);
  return { train: slice(train, 0, kept), test: slice(train, kept, train.count) };
}

export interface CandidateResult {
  arm: string;
  settings: string;
  /** On the validation images: mean cross-entropy, nats, and share of errors. */
  loss: SeedInterval;
  error: SeedInterval;
  /** Whether it is the best of its arm: the least mean loss, which tells candidates apart sooner than the share of errors. */
  isBest: boolean;
  /** Whether the experiment uses it. */
  isUsed: boolean;
}

/** @param runsOf the finished runs of a candidate */
export function searchResults(
  arms: readonly TrainingArm[],
  runsOf: (candidate: Recipe) => readonly TrainingRun[],
): CandidateResult[] {
  return arms.flatMap((arm) => {
    const found = arm.candidates.flatMap((candidate) => {
      const runs = runsOf(candidate).filter(({ status }) => status !== "diverged");
      if (runs.length === 0) return [];
      return [
        {
          arm: arm.name,
          settings: settingsText(candidate),
          loss: seedInterval(runs.map(({ testLoss }) => testLoss)),
          error: seedInterval(runs.map(({ testError }) => testError)),
          isUsed: settingsText(candidate) === settingsText(arm.recipe),
        },
      ];
    });
    const least = Math.min(...found.map(({ loss }) => loss.mean));
    return found.map((result) => ({ ...result, isBest: result.loss.mean === least }));
  });
}
