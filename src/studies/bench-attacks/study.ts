/**
 * The study "bench-attacks": attacks on the same rows of one or several models, in each norm and at each budget, and how near each
 * came to the best that any of them found. It tells which attack suffices for a model.
 */

import { requireModels } from "../../analysis/models.ts";
import type { NormName } from "../../attacks/index.ts";
import { NORMS } from "../../attacks/minimal/norm.ts";
import { type OptionNames, outOfRange, requireInteger, requireNumber, requireOptions, wrongType } from "../../check.ts";
import type { Dataset } from "../../data/dataset.ts";
import { predictedClasses, preprocessFlags, rankingOf } from "../../model/index.ts";
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
import { envelope, reachOf } from "./optimality.ts";
import { BENCHED, checkpointsTo, type Planned, planned, requireBenched } from "./plan.ts";
import { type BenchAttacksRecord, type BenchCell, benchArrays, type LeftOut } from "./record.ts";
import { finiteMedian, type MadeRun, ranked, summarized } from "./summary.ts";

/** Proved minima of one model in one norm. */
export interface KnownMinima {
  /** The norm that they are in. */
  norm: NormName;
  /** In the norm, one a row of the data; undefined where it is not known. */
  distances: readonly (number | undefined)[];
}

/** Which attacks are compared, in which norms, and at what cost. */
export interface BenchAttacksStudyOptions {
  /** Default all: `minimal` (ours) and those of `ATTACKS`. */
  attacks?: readonly string[];
  /** Default all four. */
  norms?: readonly NormName[];
  /** Propagations of a row at most, forward and backward each one; default 300 and 3000. */
  budgets?: readonly number[];
  /** At which robust accuracies are compared, in every norm; default the median of the best distances of each model and norm. */
  epsilon?: number;
  /** Of a single model. */
  minima?: KnownMinima;
  /** Seed of everything random; default 0. */
  seed?: number;
  /** Position of the first row in the whole set, for the record. */
  first?: number;
  /** What counts as a row's true answer, for the record. */
  truth?: "labels" | "model";
  /** What --minima was given, for the record. */
  minimaFile?: string;
}

const OPTIONS: OptionNames<BenchAttacksStudyOptions> = {
  attacks: true,
  norms: true,
  budgets: true,
  epsilon: true,
  minima: true,
  seed: true,
  first: true,
  truth: true,
  minimaFile: true,
};

const BUDGETS = [300, 3000];

/**
 * Runs the bench. Rows that a model gets wrong are not attacked. Rejects before any work for models that are not
 * alike, attacks that there are not, and options that are unknown or out of range.
 *
 * @param models alike in inputs and classes, no name twice
 * @param data images in [0, 1]; their labels are the true answers
 */
export async function benchAttacksStudy(
  models: readonly StudyModel[],
  data: StudyData,
  options: BenchAttacksStudyOptions = {},
  run: StudyRun = {},
): Promise<BenchAttacksRecord> {
  requireOptions("benchAttacksStudy", options, OPTIONS);
  const { norms = NORMS, budgets = BUDGETS, epsilon, minima, seed = 0, first = 0, truth = "labels" } = options;
  const attacks = requireBenched(options.attacks ?? BENCHED);
  requireAsked(models, data, { norms, budgets, epsilon, minima });
  const { dataset } = data;
  const checkpoints = checkpointsTo(Math.max(...budgets));
  const started = performance.now();
  const cells: BenchCell[] = [];
  const leftOut: LeftOut[] = [];
  for (const model of models) {
    for (const norm of norms) {
      const plan = planned(model.network, attacks, norm, budgets);
      if (model === models[0]) leftOut.push(...plan.leftOut);
      if (plan.runs.length === 0) continue;
      const known = minima?.norm === norm ? minima.distances : [];
      const asked = { norm, plan: plan.runs, known, epsilon, seed, first, checkpoints };
      cells.push(await benchCell(model, dataset, asked, run));
    }
  }
  if (cells.length === 0) {
    const { network } = models[0] as StudyModel;
    const fits = BENCHED.filter((one) => norms.some((norm) => planned(network, [one], norm, budgets).runs.length > 0));
    outOfRange("attacks", `one that the norms and budgets allow (${fits.join(", ") || "none"})`, attacks.join(", "));
  }
  const names = models.map(({ name }) => name).join(", ");
  const { minimaFile } = options;
  const asked = { norms: norms.join(","), propagations: budgets.join(","), count: dataset.count, first, truth, seed };
  return sealRecord(
    {
      ...recordHead(
        "bench-attacks",
        `Attacks on ${names}, images of ${data.name}`,
        {
          command: "bench-attacks",
          options: {
            ...{ model: models.map(({ name, given = name }) => given) },
            ...preprocessFlags(models[0]?.network.preprocess),
            ...{ data: data.name, attacks, ...asked },
            ...{ epsilon, minima: minimaFile },
          },
          defaults: { attacks: BENCHED.join(","), first: 0, truth: "labels", norms: NORMS.join(",") },
        },
        { attacks: attacks.join(","), ...asked, epsilon: epsilon ?? "median", minima: minimaFile ?? "none" },
      ),
      models: await Promise.all(models.map(identifiedModel)),
      data: await identifiedData(data),
      count: dataset.count,
      budgets,
      checkpoints,
      cells,
      norms: norms.flatMap((norm) => ranked(norm, cells, budgets) ?? []),
      leftOut,
      timing: timing(performance.now() - started, 0),
    },
    benchArrays({ cells }),
  );
}

