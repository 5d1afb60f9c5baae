/** The study "attack": the smallest change to each image that changes the answer of a model. */

import { countKeptAt8Bits } from "../../analysis/index.ts";
import { type AttackName, type AttackResult, type NormName, type Question, summarize } from "../../attacks/index.ts";
import { attackOf } from "../../attacks/named/table.ts";
import { outOfRange, requireInteger, requireOptions, wrongType } from "../../check.ts";
import { type Dataset, imageSize } from "../../data/index.ts";
import { type Network, predictedClasses, preprocessFlags } from "../../model/index.ts";
import { certifiedBeside, requireCertified } from "../certify/beside.ts";
import { type BothEndsSummary, bothEnds } from "../certify/record.ts";
import { ImagesPresent } from "../missing.ts";
import { directionsBeside, foundPoints } from "../pockets/around.ts";
import { recordHead, sealRecord, timing } from "../record.ts";
import {
  identifiedData,
  identifiedModel,
  requireData,
  requireInRange,
  requireModel,
  type StudyData,
  type StudyModel,
  type StudyRun,
} from "../study.ts";
import type { StudyDomain } from "../tasks/minimal-attack.ts";
import { attackInNorm, type MinimalSummary } from "./minimal.ts";
import { type NamedRequest, namedWords, optionTexts } from "./named.ts";
import { domainOptions, NORM_WORDS, questionOptions, UNTARGETED } from "./question.ts";
import { type AttackExample, type AttackRecord, attackArrays, isSetAside, type Outcome, outcome } from "./record.ts";
import { attackByRule, notingKnown, SEARCH_OPTIONS, type SearchOptions } from "./search.ts";

/** With any option of a domain the search is one in a norm. */
export interface AttackStudyOptions extends Partial<SearchOptions>, StudyDomain {
  /** Names of the classes, for people. */
  classNames?: readonly string[];
  /** Where they were read from: what the command's --class-names is to be given. */
  classNamesFile?: string;
  /**
   * The norm in which the change is to be small. Where it is given, or a question, or the target "untargeted", the search is
   * `minimalAttack` (default "l2"), and `solver` and `margin` have no part; otherwise the attack is the paper's.
   */
  norm?: NormName;
  /**
   * The attack by name that searches in the norm (`ATTACKS`); default the library's own. The norm is then the attack's first where
   * none is given, and `effort` has no part.
   */
  attack?: AttackName;
  /** Of an attack by name that searches within it: the most that a change may measure in the norm. */
  epsilon?: number;
  /** Of an attack by name: evaluations of an image at most, or steps. */
  evaluations?: number;
  /** Of an attack by name that has steps: how many. */
  steps?: number;
  /** The options of an attack by name. */
  attackOptions?: NonNullable<NamedRequest["options"]>;
  /** What is asked of every image in the place of a label. */
  question?: Question;
  /** Random directions of the length of each change that was found, to see whether they change the answer too; default none. */
  directions?: number;
  /**
   * Whether each image also gets a certified radius, of what was asked for: no change that long gives it. It costs some bounds an image, many
   * times what the attack costs; default false.
   */
  certify?: boolean;
  /** What counts as an image's true answer, for the record: the labels of the data are what is used. */
  truth?: "labels" | "model";
}

