/**
 * The study "pockets": whether sampling around an image finds what a search finds, and what the place looks like that the search
 * found [Szegedy et al. 2014, section 4].
 */

import { requireModels } from "../../analysis/models.ts";
import type { BallCounts, Pocket, PocketSettings } from "../../analysis/pockets/pocket.ts";
import type { EffortName } from "../../attacks/index.ts";
import { outOfRange, requireOptions } from "../../check.ts";
import { argmax, preprocessFlags } from "../../model/index.ts";
import { rateOf } from "../../numeric/rate.ts";
import { sum } from "../../numeric/statistics.ts";
import { attackInNorm } from "../attack/minimal.ts";
import { UNTARGETED } from "../attack/question.ts";
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
import type { FoundRows } from "../tasks/pocket.ts";
import { directionRates, foundPoints } from "./around.ts";
import {
  type PocketBall,
  type PocketElsewhere,
  type PocketImage,
  type PocketsRecord,
  pocketsArrays,
} from "./record.ts";
import { type PocketQuestions, pocketSettings, USUAL } from "./settings.ts";

/** What is asked, of how many models, and how the change is searched for. */
export interface PocketsStudyOptions extends PocketQuestions {
  /** How hard the smallest change is searched for; default "fast". */
  effort?: EffortName;
  /** Further models that are asked about the same points; default none. */
  to?: readonly StudyModel[];
  /** Position of the data's first image in the set they were taken from; default 0. */
  first?: number;
  /** What counts as an image's true answer, for the record: the labels of the data are what is used. */
  truth?: "labels" | "model";
}

/**
 * Finds the smallest change in L2 that changes the answer to each image, and looks around: in random directions, along the way
 * through what was found, in a plane, and in balls around it.
 *
 * @param data  images in [0, 1] with their true answers as labels
 * @returns the record; neither digest depends on the executor
 * @throws RangeError where the answer to no image is changed
 */
export async function pocketsStudy(
  model: StudyModel,
  data: StudyData,
  options: PocketsStudyOptions = {},
  run: StudyRun = {},
): Promise<PocketsRecord> {
  requireOptions("pocketsStudy", options, {
    ...{ directions: true, factors: true, samples: true, seed: true },
    ...{ effort: true, to: true, first: true, truth: true },
  });
  const { effort = "fast", to = [], first = 0, truth: source = "labels" } = options;
  const settings = pocketSettings(options);
  const { seed } = settings;
  const models = [model, ...to];
  for (const one of models) requireModel(one);
  requireData(data);
  for (const one of models) requireInRange(one, data);
  requireModels(models.map(({ name, network }) => ({ name, target: network })));
  const { network } = model;
  if (network.classes < 2) outOfRange(`model ${model.name}`, "at least two classes, to answer otherwise", "one output");
  const { dataset } = data;
  const { count, shape } = dataset;
  const started = performance.now();
  const { result } = await attackInNorm(
    network,
    dataset,
    { norm: "l2", target: UNTARGETED, question: undefined, effort, domain: {}, seed, first, named: undefined },
    run,
  );
  const points = foundPoints(dataset, result, first);
  const attacked = result.stop.filter((stop) => stop !== "misclassified").length;
  if (points.truth.length === 0)
    outOfRange(`data ${data.name}`, "an image whose answer can be changed", `none of ${attacked}`);
  const pockets = await pocketsOf(model, points, settings, run);
  const counts: BallCounts[][] = [pockets];
  for (const other of to) counts.push(await ballsElsewhere(other, points, settings, run));
  const milliseconds = performance.now() - started;
  const images = pockets.map((pocket, i) => imageOf(pocket, settings, points, i));
  const computed = {
    images,
    original: points.rows,
    adversarial: points.changed,
    probabilities: joined(
      Float32Array,
      pockets.map(({ probabilities }) => probabilities),
    ),
    plane: joined(
      Int32Array,
      pockets.map(({ plane }) => plane),
    ),
    ballInBox: joined(
      Uint32Array,
      counts.flat().map(({ ballInBox }) => ballInBox),
    ),
    ballBeyond: joined(
      Uint32Array,
      counts.flat().map(({ ballBeyond }) => ballBeyond),
    ),
    centres: joined(
      Int32Array,
      counts.flat().map(({ clean, centres }) => Int32Array.of(clean, ...centres)),
    ),
  };
  const { directions, factors, ball } = settings;
  const asked = { directions, factors, samples: ball.samples, effort, seed, first, count, truth: source };
  const head = recordHead(
    "pockets",
    `${model.name} on ${data.name}`,
    {
      command: "pockets",
      options: {
        ...{ model: model.given ?? model.name, to: to.map(({ given, name }) => given ?? name) },
        ...{ ...preprocessFlags(network.preprocess), data: data.name, ...asked },
      },
      defaults: { ...USUAL, first: 0, truth: "labels" },
    },
    { ...asked, factors: factors.join(",") },
  );
  const elsewhere = await Promise.all(
    to.map(async (other, m) =>
      elsewhereOf(await identifiedModel(other), counts[m + 1] as BallCounts[], points, settings),
    ),
  );
  return sealRecord(
    {
      ...head,
      model: { ...(await identifiedModel(model)), inputShape: shape, classes: network.classes },
      data: await identifiedData(data),
      settings,
      attacked,
      directions: directionRates(pockets, settings),
      balls: ballRates(pockets, settings),
      elsewhere,
      timing: timing(milliseconds, points.truth.length),
      ...computed,
    },
    pocketsArrays(computed, settings, shape),
  );
}

