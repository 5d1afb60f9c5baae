/**
 * `blindspot units`: the images that a layer's units and random directions answer to most, and whether the two differ; with
 * --survey every hidden layer of several models in one table.
 */
import type { Command } from "commander";
import { outOfRange } from "../check.ts";
import { digestDataset, digestParameters } from "../data/digest.ts";
import { type Dataset, UNLABELLED } from "../data/index.ts";
import { preprocessFlags } from "../model/index.ts";
import { loadData, loadNetwork, shippedModels } from "../node/index.ts";
import { surveyFiles, surveyText, unitsFiles, unitsText } from "../report/index.ts";
import type { StudyModel } from "../studies/study.ts";
import { hiddenLayers, unitsStudy, unitsSurvey } from "../studies/units/index.ts";
import { analysedModel, modelOfWeights } from "./analysis-model.ts";
import { readClassNames, selectImages } from "./attack-input.ts";
import { UsageError } from "./options.ts";
import { loadOptions } from "./preprocess-options.ts";
import { runStudy } from "./study.ts";
import { type UnitsFlags, unitsOptions } from "./units-options.ts";

/** A new one each time: commander's commands remember what they parsed. */
export function unitsCommand(): Command {
  return unitsOptions().action(async (flags: UnitsFlags) => (flags.survey ? survey(flags) : units(flags)));
}

async function units(flags: UnitsFlags): Promise<void> {
  const { layer, features, reduce, top, directions, between, show, iterations, seed, first } = flags;
  if (flags.weights !== undefined && flags.model !== undefined) {
    throw new UsageError("--weights: expected no --model beside it");
  }
  const given = flags.weights === undefined ? (flags.model ?? "fc100-100-10") : modelOfWeights(flags.weights);
  const model = await modelOf(given, seed, flags);
  const { dataset, labels } = await labelledImages(model, flags);
  const missing = between.flat().find((label) => !dataset.labels.includes(label));
  if (missing !== undefined) {
    outOfRange("--between", "labels that images have", `${missing}, which none of them has`);
  }
  const classNames = flags.classNames === undefined ? undefined : await readClassNames(flags.classNames, model.network);
  const options = { layer, features, reduce, top, directions, between, show, iterations, seed, first };
  await runStudy(flags, {
    ...(await settings(flags, [model], dataset, options)),
    files: unitsFiles,
    text: unitsText,
    study: (run) =>
      unitsStudy(
        model,
        { dataset, name: flags.data },
        { ...options, labels, classNames, classNamesFile: flags.classNames },
        run,
      ),
  });
}

async function survey(flags: UnitsFlags): Promise<void> {
  if (flags.weights !== undefined)
    throw new UsageError("--weights: expected none beside --survey; --model takes alexnet:<file>");
  for (const flag of ["layer", "features"] as const) {
    if (flags[flag] !== undefined)
      throw new UsageError(`--${flag}: expected none beside --survey, which takes all layers`);
  }
  if (flags.between.length > 0) throw new UsageError("--between: expected none beside --survey, which shows no rows");
  const { reduce, top, directions, seed, first } = flags;
  const models = await surveyed(flags);
  const { dataset, labels } = await labelledImages(models[0] as StudyModel, flags);
  const options = { reduce, top, directions, seed, first };
  await runStudy(flags, {
    ...(await settings(flags, models, dataset, { survey: true, ...options })),
    files: surveyFiles,
    text: surveyText,
    study: (run) => unitsSurvey(models, { dataset, name: flags.data }, { ...options, labels }, run),
  });
}

/** What of a run is the same with and without --survey. */
async function settings(
  { data, workers }: UnitsFlags,
  models: readonly StudyModel[],
  dataset: Dataset,
  options: object,
) {
  return {
    name: "units",
    asked: {
      ...{ models: models.map(({ given }) => given), data, count: dataset.count, ...options },
      ...preprocessFlags(models[0]?.network.preprocess),
      "digests of the models": await Promise.all(
        models.map(({ network }) => digestParameters(network.getParameters())),
      ),
      "digest of the data": await digestDataset(dataset),
    },
    ...(workers !== undefined && { workers }),
  };
}

async function modelOf(given: string, seed: number, flags: UnitsFlags): Promise<StudyModel> {
  return { ...(await analysedModel(given, seed, loadOptions(flags))), given };
}

/** The models of --model, or the shipped ones that have hidden layers. */
async function surveyed(flags: UnitsFlags): Promise<StudyModel[]> {
  const { model, seed } = flags;
  if (model !== undefined) return Promise.all(model.split(",").map((name) => modelOf(name.trim(), seed, flags)));
  const shipped = await Promise.all(
    (await shippedModels()).map(async (name) => ({
      name,
      given: name,
      network: await loadNetwork(name, loadOptions(flags)),
    })),
  );
  return shipped.filter(({ network }) => hiddenLayers(network).length > 0);
}

/** The images that the flags select, and where their labels are from: where the set has none, the model's answers are taken. */
async function labelledImages(
  { network }: StudyModel,
  { data, first, count, top }: UnitsFlags,
): Promise<{ dataset: Dataset; labels: string }> {
  const all = await loadData(data);
  const selection = { data, first, count: count ?? all.count - first, truth: "labels" } as const;
  const dataset = selectImages(all, network, selection);
  if (top !== undefined && top > dataset.count) {
    outOfRange("--top", `at most the ${dataset.count} images of ${data}`, `${top}`);
  }
  return { dataset, labels: all.labels[0] === UNLABELLED ? "the model's own answers" : "of the set" };
}
