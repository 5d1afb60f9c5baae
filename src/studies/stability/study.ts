/**
 * The study "stability": how far each layer of a model can stretch a change of its input, how far adversarial changes are
 * stretched, and within which radius no change can fool the model [Szegedy et al. 2014, section 4.3 and table 5].
 */

import { certifiedRadius, type LayerBound, runningBounds, type Stretch, stretches } from "../../analysis/index.ts";
import type { TargetRule } from "../../attacks/index.ts";
import { outOfRange, requireOptions, wrongType } from "../../check.ts";
import { imageSize } from "../../data/index.ts";
import { type Network, preprocessFlags } from "../../model/index.ts";
import { mean } from "../../numeric/statistics.ts";
import { attackByRule } from "../attack/search.ts";
import { certifiedBeside, requireCertified } from "../certify/beside.ts";
import { ImagesPresent } from "../missing.ts";
import { layerBoundsOnWorkers } from "../on-workers/analyses.ts";
import { TABLE_5 } from "../paper/table5.ts";
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
import { type StabilityImage, type StabilityLayer, type StabilityRecord, stabilityArrays } from "./record.ts";

/** Whether images are attacked, and how. */
export interface StabilityStudyOptions {
  /** The answer to push for; default "next". */
  target?: TargetRule;
  /** Of the targets of the rule "random"; default 0. */
  seed?: number;
  /** Position of the data's first image in the set they were taken from; default 0. */
  first?: number;
  /**
   * Whether each image that was attacked with success also gets a radius by linear bounds, of the same answer that it was pushed to; default
   * false. It costs some bounds an image, many times what the attack costs.
   */
  certify?: boolean;
  /** What counts as an image's true answer, for the record: the labels of the data are what is used. */
  truth?: "labels" | "model";
}

/**
 * Bounds how far each layer can stretch a change, in the 2-norm. With data it also attacks each image, as `lbfgsAttack`
 * does by default, and measures how far each layer stretches the changes that were found.
 *
 * @param data  images in [0, 1] with their true answers as labels; undefined for the bounds alone
 * @returns the record: `bound` is of the logits, `images` has for each success the L2 that was found and the one that is
 *   certified, `own` and `whole` are f64[layers, images]; neither digest depends on the executor
 * @throws RangeError, naming the layer, where a layer stretches without bound; the signal's reason once it is aborted
 */
export async function stabilityStudy(
  model: StudyModel,
  data: StudyData | undefined,
  options: StabilityStudyOptions = {},
  run: StudyRun = {},
): Promise<StabilityRecord> {
  requireOptions("stabilityStudy", options, {
    ...{ target: true, seed: true, first: true, truth: true, certify: true },
  });
  const { target = "next", seed = 0, first = 0, truth = "labels", certify = false } = options;
  requireModel(model);
  if (data !== undefined) {
    requireData(data);
    requireInRange(model, data);
  }
  const { network } = model;
  if (typeof certify !== "boolean") wrongType("certify", "true or false", certify);
  if (certify) {
    if (!data) outOfRange("certify", "data whose images are certified", "none");
    requireCertified(network, "l2");
  }
  const { executor, signal, tell } = running(run);
  const started = performance.now();
  const total = network.layers.length;
  const onProgress = (done: number) => tell({ label: "bounds", done, total, unit: "layers" });
  const bounds = await layerBoundsOnWorkers(executor, network, { signal, onProgress });
  const upTo = runningBounds(network, bounds);
  const bound = upTo.at(-1) as number;
  const present = new ImagesPresent(data?.dataset.count ?? 0);
  const seen = data && (await stretchesFound(network, data, bound, { target, seed, first, certify }, run, present));
  const milliseconds = performance.now() - started;
  const computed = {
    layers: layersOf(network, bounds, upTo, seen?.stretches),
    images: seen?.images ?? [],
    own: joined(seen?.stretches.map(({ own }) => own) ?? []),
    whole: joined(seen?.stretches.map(({ whole }) => whole) ?? []),
  };
  const asked = data
    ? { seed, first, count: data.dataset.count, truth, target, ...(certify && { certify }) }
    : { seed };
  return sealRecord(
    {
      ...recordHead(
        "stability",
        data ? `${model.name} on ${data.name}` : model.name,
        {
          command: "stability",
          options: {
            ...{ model: model.given ?? model.name, ...preprocessFlags(network.preprocess), data: data?.name, ...asked },
          },
          defaults: { first: 0, truth: "labels" },
        },
        asked,
      ),
      ...present.said(first),
      model: { ...(await identifiedModel(model)), inputShape: network.inputShape },
      ...(data && { data: await identifiedData(data) }),
      bound,
      attacked: seen?.attacked ?? 0,
      ...computed,
      timing: { milliseconds },
    },
    stabilityArrays(computed),
  );
}

