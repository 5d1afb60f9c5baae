/** The study "transfer": what fools one model is fed to others [Szegedy et al. 2014, section 4.2]. */
import { fedBy, type TransferMatrix } from "../../analysis/index.ts";
import { requireModels } from "../../analysis/models.ts";
import { type AttackResult, summarize } from "../../attacks/index.ts";
import { outOfRange, requireNumber, requireOptions, wrongType } from "../../check.ts";
import { preprocessFlags } from "../../model/index.ts";
import { attackByRule, notingKnown, requireTargetLabel, SEARCH_OPTIONS, type SearchOptions } from "../attack/search.ts";
import { ImagesPresent } from "../missing.ts";
import { answersOnWorkers } from "../on-workers/analyses.ts";
import { recordHead, sealRecord, timing } from "../record.ts";
import {
  identifiedData,
  identifiedModel,
  requireData,
  requireInRange,
  requireModel,
  running,
  type StudyData,
  type StudyModel,
  type StudyRun,
} from "../study.ts";
import { type FedImages, type SourceSummary, type TransferRecord, transferArrays } from "./record.ts";
import { type MadeSet, noisySet, setsFor } from "./sets.ts";

/** The models of a transfer: alike in inputs and classes, no name twice. */
export interface TransferStudyModels {
  /** Attacked, and fed too; at least one. */
  from: readonly StudyModel[];
  /** Fed only; default none. */
  to?: readonly StudyModel[];
}

/** How images are made, and what else is fed to the models. */
export interface TransferStudyOptions extends Partial<SearchOptions> {
  /** What counts as an image's true answer, for the record: the labels of the data are what is used. */
  truth?: "labels" | "model";
  /** Root mean square changes to which the changes found are amplified, by one factor for all images of a model; default none. */
  amplify?: readonly number[];
  /** Standard deviations of Gaussian noise, not clipped, by `seed`; default none. */
  noise?: readonly number[];
}

/**
 * Attacks the models of `from`, and feeds what was found, the same amplified, and noisy images to all models.
 *
 * @param data  images in [0, 1]; their labels are the true answers, `options.first` is the position of the first one in
 *   the whole set
 * @returns the record: a row a set of images, a cell a model, with the answers as i32[count]; neither digest depends on the
 *   executor
 * @throws RangeError where models do not go together, where a number is given twice, and where no image fools a model of
 *   `from`; the signal's reason once it is aborted
 */
export async function transferStudy(
  { from, to = [] }: TransferStudyModels,
  data: StudyData,
  options: TransferStudyOptions = {},
  run: StudyRun = {},
): Promise<TransferRecord> {
  requireOptions("transferStudy", options, { ...SEARCH_OPTIONS, truth: true, amplify: true, noise: true });
  const { target = "random", effort = "fast", solver = "projected", margin = 1e-4, seed = 0, first = 0 } = options;
  const { truth = "labels", amplify = [], noise = [] } = options;
  if (!Array.isArray(from)) wrongType("from", "the models to attack", from);
  const models: StudyModel[] = [...from, ...to];
  for (const model of models) requireModel(model);
  requireData(data);
  for (const model of models) requireInRange(model, data);
  const { dataset: whole } = data;
  requireModels(models.map(({ name, network }) => ({ name, target: network })));
  if (from.length === 0) outOfRange("from", "at least one model to attack", "none");
  requireTargetLabel(target, (from[0] as StudyModel).network.classes);
  requireEachOnce("amplify", amplify);
  requireEachOnce("noise", noise);
  const { signal } = running(run);
  const search = { target, effort, solver, margin, seed, first };
  const started = performance.now();
  const present = new ImagesPresent(whole.count);
  const attacks: AttackResult[] = [];
  let attackedNow = 0;
  for (const source of from) {
    const noted = notingKnown(run);
    const found = await attackByRule(source.network, whole, search, noted.run, present, `attack ${source.name}`);
    attackedNow += requireFooled(source.name, present.resultOf(found)).attacked * (1 - noted.known());
    attacks.push(found);
  }
  // An image that is missing for one model is left out for all: each set has the same images.
  const dataset = present.datasetOf(whole);
  const sources: SourceSummary[] = [];
  const sets: MadeSet[] = [];
  for (const [s, source] of from.entries()) {
    const found = present.resultOf(attacks[s] as AttackResult);
    sources.push(requireFooled(source.name, found));
    sets.push(...(await setsFor(source, found, dataset, amplify, signal)));
  }
  for (const std of noise) {
    const { rows, ...set } = noisySet(whole, { std, seed, first }); // each image's own noise
    sets.push({ ...set, rows: present.rowsOf(rows), originals: dataset.rows, truth: dataset.labels });
  }
  const matrix = await feed(models, sets, run);
  const milliseconds = performance.now() - started;
  const rows = sets.map(({ rows: images, name, ...set }, s): FedImages => {
    return { ...(matrix.rows[s] as TransferMatrix["rows"][number]), ...set, images };
  });
  const asked = { ...search, count: whole.count, truth };
  return sealRecord(
    {
      ...recordHead(
        "transfer",
        `${namesOf(from)} to ${namesOf(to) || "one another"} on ${data.name}`,
        {
          command: "transfer",
          options: {
            from: givenOf(from),
            to: givenOf(to.length > 0 ? to : from),
            ...preprocessFlags(from[0]?.network.preprocess),
            data: data.name,
            ...asked,
            amplify,
            noise,
          },
          defaults: { first: 0, truth: "labels", margin: 1e-4 },
        },
        { ...asked, amplify: amplify.join(",") || "none", noise: noise.join(",") || "none" },
      ),
      ...present.said(first),
      models: await Promise.all(models.map(identifiedModel)),
      shape: dataset.shape,
      data: await identifiedData(data),
      sources,
      rows,
      timing: timing(milliseconds, Math.round(attackedNow)),
    },
    transferArrays({ rows, shape: dataset.shape }),
  );
}

function requireEachOnce(subject: string, numbers: readonly number[]): void {
  numbers.forEach((number, i) => {
    requireNumber(`${subject}[${i}]`, number, 0);
    if (numbers.indexOf(number) !== i) outOfRange(subject, "each number once", `${number} twice`);
  });
}

/** Sums up the attack on a model; refuses one that no image fools, as there is nothing to feed to the others. */
function requireFooled(model: string, result: AttackResult): SourceSummary {
  const { misclassified, alreadyTarget, attacked, found, evaluations } = summarize(result);
  if (found === 0) {
    outOfRange(
      `--from ${model}`,
      "at least one image that fools it, to feed to the others",
      `none of ${attacked} attacked (${misclassified} misclassified, ${alreadyTarget} the target already)`,
    );
  }
  return { model, misclassified, alreadyTarget, attacked, found, evaluations };
}

function namesOf(models: readonly StudyModel[]): string {
  return models.map(({ name }) => name).join(", ");
}

function givenOf(models: readonly StudyModel[]): string {
  return models.map(({ name, given = name }) => given).join(",");
}

async function feed(models: readonly StudyModel[], sets: readonly MadeSet[], run: StudyRun): Promise<TransferMatrix> {
  const { executor, signal, tell } = running(run);
  const named = models.map(({ name, network }) => ({ name, target: network }));
  let before = 0;
  return fedBy(named, sets, async (network, rows, total) => {
    const onProgress = (done: number) => tell({ label: "feed", done: before + done, total, unit: "images" });
    const answers = await answersOnWorkers(executor, network, rows, { signal, onProgress });
    before += answers.length;
    return answers;
  });
}
