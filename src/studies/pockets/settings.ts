/** What the study "pockets" asks of the surroundings of each image, with its defaults. */
import type { PocketSettings } from "../../analysis/pockets/pocket.ts";
import { outOfRange, requireInteger, requireNumber, wrongType } from "../../check.ts";

/** What is asked of the surroundings of each image. */
export interface PocketQuestions {
  /** Random directions around each image; default 10,000. */
  directions?: number;
  /** How far to follow each, as multiples of the distance that was found; default 1, 2 and 5. */
  factors?: readonly number[];
  /** Points of each ball; default 1000. */
  samples?: number;
  /** Of everything random; default 0. */
  seed?: number;
}

export const USUAL = { directions: 10_000, factors: [1, 2, 5] as readonly number[], samples: 1000 };

/** Balls around what was found, and around a point half as far again, by shares of the distance. */
const RADII = [0.1, 0.25, 0.5, 1];
const DEPTHS = [1, 1.5];
/** Up to so many distances from the image. */
const REACH = 3;
const PATH_STEPS = 120;
/** Odd: the image is in the middle. */
const PLANE_SIZE = 61;

export function pocketSettings({
  directions = USUAL.directions,
  factors = USUAL.factors,
  samples = USUAL.samples,
  seed = 0,
}: PocketQuestions): PocketSettings {
  requireInteger("directions", directions, 1);
  requireInteger("samples", samples, 1);
  requireInteger("seed", seed, 0);
  if (!Array.isArray(factors)) wrongType("factors", "an array of numbers", factors);
  if (factors.length === 0) outOfRange("factors", "at least one multiple of the distance", "none");
  factors.forEach((factor, i) => {
    requireNumber(`factors[${i}]`, factor, 0);
    if (factors.indexOf(factor) !== i) outOfRange("factors", "each number once", `${factor} twice`);
  });
  return {
    directions,
    factors: [...factors],
    path: { steps: PATH_STEPS, reach: REACH },
    plane: { size: PLANE_SIZE, reach: REACH },
    ball: { samples, radii: RADII, depths: DEPTHS },
    seed,
  };
}
