/** The sets that tables 2 and 4 feed to the models: adversarial examples, the same amplified, and Gaussian noise. */
import { type AmplifyMode, amplify, gaussianNoise } from "../../analysis/index.ts";
import type { AttackResult } from "../../attacks/index.ts";
import { averageDistortion, type Study } from "./attacked.ts";
import type { FedSet } from "./feed.ts";
import type { DistortionMode, NoiseMode, PaperOptions } from "./options.ts";

/** The rows that are answered with their target: those found, and in the paper's reading those that were so answered before. */
function reached({ stop }: AttackResult): Uint8Array {
  return Uint8Array.from(stop, (why) => Number(why !== "not-found"));
}

/** The adversarial examples of each model at their smallest distortion. */
export function minimumSets({ models }: Study, mode: DistortionMode): FedSet[] {
  return models.map(({ name, digest, title, found, figures }) => ({
    source: name,
    title,
    id: `made for ${digest}`,
    rows: found.rows,
    distortion: figures.distortions[mode],
    targets: found.targets,
    reached: reached(found),
  }));
}

/** The same examples amplified to a distortion of `to`, all by one factor or each by its own. */
export function amplifiedSets(
  { models, sample }: Study,
  to: number,
  mode: AmplifyMode,
  clip: boolean,
  average: DistortionMode,
): FedSet[] {
  const inputSize = sample.rows.length / sample.labels.length;
  return models.map(({ name, digest, title, found, figures }) => {
    const from = figures.distortions.pooled;
    const rows = amplify(sample.rows, found.rows, { to, mode, clip, inputSize, from });
    return {
      source: name,
      title,
      id: `made for ${digest}, ${mode}${clip ? ", clipped" : ""} to ${to}`,
      rows,
      distortion: averageDistortion(average, sample.rows, rows, inputSize),
      targets: found.targets,
      reached: reached(found),
    };
  });
}

/** The sample with noise of a standard deviation. */
export function noiseSet(
  { sample }: Study,
  std: number,
  mode: NoiseMode,
  { seed, distortion }: Pick<PaperOptions, "seed" | "distortion">,
): FedSet {
  const rows = gaussianNoise(sample.rows, { std, seed, clip: mode === "clipped" });
  return {
    source: `noise-${std}`,
    title: `Gaussian noise, std ${std}`,
    id: `noise ${std} ${mode}`,
    rows,
    distortion: averageDistortion(distortion, sample.rows, rows, sample.rows.length / sample.labels.length),
  };
}

/** The reading that was not chosen. */
export function otherNoise(mode: NoiseMode): NoiseMode {
  return mode === "plain" ? "clipped" : "plain";
}

/** How a table words a reading of the noise. */
export const NOISE_READING: Readonly<Record<NoiseMode, string>> = {
  plain: "noise not clipped",
  clipped: "noise clipped to [0, 1]",
};