type Points = Omit<FoundRows, "model">;

function pocketsOf(
  { network }: StudyModel,
  points: Points,
  settings: PocketSettings,
  run: StudyRun,
): Promise<Pocket[]> {
  const { executor, signal, tell } = running(run);
  const items = points.truth.length;
  return executor.run(
    { task: "pocket", input: { model: network, ...points, settings }, items, share: "single" },
    { signal, onProgress: (done) => tell({ label: "pockets", done, total: items, unit: "images" }) },
  );
}

function ballsElsewhere(
  { network, name }: StudyModel,
  points: Points,
  { ball, seed }: PocketSettings,
  run: StudyRun,
): Promise<BallCounts[]> {
  const { executor, signal, tell } = running(run);
  const items = points.truth.length;
  return executor.run(
    { task: "pocketBalls", input: { model: network, ...points, settings: { ...ball, seed } }, items, share: "single" },
    { signal, onProgress: (done) => tell({ label: `balls in ${name}`, done, total: items, unit: "images" }) },
  );
}

function imageOf(
  { distance, inBox, beyond, probabilities, centres }: Pocket,
  { path: { steps, reach } }: PocketSettings,
  { truth, images }: Points,
  item: number,
): PocketImage {
  const label = truth[item] as number;
  const classes = probabilities.length / (steps + 1);
  const isWrong = Array.from({ length: steps + 1 }, (_, k) => argmax(probabilities, k * classes, classes) !== label);
  const enters = isWrong.indexOf(true);
  const leaves = enters < 0 ? -1 : isWrong.indexOf(false, enters);
  const t = (k: number) => (k < 0 ? null : (reach * k) / steps);
  return {
    index: images[item] as number,
    label,
    answer: centres[0] as number,
    distance,
    inBox: [...inBox],
    beyond: [...beyond],
    enters: t(enters),
    leaves: t(leaves),
  };
}

function ballRates(counts: readonly BallCounts[], { ball: { samples, radii, depths } }: PocketSettings): PocketBall[] {
  const rate = (pick: (count: BallCounts) => number) => rateOf(sum(counts.map(pick)), samples * counts.length);
  return depths.flatMap((depth, d) =>
    radii.map((radius, r) => ({
      depth,
      radius,
      inBox: rate(({ ballInBox }) => ballInBox[d * radii.length + r] as number),
      beyond: rate(({ ballBeyond }) => ballBeyond[d * radii.length + r] as number),
    })),
  );
}

/** Over the images that the other model reads rightly. */
function elsewhereOf(
  model: PocketElsewhere["model"],
  counts: readonly BallCounts[],
  { truth }: Points,
  settings: PocketSettings,
): PocketElsewhere {
  const isRight = counts.map(({ clean }, i) => clean === truth[i]);
  const right = counts.filter((_, i) => isRight[i]);
  const labels = truth.filter((_, i) => isRight[i]);
  if (right.length === 0) return { model, right: 0, centres: [], balls: [] };
  const centres = settings.ball.depths.map((_, d) =>
    rateOf(right.filter(({ centres }, i) => centres[d] !== labels[i]).length, right.length),
  );
  return { model, right: right.length, centres, balls: ballRates(right, settings) };
}

function joined<A extends Float32Array | Int32Array | Uint32Array>(
  Kind: new (length: number) => A,
  parts: readonly A[],
): A {
  const all = new Kind(sum(parts.map(({ length }) => length)));
  let at = 0;
  for (const part of parts) {
    all.set(part as never, at);
    at += part.length;
  }
  return all;
}
