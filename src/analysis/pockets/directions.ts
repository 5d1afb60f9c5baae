/** Random directions around an image: the same ones for the same seed and image, whatever else was drawn. */
import { Random } from "../../numeric/random.ts";

/** What directions are drawn for. Each has numbers of its own, so that no part of a study shifts another. */
export type Purpose = "around" | "plane" | "ball";

const PURPOSES: readonly Purpose[] = ["around", "plane", "ball"];

/** Keeps the streams apart from other uses of the same seed: one for each image and purpose. */
const FIRST_STREAM = 0x70000000;
const PURPOSES_OF_AN_IMAGE = 4;

/** Images whose streams differ. */
export const MOST_IMAGES = 2 ** 26;

export function sourceOf(seed: number, image: number, purpose: Purpose): Random {
  return new Random(seed, FIRST_STREAM + PURPOSES_OF_AN_IMAGE * (image % MOST_IMAGES) + PURPOSES.indexOf(purpose));
}

/** Direction `index` of a source, f64[n] of length 1: normal numbers divided by their length. */
export function direction(source: Random, index: number, into: Float64Array): Float64Array {
  source.fillNormal(into, 1, index * into.length);
  return scaled(into, 1 / length(into));
}

/**
 * Point `index` of the unit ball of n dimensions, uniform: the first n coordinates of a uniform point of the sphere in n + 2
 * [Harman & Lacko, "On decompositional algorithms for uniform sampling from n-spheres and n-balls", 2010].
 *
 * @param wide f64[n + 2], scratch
 */
export function pointOfBall(source: Random, index: number, wide: Float64Array): Float64Array {
  return direction(source, index, wide).subarray(0, wide.length - 2);
}

export function length(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector));
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

export function scaled(vector: Float64Array, factor: number): Float64Array {
  for (let i = 0; i < vector.length; i++) vector[i] = factor * (vector[i] as number);
  return vector;
}