/**
 * Attacks every image of the data, and records what became of each. Rejects before any work for data that do not fit
 * the model, and for options that are unknown or out of range.
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
    attack: true,
    epsilon: true,
    evaluations: true,
    steps: true,
    attackOptions: true,
    frozen: true,
    integers: true,
    groups: true,
    classNames: true,
    classNamesFile: true,
    directions: true,
    certify: true,
    truth: true,
  });
  const domain = domainOf(options);
  const isInDomain = Object.keys(domain).length > 0;
  const inNorm = isInDomain || [options.norm, options.question, options.attack].some((one) => one !== undefined);
  const usual = inNorm ? UNTARGETED : "next";
  const { target = usual, effort = "fast", solver = "projected", margin = 1e-4, seed = 0, first = 0 } = options;
  const { classNames, classNamesFile, truth = "labels", question, directions, certify = false } = options;
  const named = namedRequest(options);
  const usualNorm = named ? (attackOf(named.attack).norms[0] as NormName) : "l2";
  const norm = inNorm || target === UNTARGETED ? (options.norm ?? usualNorm) : undefined;
  requireModel(model);
  requireData(data);
  requireInRange(model, data);
  const { network } = model;
  const { dataset: whole } = data;
  if (directions !== undefined) {
    requireInteger("directions", directions, 1);
    if (network.classes < 2)
      outOfRange("directions", "a model of two classes or more, to answer otherwise", "one output");
  }
  if (typeof certify !== "boolean") wrongType("certify", "true or false", certify);
  if (certify) {
    requireCertified(network, norm ?? "l2");
    const asked = question && !("label" in question || "not" in question) ? "one of an output" : undefined;
    if (asked) outOfRange("certify", "a question of labels beside it", asked);
  }
  const search = { target, effort, solver, margin, seed, first };
  const started = performance.now();
  const noted = notingKnown(run);
  const present = new ImagesPresent(whole.count);
  const minimal =
    norm &&
    (await attackInNorm(
      network,
      whole,
      { norm, target, question, effort, domain, seed, first, named },
      noted.run,
      present,
    ));
  const searched = minimal?.result ?? (await attackByRule(network, whole, search, noted.run, present));
  const { index, dataset, found, distance } = whatIsThere(present, { first, whole, searched }, minimal?.distance);
  const beside =
    directions === undefined
      ? undefined
      : await directionsBeside(network, foundPoints(dataset, found, index), { directions, seed }, run);
  const examples = examplesOf(network, dataset, found, index, distance);
  const isAny = target === UNTARGETED || target === "all" || (question && "not" in question);
  const radii = certify
    ? await radiiOf(network, dataset, examples, { norm, isAny: isAny === true, frozen: domain.frozen }, run)
    : undefined;
  const milliseconds = performance.now() - started;
  const summary = summarize(found);
  const asked = {
    ...(norm
      ? {
          ...(named ? namedOptions(named) : {}),
          norm,
          ...(question ? questionOptions(question) : { target }),
          ...(named ? {} : { ...domainOptions(domain), effort }),
          ...{ seed, first },
        }
      : search),
    count: whole.count,
    truth,
    ...(directions !== undefined && { directions }),
    ...(certify && { certify }),
  };
  const head = recordHead(
    "attack",
    `${model.name} on ${data.name}${minimal ? `, ${searchWords(minimal.summary)}: ${minimal.summary.asked}` : ""}`,
    {
      command: "attack",
      options: {
        ...{ model: model.given ?? model.name, ...preprocessFlags(network.preprocess), data: data.name },
        ...{ ...asked, classNames: classNamesFile },
      },
      defaults: { first: 0, truth: "labels", margin: 1e-4 },
    },
    asked,
  );
  return sealRecord(
    {
      ...head,
      ...present.said(first),
      model: {
        ...(await identifiedModel(model)),
        inputShape: dataset.shape,
        classes: network.classes,
        ...(classNames && { classNames }),
      },
      data: await identifiedData(data),
      summary,
      ...(minimal && { minimal: minimal.summary }),
      ...(beside && { directions: beside }),
      ...(radii && { bothEnds: radii.ends }),
      keptAt8Bits: minimal?.keptAt8Bits ?? (await countKeptAt8Bits(network, found.rows, found.targets, found.success)),
      timing: timing(milliseconds, Math.round(summary.attacked * (1 - noted.known()))),
      examples: radii?.examples ?? examples,
    },
    attackArrays(radii?.examples ?? examples, dataset.shape),
  );
}

/** Examples with a certified radius each, of the question that the attack was asked, and both ends of the answer. */
async function radiiOf(
  network: Network,
  { rows, labels: truth }: Dataset,
  examples: readonly AttackExample[],
  { norm = "l2", isAny, frozen }: { norm: NormName | undefined; isAny: boolean; frozen: StudyDomain["frozen"] },
  run: StudyRun,
): Promise<{ examples: AttackExample[]; ends: BothEndsSummary }> {
  const asked = examples.flatMap((example, i) => (isSetAside(example.outcome) ? [] : [i]));
  const found = examples.map((example) => (example.outcome === "found" ? (example.distance ?? example.l2) : 0));
  const labels = isAny ? undefined : examples.map(({ target }) => target);
  const answers = await certifiedBeside(network, { asked, rows, truth, labels, lengths: found }, { norm, frozen }, run);
  const certified = new Float64Array(examples.length);
  for (const [i, at] of asked.entries()) certified[at] = answers[i]?.radius ?? 0;
  const ends = examples.map((_, i) => ({ certified: certified[i] as number, found: found[i] || null }));
  return {
    examples: examples.map((example, i) => ({ ...example, certified: certified[i] as number })),
    ends: bothEnds(ends),
  };
}

/** The attack by name that the options ask for. */
function namedRequest(options: AttackStudyOptions): NamedRequest | undefined {
  const { attack, epsilon, evaluations, steps, attackOptions, effort } = options;
  if (attack !== undefined) {
    const [given] = Object.entries(domainOf(options));
    if (given) outOfRange(given[0], "none beside an attack by name", JSON.stringify(given[1]));
    if (effort !== undefined) outOfRange("effort", "none beside an attack by name", effort);
    return {
      attack,
      ...(epsilon !== undefined && { epsilon }),
      ...(evaluations !== undefined && { evaluations }),
      ...(steps !== undefined && { steps }),
      ...(attackOptions !== undefined && { options: attackOptions }),
    };
  }
  for (const [name, value] of Object.entries({ epsilon, evaluations, steps, attackOptions })) {
    if (value !== undefined) outOfRange(name, "an attack by name beside it", "none");
  }
  return undefined;
}

/** The same as options of the command. */
function namedOptions({ attack, epsilon, evaluations, steps, options }: NamedRequest) {
  return { attack, epsilon, evaluations, steps, attackOptions: options && optionTexts(options) };
}

/** The norm, and the attack by name: what a title says of a search. */
function searchWords({ norm, attack }: MinimalSummary): string {
  return attack ? namedWords(norm, attack) : NORM_WORDS[norm];
}

/** The options that say where results may lie. */
function domainOf({ levels, frozen, integers, groups }: AttackStudyOptions): StudyDomain {
  return {
    ...(levels !== undefined && { levels }),
    ...(frozen && { frozen }),
    ...(integers && { integers }),
    ...(groups && { groups }),
  };
}

/** The images that are there, each with its position in the whole set, and what was found for them. */
function whatIsThere(
  present: ImagesPresent,
  { first, whole, searched }: { first: number; whole: Dataset; searched: AttackResult },
  distance: Float64Array | undefined,
) {
  return {
    index: present.positions.map((image) => first + image),
    dataset: present.datasetOf(whole),
    found: present.resultOf(searched),
    distance: distance && Float64Array.from(present.of(distance)),
  };
}

function examplesOf(
  network: Network,
  data: Dataset,
  found: AttackResult,
  index: readonly number[],
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
      index: index[i] as number,
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
