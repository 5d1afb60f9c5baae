/** The choices that the paper leaves open, with the readings that fit its numbers as defaults. */
import * as v from "valibot";
import { AMPLIFY_MODES, type AmplifyMode } from "../../analysis/index.ts";
import { EFFORTS, type EffortName, TARGET_RULES } from "../../attacks/index.ts";
import { requireSchema } from "../../schema.ts";
import type { PaperTarget } from "./sample.ts";

/** Whether noise is put back into [0, 1]. */
export const NOISE_MODES = ["plain", "clipped"] as const;
export type NoiseMode = (typeof NOISE_MODES)[number];

/** The root mean square over all pixels of all images, or the mean of the images' own. */
export const DISTORTION_MODES = ["pooled", "mean"] as const;
export type DistortionMode = (typeof DISTORTION_MODES)[number];

export const TABLES = [1, 2, 3, 4] as const;
export type TableNumber = (typeof TABLES)[number];

/** How a run of the paper's tables is set up. Every number follows from these, the data and the models. */
export interface PaperOptions {
  tables: readonly TableNumber[];
  /** Images attacked: training images for tables 1 and 2, test images for tables 3 and 4. */
  count: number;
  target: PaperTarget;
  effort: EffortName;
  /** Logits by which the target must lead. */
  margin: number;
  /** Of the sample, the random targets and the noise. */
  seed: number;
  /** Of the models. The shipped ones have 0. */
  trainSeed: number;
  noise: NoiseMode;
  amplification: AmplifyMode;
  distortion: DistortionMode;
}

export const PAPER_DEFAULTS: PaperOptions = {
  tables: TABLES,
  count: 1000,
  target: "random",
  effort: "fast",
  margin: 1e-4,
  seed: 0,
  trainSeed: 0,
  noise: "plain",
  amplification: "common",
  distortion: "pooled",
};

const Whole = v.pipe(v.number(), v.integer(), v.minValue(0));

const Schema = v.strictObject({
  tables: v.pipe(v.array(v.picklist(TABLES)), v.minLength(1)),
  count: v.pipe(Whole, v.minValue(1)),
  target: v.union([v.picklist([...TARGET_RULES, "all"]), Whole]),
  effort: v.picklist(Object.keys(EFFORTS) as EffortName[]),
  margin: v.pipe(v.number(), v.finite(), v.minValue(0)),
  seed: Whole,
  trainSeed: Whole,
  noise: v.picklist(NOISE_MODES),
  amplification: v.picklist(AMPLIFY_MODES),
  distortion: v.picklist(DISTORTION_MODES),
});

/** The options with the defaults for those that are not given; refuses others, naming the first. */
export function requirePaperOptions(options: Partial<PaperOptions>): PaperOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const { tables, ...rest } = requireSchema("paper options", Schema, { ...PAPER_DEFAULTS, ...given });
  return { ...rest, tables: TABLES.filter((table) => tables.includes(table)) };
}
