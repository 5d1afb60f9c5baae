/** The models of two tables with what is asked of each: its errors on whole sets, and adversarial examples for one sample. */
import { distortions, meanDistortion, pooledDistortion } from "../../analysis/index.ts";
import type { AttackResult } from "../../attacks/index.ts";
import type { Labels } from "../../check.ts";
import type { Dataset } from "../../data/index.ts";
import { mean } from "../../numeric/statistics.ts";
import type { LoadedModel, PaperExecutor } from "./jobs.ts";
import { paperModel } from "./models.ts";
import type { DistortionMode, PaperOptions } from "./options.ts";
import { drawSample, type Sample } from "./sample.ts";

export type Split = "train" | "test";
export type PaperData = Readonly<Record<Split, Dataset>>;

/** A model, its adversarial examples, and how far they are. */
export interface StudiedModel extends LoadedModel {
  /** As the paper's tables write it. */
  title: string;
  found: AttackResult;
  figures: AttackFigures;
}

/** Models attacked on the same images. */
export interface Study {
  split: Split;
  sample: Sample;
  models: readonly StudiedModel[];
  /** What each model answers to the images of the sample, by its name. */
  clean: ReadonlyMap<string, Int32Array>;
}

/** What an attack came to. */
export interface AttackFigures {
  images: number;
  /** Images that the model gets wrong before any change; they are driven to their targets as all others are. */
  misread: number;
  /** Images whose target is what the model answers anyway: distortion 0. */
  alreadyTarget: number;
  notFound: number;
  /** Of the images that were found; `right` leaves out those that were misread. */
  distortions: Readonly<Record<DistortionMode | "pooledRight" | "meanRight", number>>;
  /** Of value and gradient, an image. */
  evaluations: number;
  /** Of each image, in the order of the sample; NaN where nothing was found. */
  each: Float64Array;
}

/** Loads or trains the models, all at once, and attacks each on one sample of a split. */
export async function study(
  names: readonly string[],
  split: Split,
  data: PaperData,
  options: PaperOptions,
  models: ReadonlyMap<string, Promise<LoadedModel>>,
  executor: PaperExecutor,
): Promise<Study> {
  const { count, target, effort, margin, seed } = options;
  const sample = drawSample(data[split], count, target, seed);
  const clean = new Map<string, Int32Array>();
  const studied = await Promise.all(
    names.map(async (name): Promise<StudiedModel> => {
      const model = await (models.get(name) as Promise<LoadedModel>);
      const [answers, found] = await Promise.all([
        executor.answers({ kind: "answers", model: model.digest, rows: `${split} sample` }, model, sample.rows),
        executor.attack(
          { kind: "attack", model: model.digest, split, count, target, effort, margin, seed },
          model,
          sample,
        ),
      ]);
      clean.set(name, answers);
      const figures = attackFigures(sample, answers, found);
      return { ...model, title: paperModel(name).title, found, figures };
    }),
  );
  return { split, sample, models: studied, clean };
}

/** What came of an attack, from its result and the model's answers before it. */
export function attackFigures({ rows, labels }: Sample, clean: Labels, found: AttackResult): AttackFigures {
  const images = labels.length;
  const size = rows.length / images;
  const isFound = (i: number) => found.stop[i] !== "not-found";
  const isRight = (i: number) => clean[i] === labels[i];
  const each = distortions(rows, found.rows, size);
  const over = (counts: (i: number) => boolean) => {
    const values = [...each].filter((_, i) => counts(i));
    const sum = (term: (d: number) => number) => values.reduce((total, d) => total + term(d), 0);
    const n = Math.max(values.length, 1);
    return { pooled: Math.sqrt(sum((d) => d * d) / n), mean: sum((d) => d) / n };
  };
  const all = over(isFound);
  const right = over((i) => isFound(i) && isRight(i));
  const count = (counts: (i: number) => boolean) => each.reduce((sum, _, i) => sum + Number(counts(i)), 0);
  return {
    images,
    misread: count((i) => !isRight(i)),
    alreadyTarget: count((i) => found.stop[i] === "already-target"),
    notFound: count((i) => !isFound(i)),
    distortions: { ...all, pooledRight: right.pooled, meanRight: right.mean },
    evaluations: mean(found.evaluations),
    each: each.map((d, i) => (isFound(i) ? d : Number.NaN)),
  };
}

/** What a model answers to all training images and to all test images. */
export function answersToAll(
  model: LoadedModel,
  data: PaperData,
  executor: PaperExecutor,
): Promise<[train: Int32Array, test: Int32Array]> {
  const answers = (rows: Split) =>
    executor.answers({ kind: "answers", model: model.digest, rows }, model, data[rows].rows);
  return Promise.all([answers("train"), answers("test")]);
}

/** The distortion of changed rows as a row of a table prints it, by the reading that was chosen. */
export function averageDistortion(mode: DistortionMode, originals: Float32Array, rows: Float32Array, size: number) {
  return mode === "pooled" ? pooledDistortion(originals, rows) : meanDistortion(originals, rows, size);
}
