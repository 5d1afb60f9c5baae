/**
 * A random change of a given length in a norm: what an attack's change of that length is set beside. The paper's control: noise of the
 * same size seldom alters an answer that the smallest change does.
 */
import type { NormName } from "../attacks/index.ts";
import { requireInteger, requireNumber } from "../check.ts";
import { Random } from "../numeric/random.ts";

/** Keeps these numbers apart from other uses of the same seed. */
const DIRECTION_STREAM = 0x6e6c;
const FEATURE_STREAM = 0x6e66;

export interface NoiseOfLengthOptions {
  norm: NormName;
  length: number;
  seed: number;
  /** Which of the noises of the seed: each is made of numbers of its own. */
  number: number;
}

/**
 * The image in [0, 1] with noise, cut to [0, 1], which may shorten it. In L2 and L1 a normal direction of that length; in L-infinity that much
 * up or down at each feature; in L0 so many features, drawn at random, set to 0 or 1, whichever is farther.
 */
export function noiseOfLength(image: Float32Array, { norm, length, seed, number }: NoiseOfLengthOptions): Float32Array {
  requireNumber("length", length, 0);
  requireInteger("number", number, 0);
  const size = image.length;
  if (norm === "l0") return farFeatures(image, Math.min(size, Math.round(length)), seed, number);
  const direction = new Float64Array(size);
  new Random(seed, DIRECTION_STREAM).fillNormal(direction, 1, number * size);
  let [sum, squares] = [0, 0];
  for (const value of direction) {
    sum += Math.abs(value);
    squares += value * value;
  }
  const scale = norm === "l2" ? length / Math.sqrt(squares) : length / sum;
  return image.map((value, i) => {
    const step = direction[i] as number;
    const moved = value + (norm === "linf" ? (step < 0 ? -length : length) : scale * step);
    return Math.min(Math.max(moved, 0), 1);
  });
}

/** Features are drawn without repetition, by swaps [Fisher and Yates]. */
function farFeatures(image: Float32Array, count: number, seed: number, number: number): Float32Array {
  const random = new Random(seed, FEATURE_STREAM);
  const out = image.slice();
  const places = Uint32Array.from(image.keys());
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random.uniform(number * image.length + i) * (image.length - i));
    const place = places[j] as number;
    places[j] = places[i] as number;
    out[place] = (image[place] as number) < 0.5 ? 1 : 0;
  }
  return out;
}
