/**
 * The study "pockets": whether sampling around an image finds what a search finds, and what the place looks like that the search
 * found [Szegedy et al. 2014, section 4].
 */

import { selectRows } from "../../analysis/index.ts";
import { requireModels } from "../../analysis/models.ts";
import type { BallCounts, Pocket, PocketSettings } from "../../analysis/pockets/pocket.ts";
import type { EffortName } from "../../attacks/index.ts";
import { outOfRange, requireOptions } from "../../check.ts";
import { argmax, preprocessFlags } from "../../model/index.ts";
import { rateOf } from "../../numeric/rate.ts";
import { sum } from "../../numeric/statistics.ts";
import { attackInNorm } from "../attack/minimal.ts";
import { UNTARGETED } from "../attack/question.ts";
import { ImagesPresent } from "../missing.ts";
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
  const present = new ImagesPresent(count);
  const { result } = await attackInNorm(
    network,
    dataset,
    { norm: "l2", target: UNTARGETED, question: undefined, effort, domain: {}, seed, first, named: undefined },
    run,
    present,
  );
  const index = Array.from({ length: count }, (_, i) => first + i);
  const found = foundPoints(dataset, result, index);
  const attackedOf = () => present.of(result.stop).filter((stop) => stop !== "misclassified").length;
  if (found.truth.length === 0)
    outOfRange(`data ${data.name}`, "an image whose answer can be changed", `none of ${attackedOf()}`);
  const imageAt = (point: number) => (found.images[point] as number) - first;
  const during = { run, present, imageAt };
  const looked = await pocketsOf(model, found, settings, during);
  const counted: (BallCounts | undefined)[][] = [];
  for (const other of to) counted.push(await ballsElsewhere(other, found, settings, during));
  const isThere = looked.map((_, point) => present.has(imageAt(point)));
  const points = pointsOf(found, isThere);
  const there = <T>(list: readonly (T | undefined)[]) => list.filter((_, point) => isThere[point]) as T[];
  const pockets = there(looked);
  const counts: BallCounts[][] = [pockets, ...counted.map((list) => there(list))];
  const attacked = attackedOf();
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
      ...present.said(first),
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

/** Some of the points, those with a true entry. */
function pointsOf(points: Points, isThere: readonly boolean[]): Points {
  if (!isThere.includes(false)) return points;
  const { rows, changed, truth, images } = points;
  const size = rows.length / truth.length;
  const which = isThere.map(Number);
  return {
    rows: selectRows(rows, size, which),
    changed: selectRows(changed, size, which),
    truth: truth.filter((_, i) => isThere[i]),
    images: images.filter((_, i) => isThere[i]),
  };
}

/** How the jobs of points are run, and which images they are of. */
interface PointsRun {
  run: StudyRun;
  present: ImagesPresent;
  imageAt(point: number): number;
}

function pocketsOf(
  { network }: StudyModel,
  points: Points,
  settings: PocketSettings,
  { run, present, imageAt }: PointsRun,
): Promise<(Pocket | undefined)[]> {
  const { executor, signal, tell } = running(run);
  const items = points.truth.length;
  return present.run(
    executor,
    { task: "pocket", input: { model: network, ...points, settings }, items, share: "single" },
    { signal, onProgress: (done) => tell({ label: "pockets", done, total: items, unit: "images" }) },
    (point) => [imageAt(point)],
  );
}

function ballsElsewhere(
  { network, name }: StudyModel,
  points: Points,
  { ball, seed }: PocketSettings,
  { run, present, imageAt }: PointsRun,
): Promise<(BallCounts | undefined)[]> {
  const { executor, signal, tell } = running(run);
  const items = points.truth.length;
  return present.run(
    executor,
    { task: "pocketBalls", input: { model: network, ...points, settings: { ...ball, seed } }, items, share: "single" },
    { signal, onProgress: (done) => tell({ label: `balls in ${name}`, done, total: items, unit: "images" }) },
    (point) => [imageAt(point)],
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
