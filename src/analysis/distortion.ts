/**
 * How far a set of images was changed. One image: distortion = sqrt(sum_i (x'_i - x_i)^2 / n). A set has two
 * averages, and the paper's "average distortion" does not say which. `pooledDistortion` is the one that agrees with its
 * table 1 (4 % off over six models, where the mean is 10 % off); both fit table 3.
 */
import { outOfRange, requireFinite, requireInteger, requireRows } from "../check.ts";
import { mean } from "../numeric/statistics.ts";

/** Requires changed rows and as many originals, all of finite numbers; returns their number. */
export function requirePairs(originals: unknown, adversarial: unknown, inputSize: number): number {
  const count = requireRows("originals", originals, inputSize);
  const changed = requireRows("adversarial", adversarial, inputSize);
  if (changed !== count) outOfRange("adversarial", `${count} rows, as there are originals`, `${changed}`);
  requireFinite("originals", originals as Float32Array);
  requireFinite("adversarial", adversarial as Float32Array);
  return count;
}

function squaredChange(originals: Float32Array, adversarial: Float32Array, start: number, end: number): number {
  let squared = 0;
  for (let i = start; i < end; i++) {
    const change = (adversarial[i] as number) - (originals[i] as number);
    squared += change * change;
  }
  return squared;
}

/** The distortion of each row, f64[n]. Throws for arrays of different lengths, or that are not whole rows. */
export function distortions(originals: Float32Array, adversarial: Float32Array, inputSize: number): Float64Array {
  requireInteger("inputSize", inputSize, 1);
  const count = requirePairs(originals, adversarial, inputSize);
  return Float64Array.from({ length: count }, (_, i) =>
    Math.sqrt(squaredChange(originals, adversarial, i * inputSize, (i + 1) * inputSize) / inputSize),
  );
}

/**
 * The root mean square over all pixels of all images: the standard deviation of noise of the same strength. Both are
 * f32[n, inputSize]; the result is in the units of a pixel. Throws for arrays of different lengths.
 */
export function pooledDistortion(originals: Float32Array, adversarial: Float32Array): number {
  requirePairs(originals, adversarial, 1);
  return Math.sqrt(squaredChange(originals, adversarial, 0, originals.length) / originals.length);
}

/**
 * The mean over images of the distortion of each; never above the pooled one. Both are f32[n, inputSize]; the result
 * is in the units of a pixel.
 */
export function meanDistortion(originals: Float32Array, adversarial: Float32Array, inputSize: number): number {
  return mean(distortions(originals, adversarial, inputSize));
}
