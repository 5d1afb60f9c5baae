/** The study "attack": the smallest change to each image that changes the answer of a model. */

import { countKeptAt8Bits } from "../../analysis/index.ts";
import { type AttackResult, summarize } from "../../attacks/index.ts";
import { requireOptions } from "../../check.ts";
import { type Dataset, imageSize } from "../../data/index.ts";
import { type Network, predictedClasses } from "../../model/index.ts";
import { recordHead, sealRecord, timing } from "../record.ts";
import {
  identifiedData,
  identifiedModel,
  requireData,
  requireModel,
  type StudyData,
  type StudyModel,
  type StudyRun,
} from "../study.ts";
import { type AttackExample, type AttackRecord, attackArrays, outcome } from "./record.ts";
import { attackByRule, notingKnown, SEARCH_OPTIONS, type SearchOptions } from "./search.ts";

export interface AttackStudyOptions extends Partial<SearchOptions> {
  /** Names of the classes, for people. */
  classNames?: readonly string[];
  /** Where they were read from: what the command's --class-names is to be given. */
  classNamesFile?: string;
  /** What counts as an image's true answer, for the record: the labels of the data are what is used. */
  truth?: "labels" | "model";
}

/**
 * Attacks every image of the data, and records what became of each.
 *
 * @param data  its labels are the true answers; `options.first` is the position of its first image in the whole set
 * @returns the record; its digest does not depend on the executor
 */
export async function attackStudy(
  model: StudyModel,
  data: StudyData,
  options: AttackStudyOptions = {},
  run: StudyRun = {},
): Promise<AttackRecord> {
  requireOptions("attackStudy", options, { ...SEARCH_OPTIONS, classNames: true, classNamesFile: true, truth: true });
  const { target = "next", effort = "fast", solver = "projected", margin = 1e-4, seed = 0, first = 0 } = options;
  const { classNames, classNamesFile, truth = "labels" } = options;
  requireModel(model);
  requireData(data);
  const { network } = model;
  const { dataset } = data;
  const search = { target, effort, solver, margin, seed, first };
  const started = performance.now();
  const noted = notingKnown(run);
  const found = await attackByRule(network, dataset, search, noted.run);
  const milliseconds = performance.now() - started;
  const examples = examplesOf(network, dataset, found, first);
  const summary = summarize(found);
  const asked = { ...search, count: dataset.count, truth };
  const head = recordHead(
    "attack",
    `${model.name} on ${data.name}`,
    {
      command: "attack",
      options: { model: model.given ?? model.name, data: data.name, ...asked, classNames: classNamesFile },
      defaults: { first: 0, truth: "labels", margin: 1e-4 },
    },
    asked,
  );
  return sealRecord(
    {
      ...head,
      model: {
        ...(await identifiedModel(model)),
        inputShape: dataset.shape,
        classes: network.classes,
        ...(classNames && { classNames }),
      },
      data: await identifiedData(data),
      summary,
      keptAt8Bits: await countKeptAt8Bits(network, found.rows, found.targets, found.success),
      timing: timing(milliseconds, Math.round(summary.attacked * (1 - noted.known()))),
      examples,
    },
    attackArrays(examples, dataset.shape),
  );
}

function examplesOf(network: Network, data: Dataset, found: AttackResult, first: number): AttackExample[] {
  const { inputSize, classes } = network;
  const before = network.probabilities(data.rows);
  const after = network.probabilities(found.rows);
  const predictions = predictedClasses(before, classes);
  const adversarialPredictions = predictedClasses(after, classes);
  return Array.from(data.labels, (label, i) => {
    const prediction = predictions[i] as number;
    const adversarialPrediction = adversarialPredictions[i] as number;
    const distortion = found.stop[i] === "found" ? (found.distortion[i] as number) : 0;
    const numbers = {
      index: first + i,
      label,
      prediction,
      confidence: before[i * classes + prediction] as number,
      target: found.targets[i] as number,
      adversarialPrediction,
      adversarialConfidence: after[i * classes + adversarialPrediction] as number,
      success: found.success[i] === 1,
      distortion,
      l2: distortion * Math.sqrt(imageSize(data.shape)),
      evaluations: found.evaluations[i] as number,
    };
    return {
      outcome: outcome(numbers),
      ...numbers,
      original: data.rows.subarray(i * inputSize, (i + 1) * inputSize),
      adversarial: found.rows.subarray(i * inputSize, (i + 1) * inputSize),
    };
  });
}
