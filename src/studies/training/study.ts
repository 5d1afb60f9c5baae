/** The study "training": ways of training one network, over several seeds, beside the paper's claim about adversarial training. */
import { outOfRange, requireInteger, requireOptions } from "../../check.ts";
import { digestSplits } from "../../data/digest.ts";
import { imageSize, slice } from "../../data/index.ts";
import { preprocessFlags } from "../../model/index.ts";
import { recordHead, sealRecord } from "../record.ts";
import {
  identifiedModel,
  requireInRange,
  requireModel,
  requireSplits,
  running,
  type StudyModel,
  type StudyRun,
  type StudySplits,
} from "../study.ts";
import { networkOfRun } from "../train/minibatch-run.ts";
import { ARM_NAMES, fitted, TRAINING_EPOCHS, trainingArm } from "./arms.ts";
import { differencesBySeed, trainingFindings } from "./findings.ts";
import { type MeasuredTraining, type TrainingRecord, trainingArrays } from "./record.ts";
import { armResults, type MeasuredRun, measureRobustness, rivalImages } from "./results.ts";
import { makeRuns, partial, type WantedRun } from "./runs.ts";

/** Which ways of training are compared, over how many seeds. */
export interface TrainingStudyOptions {
  /** Names of ways of training; default all of them. */
  arms?: readonly string[];
  /** Training seeds of each, 0 and on; default 5. */
  seeds?: number;
  /** Passes over the training images; default 80. */
  epochs?: number;
  /** Test images that are attacked in each network; default 500. */
  count?: number;
  /** Makes at most so many runs now; default all. The record is of those that are finished. */
  runs?: number;
}

/** What is asked where nothing is said. */
export const TRAINING_DEFAULTS = { arms: ARM_NAMES, seeds: 5, epochs: TRAINING_EPOCHS, count: 500 } as const;

/**
 * Trains 100-100-10 in each of the ways, attacks what comes out, and sets test errors over seeds beside one another.
 * Rejects before any work for data or a rival of other sizes, and for options that are unknown or out of range.
 *
 * @param rival  a network of its own, whose adversarial images are fed to those trained
 * @param data   the test images judge the runs; no run is trained on them, and no setting was chosen by them
 * @returns the record; its digest does not depend on the executor, nor on how often the study was stopped
 */
export async function trainingStudy(
  rival: StudyModel,
  data: StudySplits,
  options: TrainingStudyOptions = {},
  run: StudyRun = {},
): Promise<TrainingRecord> {
  requireOptions("trainingStudy", options, { arms: true, seeds: true, epochs: true, count: true, runs: true });
  requireModel(rival, "rival");
  requireSplits(data);
  const {
    arms = TRAINING_DEFAULTS.arms,
    seeds = TRAINING_DEFAULTS.seeds,
    epochs = TRAINING_DEFAULTS.epochs,
    count = TRAINING_DEFAULTS.count,
  } = options;
  requireInteger("seeds", seeds, 1);
  requireInteger("count", count, 1);
  const { name, train, test } = data;
  const size = imageSize(train.shape);
  if (rival.network.inputSize !== size) {
    outOfRange(`rival ${rival.name}`, `a network of ${size} inputs, as the images have`, `${rival.network.inputSize}`);
  }
  requireInRange(rival, { name, dataset: test });
  const { signal } = running(run);
  const started = performance.now();
  const classes = Math.max(train.classes, test.classes);
  const wanted = Array.from({ length: seeds }, (_, seed) =>
    arms.map((label): WantedRun => {
      return { label, recipe: fitted(trainingArm(label).recipe, { count: train.count, classes, epochs }), seed };
    }),
  ).flat();
  const known = await makeRuns(wanted, { data, most: options.runs }, run);

  const images = slice(test, 0, Math.min(count, test.count));
  const rivals = await rivalImages(rival.name, rival.network, images, 0);
  const measured: MeasuredRun[] = [];
  for (const [{ label }, found] of known) {
    signal?.throwIfAborted();
    const network = networkOfRun(found, size);
    measured.push({ arm: label, run: found, robustness: await measureRobustness(network, images, rivals, 0) });
  }
  measured.sort((a, b) => ARM_NAMES.indexOf(a.arm) - ARM_NAMES.indexOf(b.arm) || a.run.seed - b.run.seed);
  const runs = measured.map(({ arm, run: { parameters: _, recipe: __, ...made }, robustness }): MeasuredTraining => {
    return { arm, ...made, ...robustness };
  });
  const results = armResults(measured, { isMnist: name === "mnist" });
  const differences = differencesBySeed(runs);
  const asked = { arms, seeds, epochs, count, rival: rival.given ?? rival.name };
  const head = recordHead(
    "training",
    "Adversarial training of 100-100-10",
    {
      command: "paper",
      options: {
        ...{ experiment: "training", data: name, ...asked },
        ...{ ...preprocessFlags(rival.network.preprocess), ...partial(wanted, known) },
      },
      defaults: { data: "mnist", arms: ARM_NAMES, count: TRAINING_DEFAULTS.count, rival: "fc100-100-10" },
    },
    asked,
  );
  return sealRecord(
    {
      ...head,
      data: { name, digest: await digestSplits(data), train: train.count, test: test.count },
      epochs,
      seeds,
      wanted: wanted.length,
      images: images.count,
      rival: await identifiedModel(rival),
      results,
      runs,
      differences,
      findings: trainingFindings(results, differences, test.count),
      timing: { milliseconds: performance.now() - started },
    },
    trainingArrays(runs),
  );
}
