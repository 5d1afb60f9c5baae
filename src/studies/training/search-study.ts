/** The study "training-search": every setting that was tried for each way of training, judged on a validation split. */

import { outOfRange, requireInteger, requireOptions } from "../../check.ts";
import { digestDataset } from "../../data/digest.ts";
import type { Dataset } from "../../data/index.ts";
import type { Recipe } from "../../train/index.ts";
import { recordHead, sealRecord } from "../record.ts";
import { requireData, type StudyData, type StudyRun } from "../study.ts";
import { ARM_NAMES, fitted, SEARCH_EPOCHS, TRAINING_ARMS, type TrainingArm, trainingArm } from "./arms.ts";
import { searchArrays, type TrainingSearchRecord } from "./record.ts";
import { makeRuns, partial } from "./runs.ts";
import { searchResults, validationSplit } from "./search.ts";
import type { TrainingStudyOptions } from "./study.ts";

/** As for the experiment; by default one seed and 40 epochs. */
export type TrainingSearchOptions = Omit<TrainingStudyOptions, "count">;

/** The ways of training that have settings to choose from; refuses names of which none has. */
export function searchedArms(names: readonly string[] = ARM_NAMES): TrainingArm[] {
  const arms = names.map(trainingArm).filter(({ candidates }) => candidates.length > 0);
  if (arms.length > 0) return arms;
  const known = TRAINING_ARMS.filter(({ candidates }) => candidates.length > 0).map(({ name }) => name);
  return outOfRange("arms", `some with settings to choose (${known.join(", ")})`, names.join());
}

/**
 * Trains every candidate of every way of training on five sixths of the training images, and judges it on the others.
 * Rejects before any work for ways of training that there are not, and for options that are unknown or out of range.
 *
 * @param data  the training images: no test image has part in the search
 */
export async function trainingSearchStudy(
  data: StudyData,
  options: TrainingSearchOptions = {},
  run: StudyRun = {},
): Promise<TrainingSearchRecord> {
  requireOptions("trainingSearchStudy", options, { arms: true, seeds: true, epochs: true, runs: true });
  requireData(data);
  const { name, dataset } = data;
  const { arms = ARM_NAMES, seeds = 1, epochs = SEARCH_EPOCHS, runs: most } = options;
  requireInteger("seeds", seeds, 1);
  const searched = searchedArms(arms);
  const started = performance.now();
  const split: { train: Dataset; test: Dataset } = validationSplit(dataset);
  const { count, classes } = split.train;
  const wanted = Array.from({ length: seeds }, (_, seed) =>
    searched.flatMap(({ name: arm, candidates }) =>
      candidates.map((candidate, i) => {
        return { label: `${arm}-${i + 1}`, candidate, recipe: fitted(candidate, { count, classes, epochs }), seed };
      }),
    ),
  ).flat();
  const known = await makeRuns(wanted, { data: split, most }, run);
  const results = searchResults(searched, (candidate: Recipe) =>
    wanted.flatMap((one) => (one.candidate === candidate ? (known.get(one) ?? []) : [])),
  );
  const asked = { arms, seeds, epochs };
  const head = recordHead(
    "training-search",
    "Settings of the training experiment",
    {
      command: "paper",
      options: { experiment: "training-search", data: name, ...asked, ...partial(wanted, known) },
      defaults: { data: "mnist", arms: ARM_NAMES },
    },
    asked,
  );
  return sealRecord(
    {
      ...head,
      data: { name, digest: await digestDataset(dataset), train: count, validation: split.test.count },
      epochs,
      seeds,
      wanted: wanted.length,
      finished: known.size,
      results,
      timing: { milliseconds: performance.now() - started },
    },
    searchArrays(results),
  );
}
