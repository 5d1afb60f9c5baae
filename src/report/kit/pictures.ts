/** The three pictures of an example, and which examples are shown. */
import type { ImageShape } from "../../data/dataset.ts";
import { encodePng } from "../../data/png.ts";
import { differenceRaster, imageRaster, type Raster } from "../../data/raster.ts";
import { type AttackExample, outcome } from "../attack/results.ts";

/** More pictures than this are not looked at and make a page slow. */
const SHOWN = 200;

/** Magnifications that a reader can calculate with. */
const MAGNIFICATIONS = [100, 50, 20, 10, 5, 4, 3, 2];

/** The two images of an example and their magnified difference. */
export interface Pictures {
  original: Raster;
  difference: Raster;
  adversarial: Raster;
}

/** The examples that are shown: all, or the nearest blind spots if there are more than 200. In the order given. */
export function shownExamples(examples: readonly AttackExample[], limit = SHOWN): readonly AttackExample[] {
  if (examples.length <= limit) return examples;
  const rank = { found: 0, "not-found": 1, "already-target": 2, misclassified: 3 };
  const nearest = examples
    .toSorted((a, b) => rank[outcome(a)] - rank[outcome(b)] || a.distortion - b.distortion)
    .slice(0, limit);
  const kept = new Set(nearest);
  return examples.filter((example) => kept.has(example));
}

/**
 * One magnification for all differences of a report, so that they can be compared: the largest round one that keeps
 * 9 in 10 of the changes above a hundredth below full strength.
 */
export function magnification(examples: readonly AttackExample[]): number {
  const changes: number[] = [];
  for (const { original, adversarial } of examples) {
    for (let i = 0; i < original.length; i++) {
      const change = Math.abs((adversarial[i] as number) - (original[i] as number));
      if (change > 0.01) changes.push(change);
    }
  }
  changes.sort((a, b) => a - b);
  const large = changes[Math.floor(0.9 * changes.length)];
  if (large === undefined) return MAGNIFICATIONS[0] as number;
  return MAGNIFICATIONS.find((factor) => factor * large <= 1) ?? 1;
}

export function pictures({ original, adversarial }: AttackExample, shape: ImageShape, factor: number): Pictures {
  return {
    original: imageRaster(original, shape),
    difference: differenceRaster(original, adversarial, shape, factor),
    adversarial: imageRaster(adversarial, shape),
  };
}

/** A raster as a PNG inside a URL. */
export function dataUri(raster: Raster): string {
  let text = "";
  for (const byte of encodePng(raster)) text += String.fromCharCode(byte);
  return `data:image/png;base64,${btoa(text)}`;
}
