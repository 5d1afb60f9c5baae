/**
 * The preregistered experiment on adversarial training (docs/preregistration.md). Runs are made and judged on a fixed validation split.
 * The test images are read by nothing before the experiment is opened, which takes all runs that were asked for.
 */
import { seedInterval } from "../../analysis/index.ts";
import { outOfRange, requireInteger, requireOptions } from "../../check.ts";
import { digestSplits } from "../../data/digest.ts";
import { type Dataset, imageSize, slice } from "../../data/index.ts";
import type { Network } from "../../model/index.ts";
import { predictedClasses, rankingOf } from "../../model/index.ts";
import { holm } from "../../numeric/holm.ts";
import { pairedTest } from "../../numeric/paired-test.ts";
import { recordHead, sealRecord } from "../record.ts";
import { requireSplits, type StudyRun, type StudySplits } from "../study.ts";
import { networkOfRun, type TrainingRun } from "../train/minibatch-run.ts";
import { makeRuns, partial, type WantedRun } from "../training/runs.ts";
import { wrongAnswers } from "../wrong-answers.ts";
import {
  HYPOTHESES,
  PREREGISTERED,
  PREREGISTERED_ARMS,
  PREREGISTERED_NAMES,
  preregisteredRecipe,
  preregisteredSeeds,
} from "./arms.ts";
import { movedImages } from "./moved.ts";
import {
  type PreregisteredRecord,
  type PreregisteredResult,
  type PreregisteredRun,
  preregisteredArrays,
  type TestedHypothesis,
} from "./record.ts";

/** Which arms, over how many seeds, and whether the test images are looked at. */
export interface PreregisteredStudyOptions {
  /** Names of ways of training; default all of them. */
  arms?: readonly string[];
  /** Training seeds of each, 0 and on; default 20, and no more than 4 of an arm that no hypothesis compares. */
  seeds?: number;
  /** Passes over the training images; default 15. */
  epochs?: number;
  /** Makes at most so many runs now; default all. The record is of those that are finished. */
  runs?: number;
  /** Looks at the test images, once all runs are made; default false. */
  open?: boolean;
}

/** Training images at the end of the set that validate: 10,000, or a sixth of a smaller set. */
function validationOf(count: number): number {
  return Math.min(PREREGISTERED.validation, Math.floor(count / 6));
}

/**
 * Trains every arm over its seeds, and, where it is opened, tests the hypotheses seed by seed on the test images.
 *
 * @returns the record; its digest does not depend on the executor, nor on how often the study was stopped
 * @throws RangeError where it is opened before all runs are made
 */
