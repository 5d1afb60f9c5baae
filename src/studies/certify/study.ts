/** The study "certify": both ends of the answer, the radius that is certified and the distance that is found, for any other answer. */

import { budgetOf } from "../../certify/budget.ts";
import type { CertifiedNorm, CertifyBudget, CertifyEffort } from "../../certify/index.ts";
import { CERTIFY_EFFORTS } from "../../certify/index.ts";
import { requireOptions } from "../../check.ts";
import { preprocessFlags } from "../../model/index.ts";
import { attackInNorm } from "../attack/minimal.ts";
import { UNTARGETED } from "../attack/question.ts";
import { ImagesPresent } from "../missing.ts";
import { recordHead, sealRecord } from "../record.ts";
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
import type { CertifiedRow } from "../tasks/certify.ts";
import { type CertifiedImage, type CertifyRecord, certifyArrays, certifySummary } from "./record.ts";

/** In which norm and how closely images are certified. */
export interface CertifyStudyOptions {
  /** Default "linf". */
  norm?: CertifiedNorm;
  /**
   * How near the radius comes to the largest that linear bounds prove; default "fast". "exhaustive" goes on by branch and bound until the
   * answer is known, a budget { evaluations, seconds } of an image until that is spent.
   */
  effort?: CertifyEffort | "exhaustive" | CertifyBudget;
  /** A length in the norm, instead of radii: which images no change that long alters. */
  epsilon?: number;
  /** Of the attack's restarts; default 0. */
  seed?: number;
  /** Position of the data's first image in the set they were taken from; default 0. */
  first?: number;
  /** What counts as an image's true answer, for the record: the labels of the data are what is used. */
  truth?: "labels" | "model";
}

/**
 * Certifies each image, and attacks it for any other answer in the same norm: within the certified radius there is none, at the
 * distance found there is one. With `epsilon` each image is proved, falsified or undecided.
 *
 * @param data  images in [0, 1] with their true answers as labels
 * @returns the record; neither digest depends on the executor
 * @throws RangeError, naming the layer, where an operation has no bounds; the signal's reason once it is aborted
 */
export async function certifyStudy(
  model: StudyModel,
  data: StudyData,
  options: CertifyStudyOptions = {},
  run: StudyRun = {},
): Promise<CertifyRecord> {
  requireOptions("certifyStudy", options, {
    norm: true,
    effort: true,
    epsilon: true,
    seed: true,
    first: true,
    truth: true,
  });
  const { norm = "linf", effort = "fast", epsilon, seed = 0, first = 0, truth = "labels" } = options;
  requireModel(model);
  requireData(data);
  requireInRange(model, data);
  const { network } = model;
  const { dataset } = data;
  const { executor, signal, tell } = running(run);
  const started = performance.now();
  const total = dataset.count;
  const budget = budgetOf(effort, Object.keys(CERTIFY_EFFORTS));
  const settings = { norm, effort, ...(epsilon !== undefined && { epsilon }) };
  const input = { model: network, rows: dataset.rows, truth: Int32Array.from(dataset.labels), settings };
  const present = new ImagesPresent(total);
  const proved = await present.run(
    executor,
    { task: "certify", input, items: total, ...(budget && { share: "single" }) },
    {
      ...(signal && { signal }),
      onProgress: (done: number) => tell({ label: "certify", done, total, unit: "images" }),
    },
  );
  const found = epsilon === undefined ? await distances(model, data, { norm, seed, first }, run, present) : undefined;
  const images = present.positions.map((i) => {
    const row = proved[i] as CertifiedRow;
    return imageOf(row, first + i, [found?.[i], ...(budget ? [row.found] : [])]);
  });
  const milliseconds = performance.now() - started;
  const said = { effort: budget ? ("exhaustive" as const) : (effort as CertifyEffort) };
  const asked = {
    norm,
    ...said,
    ...budget,
    ...(epsilon !== undefined && { epsilon }),
    seed,
    first,
    count: total,
    truth,
  };
  return sealRecord(
    {
      ...recordHead(
        "certify",
        `${model.name} on ${data.name}`,
        {
          command: "certify",
          options: {
            ...{ model: model.given ?? model.name, ...preprocessFlags(network.preprocess), data: data.name, ...asked },
          },
          defaults: { first: 0, truth: "labels", effort: "fast" },
        },
        asked,
      ),
      ...present.said(first),
      model: await identifiedModel(model),
      data: await identifiedData(data),
      ...{ norm, ...said, ...(budget && Object.keys(budget).length > 0 && { budget }) },
      ...(epsilon !== undefined && { epsilon }),
      summary: certifySummary(images),
      images,
      timing: { milliseconds },
    },
    certifyArrays({ images }),
  );
}

/** The shortest change is the attack's, or that of the search for the radius. */
function imageOf(
  { verdict, radius }: CertifiedRow,
  index: number,
  lengths: readonly (number | undefined)[],
): CertifiedImage {
  const some = lengths.filter((length) => length !== undefined && length > 0) as number[];
  const found = some.length > 0 ? some.reduce((a, b) => Math.min(a, b)) : null;
  return { index, verdict, certified: radius, found };
}

/** Lengths of the shortest changes found to any other answer; NaN where none was. */
async function distances(
  { network }: StudyModel,
  { dataset }: StudyData,
  { norm, seed, first }: { norm: CertifiedNorm; seed: number; first: number },
  run: StudyRun,
  present: ImagesPresent,
): Promise<Float64Array> {
  const asked = { norm, target: UNTARGETED, effort: "fast", seed, first } as const;
  const nothing = { question: undefined, domain: {}, named: undefined };
  return (await attackInNorm(network, dataset, { ...asked, ...nothing }, run, present)).distance;
}
