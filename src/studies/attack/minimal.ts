/** The smallest change in a norm of every image of a set, or what an attack by name finds, on the workers of an executor. */

import { quantize } from "../../analysis/index.ts";
import {
  type AttackResult,
  type AttackStop,
  type EffortName,
  type NormName,
  type Question,
  type TargetRule,
  targetLabels,
} from "../../attacks/index.ts";
import { requireNamed } from "../../attacks/named/checks.ts";
import { criterionOf, headOf, requireQuestion } from "../../attacks/question.ts";
import { emptyResult } from "../../attacks/result.ts";
import type { Dataset } from "../../data/index.ts";
import { type Network, rankingOf } from "../../model/index.ts";
import { mean, median } from "../../numeric/statistics.ts";
import type { ImagesPresent } from "../missing.ts";
import { running, type StudyRun } from "../study.ts";
import type { MinimalRow, StudyDomain } from "../tasks/minimal-attack.ts";
import { type NamedRequest, type NamedSummary, namedSummary } from "./named.ts";
import { NORM_WORDS, questionWords, requireMinimalTarget, UNTARGETED } from "./question.ts";
import { requireTargetLabel } from "./search.ts";

export interface MinimalOptions {
  norm: NormName;
  /** A rule, a label in decimal digits, or "untargeted"; not looked at where there is a question. */
  target: string;
  question: Question | undefined;
  effort: EffortName;
  domain: StudyDomain;
  seed: number;
  first: number;
  /** The attack by name that searches, where one is asked for. */
  named: NamedRequest | undefined;
}

/** What a record says of an attack in a norm. */
export interface MinimalSummary {
  /** The norm that distances are in. */
  norm: NormName;
  /** Of an attack by name: which, and with what options. */
  attack?: NamedSummary;
  /** What was asked for, in words. */
  asked: string;
  /** Length of the change in the norm, over the images where one was found; null if there are none. */
  meanDistance: number | null;
  /** The median of these lengths, in the norm. */
  medianDistance: number | null;
  /** The largest of these lengths, in the norm. */
  largestDistance: number | null;
}

export interface MinimalFound {
  result: AttackResult;
  /** f64[n], NaN where nothing was found. */
  distance: Float64Array;
  summary: MinimalSummary;
  /** Images where a change was found that still meets what was asked when it is rounded to 8 bits. */
  keptAt8Bits: number;
}

/** What stands for an image that is missing, until it is left out. */
const NOTHING: MinimalRow = { stop: "not-found", distance: Number.NaN, evaluations: 0, label: 0 };

/** The question of each image. */
function questionsOf(network: Network, { rows, labels }: Dataset, options: MinimalOptions): Question[] {
  const { target, question, seed, first } = options;
  if (question) {
    const checked = requireQuestion("question", question, headOf(network));
    return Array.from(labels, () => checked);
  }
  if (target === UNTARGETED) return Array.from(labels, (not) => ({ not }));
  requireMinimalTarget(target);
  requireTargetLabel(target, network.classes);
  if (/^\d+$/.test(target)) return Array.from(labels, () => ({ label: Number(target) }));
  const context = { classes: network.classes, seed, first, scores: rankingOf(network, rows) };
  return Array.from(targetLabels(target as TargetRule, labels, context), (label) => ({ label }));
}

/** Searches for each image. Of those that are missing afterwards `result` and `distance` say nothing; the summary is without them. */
export async function attackInNorm(
  network: Network,
  dataset: Dataset,
  options: MinimalOptions,
  run: StudyRun,
  present: ImagesPresent,
): Promise<MinimalFound> {
  const { rows, count } = dataset;
  const { norm, effort, seed, target, question, domain, named } = options;
  const questions = questionsOf(network, dataset, options);
  const { executor, signal, tell } = running(run);
  // One output without classes has no true label.
  const truth = network.classes > 1 ? Int32Array.from(dataset.labels) : undefined;
  const input = { model: network, rows, questions, ...(truth && { truth }) };
  const attack = named && { ...named, norm, seed };
  const checked = attack && requireNamed(network, { ...attack, rows, criterion: questions, ...(truth && { truth }) });
  let evaluations = 0;
  const during = {
    ...(signal && { signal }),
    onProgress: (done: number, more = 0) => {
      evaluations += more;
      tell({ label: "attack", done, total: count, unit: "images", note: `${evaluations} evaluations` });
    },
  };
  const answered = await (attack
    ? present.run(executor, { task: "named", input: { ...input, settings: attack }, items: count }, during)
    : present.run(
        executor,
        {
          task: "minimal",
          input: { ...input, settings: { norm, effort, seed, ...domain } },
          items: count,
        },
        during,
      ));
  const found = answered.map((row) => row ?? NOTHING);
  const { inputSize } = network;
  const result = emptyResult(
    rows,
    found.map(({ label }) => label),
  );
  for (const [at, { row, stop, distance, evaluations }] of found.entries()) {
    if (row) result.rows.set(row, at * inputSize);
    result.stop[at] = stop as AttackStop;
    result.success[at] = Number(stop === "found");
    result.evaluations[at] = evaluations;
    result.distortion[at] = stop === "found" ? rootMeanSquare(rows, result.rows, at, inputSize) : distance;
  }
  const lengths = found.filter(({ stop }) => stop === "found").map(({ distance }) => distance);
  const over = (of: (values: number[]) => number) => (lengths.length === 0 ? null : of(lengths));
  return {
    result,
    distance: Float64Array.from(found, ({ distance }) => distance),
    summary: {
      norm,
      ...(checked && { attack: namedSummary(checked) }),
      asked: questionWords(target, question),
      meanDistance: over(mean),
      medianDistance: over(median),
      largestDistance: over((values) => values.reduce((a, b) => Math.max(a, b))),
    },
    keptAt8Bits: countMetAt8Bits(network, rows, result, questions),
  };
}

/** Rows are asked about as 8-bit pictures hold them. */
function countMetAt8Bits(network: Network, rows: Float32Array, found: AttackResult, questions: Question[]): number {
  const { classes } = network;
  const scoresOf = (all: Float32Array, at: number) => all.subarray(at * classes, (at + 1) * classes);
  const [before, after] = [network.scores(rows), network.scores(quantize(found.rows))];
  return questions.filter((question, at) => {
    const { margin } = criterionOf(question, headOf(network), scoresOf(before, at));
    return found.success[at] === 1 && margin(scoresOf(after, at)) > 0;
  }).length;
}

function rootMeanSquare(before: Float32Array, after: Float32Array, row: number, size: number): number {
  let sum = 0;
  for (let i = row * size; i < (row + 1) * size; i++) {
    const d = (after[i] as number) - (before[i] as number);
    sum += d * d;
  }
  return Math.sqrt(sum / size);
}

/** "a mean L-infinity distance". */
export function distanceWords({ norm }: MinimalSummary, count: number): string {
  return `${count === 1 ? "an" : "a mean"} ${NORM_WORDS[norm]} distance`;
}