export async function preregisteredStudy(
  data: StudySplits,
  options: PreregisteredStudyOptions = {},
  run: StudyRun = {},
): Promise<PreregisteredRecord> {
  requireOptions("preregisteredStudy", options, { arms: true, seeds: true, epochs: true, runs: true, open: true });
  requireSplits(data);
  const { arms = PREREGISTERED_NAMES, seeds = PREREGISTERED.seeds, epochs = PREREGISTERED.epochs } = options;
  const { open = false, runs: most } = options;
  requireInteger("seeds", seeds, 1);
  requireInteger("epochs", epochs, 1);
  const { name, train: all, test } = data;
  const held = validationOf(all.count);
  const [train, validation] = [slice(all, 0, all.count - held), slice(all, all.count - held, all.count)];
  const started = performance.now();
  const sizes = { count: train.count, classes: Math.max(all.classes, test.classes), epochs };
  const wanted = Array.from({ length: seeds }, (_, seed) =>
    arms
      .filter((label) => seed < preregisteredSeeds(label, seeds))
      .map((label): WantedRun => ({ label, recipe: preregisteredRecipe(label, sizes), seed })),
  ).flat();
  const known = await makeRuns(wanted, { data: { train, test: validation }, most }, run);
  if (open && known.size < wanted.length) {
    outOfRange("open", `all ${wanted.length} runs before it`, `${known.size}`);
  }
  const moved = open ? movedImages(test, 0) : undefined;
  const size = imageSize(all.shape);
  const runs = [...known].map(([{ label, seed }, found]): PreregisteredRun => {
    const network = moved && networkOfRun(found, size);
    return {
      ...ranOf(label, seed, found),
      testError: network ? errorOf(network, test) : null,
      movedError: network && moved ? errorOf(network, moved) : null,
    };
  });
  runs.sort((a, b) => PREREGISTERED_NAMES.indexOf(a.arm) - PREREGISTERED_NAMES.indexOf(b.arm) || a.seed - b.seed);
  const isAsPreregistered =
    PREREGISTERED_NAMES.every((arm) => arms.includes(arm)) &&
    seeds === PREREGISTERED.seeds &&
    epochs === PREREGISTERED.epochs;
  const asked = { arms, seeds, epochs, open };
  return sealRecord(
    {
      ...recordHead(
        "preregistered",
        "Adversarial training of 100-100-10, preregistered",
        {
          command: "paper",
          options: { experiment: "preregistered", data: name, ...asked, ...partial(wanted, known) },
          defaults: {
            data: "mnist",
            arms: PREREGISTERED_NAMES,
            seeds: PREREGISTERED.seeds,
            epochs: PREREGISTERED.epochs,
          },
        },
        { ...asked, arms: arms.join(",") },
      ),
      data: {
        ...{ name, digest: await digestSplits(data) },
        ...{ train: train.count, validation: validation.count, test: test.count },
      },
      ...{ epochs, seeds, wanted: wanted.length, isOpen: open, isAsPreregistered },
      results: resultsOf(runs),
      hypotheses: open ? tested(runs) : [],
      runs,
      timing: { milliseconds: performance.now() - started },
    },
    preregisteredArrays(runs),
  );
}

function ranOf(arm: string, seed: number, { status, steps, trainError, testError }: TrainingRun) {
  // What a run was not trained on is the validation split.
  return { arm, seed, status, steps, trainError, validationError: testError };
}

function errorOf(network: Network, { rows, labels, count }: Dataset): number {
  return wrongAnswers(predictedClasses(rankingOf(network, rows), network.classes), labels) / count;
}

function resultsOf(runs: readonly PreregisteredRun[]): PreregisteredResult[] {
  return PREREGISTERED_ARMS.flatMap(({ name: arm, title }) => {
    const own = runs.filter((one) => one.arm === arm);
    if (own.length === 0) return [];
    const over = (pick: (one: PreregisteredRun) => number | null) => {
      const values = own.flatMap((one) => pick(one) ?? []);
      return values.length === own.length ? seedInterval(values) : null;
    };
    return [
      {
        ...{ arm, title },
        validationError: seedInterval(own.map(({ validationError }) => validationError)),
        testError: over(({ testError }) => testError),
        movedError: over(({ movedError }) => movedError),
        updates: seedInterval(own.map(({ steps }) => steps)),
      },
    ];
  });
}

function tested(runs: readonly PreregisteredRun[]): TestedHypothesis[] {
  const errors = (arm: string, pick: (one: PreregisteredRun) => number | null) =>
    new Map(runs.filter((one) => one.arm === arm).map((one) => [one.seed, pick(one) as number]));
  const paired = (first: string, second: string, pick: (one: PreregisteredRun) => number | null) => {
    const [a, b] = [errors(first, pick), errors(second, pick)];
    return [...a].flatMap(([seed, error]) => (b.has(seed) ? [(b.get(seed) as number) - error] : []));
  };
  const made = HYPOTHESES.flatMap((hypothesis) => {
    const { first, second } = hypothesis;
    const differences = paired(first, second, ({ testError }) => testError);
    if (differences.length === 0) return [];
    const moved = pairedTest(paired(first, second, ({ movedError }) => movedError));
    return [{ ...hypothesis, test: pairedTest(differences), moved }];
  });
  const adjusted = holm(made.map(({ test }) => test.p));
  return made.map((one, i) => ({ ...one, adjusted: adjusted[i] as number }));
}