interface Seen {
  images: StabilityImage[];
  attacked: number;
  /** One a call of a layer, of the images in their order. */
  stretches: Stretch[];
}

/** The images that were attacked with success: their certified radius, and how far each layer stretched the change. */
async function stretchesFound(
  network: Network,
  { dataset }: StudyData,
  bound: number,
  { certify, ...asked }: { target: TargetRule; seed: number; first: number; certify: boolean },
  run: StudyRun,
  present: ImagesPresent,
): Promise<Seen> {
  const { rows, shape } = dataset;
  const search = { ...asked, effort: "fast", solver: "projected", margin: 1e-4 } as const;
  const found = await attackByRule(network, dataset, search, run, present);
  const size = imageSize(shape);
  const successes = Array.from(found.stop.keys()).filter((i) => found.stop[i] === "found");
  const pick = (all: Float32Array) => {
    const out = new Float32Array(successes.length * size);
    successes.forEach((i, k) => {
      out.set(all.subarray(i * size, (i + 1) * size), k * size);
    });
    return out;
  };
  const [before, after] = [pick(rows), pick(found.rows)];
  const radius = successes.length > 0 ? certifiedRadius(network, before, bound) : new Float64Array(0);
  const lengths = found.distortion.map((distortion) => distortion * Math.sqrt(size));
  const { labels: truth } = dataset;
  const linear = certify
    ? await certifiedBeside(
        network,
        { asked: successes, rows, truth, labels: found.targets, lengths },
        { norm: "l2" },
        run,
      )
    : [];
  const images = successes.map((i, k): StabilityImage => {
    const proved = linear[k];
    return {
      ...{ index: asked.first + i, l2: lengths[i] as number, certified: radius[k] as number },
      ...(proved && { linear: proved.radius }),
    };
  });
  const aside = found.stop.filter((why) => why === "misclassified" || why === "already-target").length;
  return {
    images,
    attacked: present.positions.length - aside,
    stretches: successes.length > 0 ? stretches(network, before, after) : [],
  };
}

function layersOf(
  network: Network,
  bounds: readonly LayerBound[],
  upTo: readonly number[],
  seen: readonly Stretch[] = [],
): StabilityLayer[] {
  const isAlexNet = Object.keys(TABLE_5).every((name) => network.layers.some((layer) => layer.name === name));
  const most = (values: Float64Array) => values.reduce((a, b) => Math.max(a, b), 0);
  return bounds.map((bound, i): StabilityLayer => {
    const call = network.calls.findLastIndex(({ layer }) => layer === network.layers[i]);
    const stretch = seen[call];
    const paper = isAlexNet ? TABLE_5[bound.layer] : undefined;
    return {
      ...bound,
      running: upTo[call] as number,
      ...(paper !== undefined && { paper }),
      ...(stretch && {
        seen: {
          mean: mean(stretch.own),
          most: most(stretch.own),
          wholeMean: mean(stretch.whole),
          wholeMost: most(stretch.whole),
        },
      }),
    };
  });
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
