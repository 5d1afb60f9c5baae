/**
 * The study "sparsity-search": settings of the sparse autoencoder of AE400-10, which the paper does not give, each trained and judged
 * by the errors of the softmax on top. Five sixths of the training images train, the others judge; no test image has part in it.
 */
import { requireOptions } from "../../check.ts";
import { digestDataset } from "../../data/digest.ts";
import { iterationsOf } from "../../train/index.ts";
import { recordHead, sealRecord } from "../record.ts";
import { requireData, running, type StudyData, type StudyRun } from "../study.ts";
import { trainFullBatch } from "../train/full-batch.ts";
import { validationSplit } from "../training/search.ts";
import { type SparsitySearchRecord, sparsityArrays } from "./record.ts";
import {
  requireSparsity,
  SPARSITY_DEFAULTS,
  SPARSITY_GRID,
  type SparsitySettings,
  settingsOf,
  trialRecipe,
} from "./settings.ts";

/** Which settings are tried, and at what cost. */
export interface SparsitySearchOptions {
  /** Default: every setting of a grid around UFLDL's own. */
  settings?: readonly SparsitySettings[];
  /** Images that an encoder is trained on, the first of the set; the softmax is fitted on all. Default 3,000. */
  count?: number;
  /** L-BFGS iterations of an encoder at most; default 100. */
  iterations?: number;
}

/**
 * Trains a network with each setting, from the same initial weights, and judges it on the last sixth of the images.
 *
 * @param data  the training images
 * @returns the record; its digest does not depend on the executor, nor on how often the study was stopped
 * @throws RangeError for settings that cannot be trained with
 */
export async function sparsitySearchStudy(
  data: StudyData,
  options: SparsitySearchOptions = {},
  run: StudyRun = {},
): Promise<SparsitySearchRecord> {
  requireOptions("sparsitySearchStudy", options, { settings: true, count: true, iterations: true });
  requireData(data);
  const { name, dataset } = data;
  const { settings = SPARSITY_GRID, iterations = SPARSITY_DEFAULTS.iterations } = options;
  for (const [i, one] of settings.entries()) requireSparsity(`settings[${i}]`, one);
  const split = validationSplit(dataset);
  const count = Math.min(options.count ?? SPARSITY_DEFAULTS.count, split.train.count);
  const { executor, signal, tell } = running(run);
  const started = performance.now();
  const sizes = { count, iterations, classes: dataset.classes };
  const recipes = settings.map((one) => trialRecipe(one, sizes));
  const total = recipes.reduce((sum, recipe) => sum + iterationsOf(recipe), 0);
  const done = new Map<SparsitySettings, number>();
  const trained = await Promise.all(
    settings.map((setting, i) =>
      trainFullBatch(recipes[i] as (typeof recipes)[number], split, {
        ...{ seed: 0, executor, signal },
        onProgress: ({ iteration }) => {
          done.set(setting, iteration);
          const all = [...done.values()].reduce((sum, some) => sum + some, 0);
          tell({ label: "training", done: all, total, unit: "iterations", note: settingsOf(setting) });
        },
      }),
    ),
  );
  const least = Math.min(...trained.map(({ testError }) => testError));
  const best = trained.findIndex(({ testError }) => testError === least);
  const trials = settings.map(({ decay, beta, target }, i) => {
    const { trainError, testError, value } = trained[i] as (typeof trained)[number];
    // What a network was not trained on is the validation split.
    return { decay, beta, target, trainError, validationError: testError, loss: value, isBest: i === best };
  });
  const asked = { ...(options.settings && { settings: settings.map(settingsOf).join() }), count, iterations };
  return sealRecord(
    {
      ...recordHead(
        "sparsity-search",
        "Settings of the sparse autoencoder of AE400-10",
        {
          command: "paper",
          options: { experiment: "sparsity-search", data: name, ...asked },
          defaults: { data: "mnist", count: SPARSITY_DEFAULTS.count, iterations: SPARSITY_DEFAULTS.iterations },
        },
        { settings: settings.map(settingsOf).join(), count, iterations },
      ),
      data: { name, digest: await digestDataset(dataset), train: split.train.count, validation: split.test.count },
      ...{ count, iterations, trials },
      timing: { milliseconds: performance.now() - started },
    },
    sparsityArrays(trials),
  );
}
