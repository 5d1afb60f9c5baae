/**
 * Gaussian noise on images, to compare an attack with an undirected change of the same strength. The paper does not say
 * whether its noisy images were clipped to [0, 1]. They cannot have been: clipped noise of 0.3 gives the paper's
 * networks errors of 25 to 33 %, where its table 2 has 4 to 5 %; unclipped it gives 4 to 5 %.
 */
import { requireFinite, requireNumber, requireOptions, requireRows } from "../check.ts";
import { Random } from "../numeric/random.ts";

/** The noise that `gaussianNoise` adds. */
export interface GaussianNoiseOptions {
  /** Standard deviation of the noise of a pixel. */
  std: number;
  /** Default 0. The noise of value i depends on the seed and i alone; another `std` scales the same noise. */
  seed?: number;
  /** Whether the result is clipped to [0, 1]; default false. */
  clip?: boolean;
  /** Position of the first value in the whole set, so that a part gets the noise it would get in the whole; default 0. */
  first?: number;
}

/** Keeps the noise apart from other uses of the same seed. */
const NOISE_STREAM = 0x6e6f;

/** Values drawn at once, to limit memory. */
const CHUNK = 8192;

/**
 * rows + N(0, std^2), f32[n] of any length as f32[n], rounded once. Throws for rows that are not finite, and for
 * options that are unknown or out of range.
 */
export function gaussianNoise(rows: Float32Array, options: GaussianNoiseOptions): Float32Array<ArrayBuffer> {
  requireRows("rows", rows, 1);
  requireFinite("rows", rows);
  requireOptions("gaussianNoise", options, { std: true, seed: true, clip: true, first: true });
  const { std, seed = 0, clip = false, first = 0 } = options;
  requireNumber("std", std, 0);
  const random = new Random(seed, NOISE_STREAM);
  const noise = new Float64Array(Math.min(CHUNK, rows.length));
  const result = new Float32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    if (i % CHUNK === 0) random.fillNormal(noise, std, first + i);
    const noisy = (rows[i] as number) + (noise[i % CHUNK] as number);
    result[i] = clip ? Math.min(Math.max(noisy, 0), 1) : noisy;
  }
  return result;
}
