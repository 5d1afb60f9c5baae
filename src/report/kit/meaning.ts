/** What a length means, in words: how much of the way from black to white a pixel moves, on images in [0, 1]. */
import type { NormName } from "../../attacks/index.ts";
import { figure, whole } from "./format.ts";

/** Grey levels of 8 bits from black to white. */
const LEVELS = 255;

/** What a norm measures, after its name. */
export const NORM_MEANINGS: Readonly<Record<NormName, string>> = {
  l2: "L2 is the Euclidean length of the change: the square root of the sum of the squared changes of all pixels, where 1 is the way from black to white.",
  linf: "L-infinity is the largest change of any pixel, where 1 is the way from black to white.",
  l1: "L1 is the sum of the changes of all pixels, where 1 is the way from black to white.",
  l0: "L0 is the number of pixel values that are changed at all, by however much.",
};

/** The same of the paper's distortion. */
export const DISTORTION_MEANING =
  "Distortion is the root mean square change of a pixel, where 1 is the way from black to white.";

/** "13.7 of 255 grey levels a pixel": a distortion. */
export function distortionInLevels(distortion: number): string {
  return `${figure(LEVELS * distortion)} of ${LEVELS} grey levels a pixel`;
}

/** The same of a length in a norm, of images of so many values. */
export function lengthInLevels(norm: NormName, length: number, values: number): string {
  if (norm === "l0") return `of ${whole(values)} values`;
  if (norm === "l2") return distortionInLevels(length / Math.sqrt(values));
  const levels = `${figure(LEVELS * length)} of ${LEVELS} grey levels`;
  return norm === "linf" ? `${levels} at most` : `${figure(LEVELS * length)} grey levels in all`;
}