interface CellOptions {
  norm: NormName;
  plan: readonly Planned[];
  known: readonly (number | undefined)[];
  epsilon: number | undefined;
  seed: number;
  first: number;
  checkpoints: readonly number[];
}

/** One model in one norm: the attacks that look for the smallest change, then at epsilon those that search within it. */
async function benchCell(
  { name, network }: StudyModel,
  { rows: all, labels, count }: Dataset,
  { norm, plan, known, epsilon: given, seed, first, checkpoints }: CellOptions,
  run: StudyRun,
): Promise<BenchCell> {
  const answers = predictedClasses(await rankingOf(network, all), network.classes);
  const right = Array.from({ length: count }, (_, i) => i).filter((i) => answers[i] === labels[i]);
  if (right.length === 0) outOfRange(`data for ${name}`, "an image that the model answers rightly", "none");
  const rows = new Float32Array(right.length * network.inputSize);
  right.forEach((from, to) => {
    rows.set(all.subarray(from * network.inputSize, (from + 1) * network.inputSize), to * network.inputSize);
  });
  const truth = Int32Array.from(right, (i) => labels[i] as number);
  const minima = right.map((i) => known[i]);
  const { executor, signal, tell } = running(run);
  const make = async ({ attack, budget, evaluations, isWithin }: Planned, epsilon?: number): Promise<MadeRun> => {
    const label = `${name}: ${attack} in ${norm} at ${budget}`;
    const input = { model: network, rows, truth, attack, norm, evaluations, propagations: budget, seed, checkpoints };
    const made = await executor.run(
      { task: "benchAttack", input: { ...input, ...(epsilon !== undefined && { epsilon }) }, items: right.length },
      {
        ...(signal && { signal }),
        onProgress: (done) => tell({ label, done, total: right.length, unit: "images" }),
      },
    );
    return { attack, budget, isWithin, rows: made };
  };

  const smallest: MadeRun[] = [];
  for (const one of plan) if (!one.isWithin) smallest.push(await make(one));
  const distances = smallest.map((one) => one.rows.map(({ distance }) => distance));
  const proved = minima.map((least) => least ?? Number.POSITIVE_INFINITY);
  const best = envelope([...distances, proved]);
  const epsilon = given ?? finiteMedian(best) ?? 0;
  const within: MadeRun[] = [];
  for (const one of plan) if (one.isWithin && epsilon > 0) within.push(await make(one, epsilon));
  return {
    model: name,
    norm,
    rows: right.length,
    misclassified: count - right.length,
    index: Uint32Array.from(right, (at) => first + at),
    epsilon,
    reach: reachOf(best),
    best,
    runs: [...smallest, ...within].map((one) => summarized(one, { best, epsilon, minima })),
  };
}

interface Asked {
  norms: readonly NormName[];
  budgets: readonly number[];
  epsilon: number | undefined;
  minima: KnownMinima | undefined;
}

function requireAsked(
  models: readonly StudyModel[],
  data: StudyData,
  { norms, budgets, epsilon, minima }: Asked,
): void {
  if (!Array.isArray(models)) wrongType("models", "the models to attack", models);
  for (const model of models) requireModel(model);
  requireModels(models.map(({ name, network }) => ({ name, target: network })));
  requireData(data);
  for (const model of models) requireInRange(model, data);
  norms.forEach((norm, i) => {
    if (!NORMS.includes(norm)) outOfRange(`norms[${i}]`, `one of ${NORMS.join(", ")}`, JSON.stringify(norm));
    if (norms.indexOf(norm) !== i) outOfRange("norms", "each norm once", `${norm} twice`);
  });
  if (norms.length === 0) outOfRange("norms", "at least one", "none");
  budgets.forEach((budget, i) => {
    requireInteger(`budgets[${i}]`, budget, 2);
    if (budgets.indexOf(budget) !== i) outOfRange("budgets", "each budget once", `${budget} twice`);
  });
  if (budgets.length === 0) outOfRange("budgets", "at least one", "none");
  if (epsilon !== undefined) {
    requireNumber("epsilon", epsilon, 0);
    if (norms.length > 1) outOfRange("epsilon", "a single norm, in which it is", norms.join(", "));
  }
  if (!minima) return;
  if (models.length > 1) outOfRange("minima", "a single model, which they are of", `${models.length}`);
  if (minima.distances.length !== data.dataset.count) {
    outOfRange("minima.distances", `${data.dataset.count}, one a row`, `${minima.distances.length}`);
  }
  if (!norms.includes(minima.norm))
    outOfRange("norms", `${minima.norm} among them, as the minima are`, norms.join(", "));
}
