/** Table 4: adversarial test images of models of different halves, at their smallest distortion and amplified to 0.1. */
import { AMPLIFY_MODES, type AmplifyMode } from "../../analysis/index.ts";
import type { Study } from "./attacked.ts";
import { cleanErrors, feed, type TransferResult } from "./feed.ts";
import type { PaperExecutor } from "./jobs.ts";
import type { PaperOptions } from "./options.ts";
import { amplifiedSets, minimumSets, NOISE_READING, noiseSet, otherNoise } from "./sets.ts";

export interface Table4Result {
  minimum: TransferResult;
  amplified: TransferResult;
}

/** What the examples are amplified to; the noise of the upper half is 0.06. */
const AMPLIFIED = 0.1;
const MINIMUM_NOISE = 0.06;

const READING: Readonly<Record<AmplifyMode, string>> = {
  common: "one factor for all images",
  "per-image": "a factor for each image",
};

export async function table4(study: Study, options: PaperOptions, executor: PaperExecutor): Promise<Table4Result> {
  const { noise, amplification, distortion } = options;
  const other = otherNoise(noise);
  const images = study.sample.labels.length;
  const clean = cleanErrors(study);
  const noiseOf = (std: number, mode = noise) => noiseSet(study, std, mode, options);
  const amplified = (mode: AmplifyMode, clip: boolean) => amplifiedSets(study, AMPLIFIED, mode, clip, distortion);

  // The reading that was chosen, not clipped, is the table; all others stand beside it.
  const readings = AMPLIFY_MODES.flatMap((mode) => [
    { mode, clip: false },
    { mode, clip: true },
  ]).filter(({ mode, clip }) => clip || mode !== amplification);

  const [minimum, minimumNoise, lower, lowerNoise, ...others] = await Promise.all([
    feed(study, [...minimumSets(study, distortion), noiseOf(MINIMUM_NOISE)], executor),
    feed(study, [noiseOf(MINIMUM_NOISE, other)], executor),
    feed(study, [...amplified(amplification, false), noiseOf(AMPLIFIED)], executor),
    feed(study, [noiseOf(AMPLIFIED, other)], executor),
    ...readings.map(({ mode, clip }) => feed(study, amplified(mode, clip), executor)),
  ]);
  return {
    minimum: { images, rows: minimum, clean, variants: [{ reading: NOISE_READING[other], rows: minimumNoise }] },
    amplified: {
      images,
      rows: lower,
      clean,
      variants: [
        ...readings.map(({ mode, clip }, i) => ({
          reading: `${READING[mode]}${clip ? ", clipped to [0, 1]" : ""}`,
          rows: others[i] ?? [],
        })),
        { reading: NOISE_READING[other], rows: lowerNoise },
      ],
    },
  };
}
