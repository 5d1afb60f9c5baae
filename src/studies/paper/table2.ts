/** Table 2: adversarial training images of each model, and noise, fed to every model. */

import type { Study } from "./attacked.ts";
import { cleanErrors, feed, type TransferResult } from "./feed.ts";
import type { PaperExecutor } from "./jobs.ts";
import type { PaperOptions } from "./options.ts";
import { minimumSets, NOISE_READING, noiseSet, otherNoise } from "./sets.ts";

const NOISES = [0.1, 0.3];
/** The noise of figure 7, which leaves an image hardly readable. */
export const STRONG_NOISE = 1;

export async function table2(study: Study, options: PaperOptions, executor: PaperExecutor): Promise<TransferResult> {
  const other = otherNoise(options.noise);
  const sets = minimumSets(study, options.distortion);
  const noises = NOISES.map((std) => noiseSet(study, std, options.noise, options));
  const others = NOISES.map((std) => noiseSet(study, std, other, options));
  const strong = noiseSet(study, STRONG_NOISE, options.noise, options);
  const [rows, beside, [strongNoise]] = await Promise.all([
    feed(study, [...sets, ...noises], executor),
    feed(study, others, executor),
    feed(study, [strong], executor),
  ]);
  return {
    images: study.sample.labels.length,
    rows,
    ...(strongNoise && { strongNoise }),
    clean: cleanErrors(study),
    variants: [{ reading: NOISE_READING[other], rows: beside }],
  };
}
