/** The study "attack": the smallest change to each image that changes the answer of a model. */

import { countKeptAt8Bits } from "../../analysis/index.ts";
import { type AttackResult, type NormName, type Question, summarize } from "../../attacks/index.ts";
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
import { attackInNorm } from "./minimal.ts";
import { NORM_WORDS, questionOptions, UNTARGETED } from "./question.ts";
import { type AttackExample, type AttackRecord, attackArrays, type Outcome, outcome } from "./record.ts";
import { attackByRule, notingKnown, SEARCH_OPTIONS, type SearchOptions } from "./search.ts";

export interface AttackStudyOptions extends Partial<SearchOptions> {
  /** Names of the classes, for people. */
  classNames?: readonly string[];
  /** Where they were read from: what the command's --class-names is to be given. */
  classNamesFile?: string;
  /**
   * The norm in which the change is to be small. Where it is given, or a question, or the target "untargeted", the search is
   * `minimalAttack` (default "l2"), and `solver` and `margin` have no part; otherwise the attack is the paper's.
   */
  norm?: NormName;
  /** Results lie on so many equal levels from 0 to 1: 256 are those of 8-bit pictures. With it the search is one in a norm. */
  levels?: number;
  /** What is asked of every image in the place of a label. */
  question?: Question;
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
  requireOptions("attackStudy", options, {
    ...SEARCH_OPTIONS,
    norm: true,
    question: true,
    levels: true,
    classNames: true,
    classNamesFile: true,
    truth: true,
  });
  const usual = [options.norm, options.question, options.levels].every((one) => one === undefined)
    ? "next"
    : UNTARGETED;
  const { target = usual, effort = "fast", solver = "projected", margin = 1e-4, seed = 0, first = 0 } = options;
  const { classNames, classNamesFile, truth = "labels", question, levels } = options;
  const isMinimal = [options.norm, question, levels].some((one) => one !== undefined) || target === UNTARGETED;
  const norm = isMinimal ? (options.norm ?? "l2") : undefined;
  requireModel(model);
  requireData(data);
  const { network } = model;
  const { dataset } = data;
  const search = { target, effort, solver, margin, seed, first };
  const started = performance.now();
  const noted = notingKnown(run);
  const minimal =
    norm && (await attackInNorm(network, dataset, { norm, target, question, effort, levels, seed, first }, noted.run));
  const found = minimal?.result ?? (await attackByRule(network, dataset, search, noted.run));
  const milliseconds = performance.now() - started;
  const examples = examplesOf(network, dataset, found, first, minimal?.distance);
  const summary = summarize(found);
  const asked = {
    ...(norm ? { norm, ...(question ? questionOptions(question) : { target }), levels, effort, seed, first } : search),
    count: dataset.count,
    truth,
  };
  const head = recordHead(
    "attack",
    `${model.name} on ${data.name}${minimal ? `, ${NORM_WORDS[minimal.summary.norm]}: ${minimal.summary.asked}` : ""}`,
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
      ...(minimal && { minimal: minimal.summary }),
      keptAt8Bits: minimal?.keptAt8Bits ?? (await countKeptAt8Bits(network, found.rows, found.targets, found.success)),
      timing: timing(milliseconds, Math.round(summary.attacked * (1 - noted.known()))),
      examples,
    },
    attackArrays(examples, dataset.shape),
  );
}

function examplesOf(
  network: Network,
  data: Dataset,
  found: AttackResult,
  first: number,
  distance: Float64Array | undefined,
): AttackExample[] {
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
      ...(distance && { distance: found.stop[i] === "found" ? (distance[i] as number) : 0 }),
      l2: distortion * Math.sqrt(imageSize(data.shape)),
      evaluations: found.evaluations[i] as number,
    };
    return {
      // In a norm the target is what the model answers in the end: the search says how it ended.
      outcome: distance ? (found.stop[i] as Outcome) : outcome(numbers),
      ...numbers,
      original: data.rows.subarray(i * inputSize, (i + 1) * inputSize),
      adversarial: found.rows.subarray(i * inputSize, (i + 1) * inputSize),
    };
  });
}
