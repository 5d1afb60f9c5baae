/** The three pictures of an image that was changed: as it was, the difference, as it is. */
import type { ImageShape } from "../../data/dataset.ts";
import { encodePng } from "../../data/png.ts";
import { differenceRaster, imageRaster, type Raster } from "../../data/raster.ts";

/** Magnifications that a reader can calculate with. */
const MAGNIFICATIONS = [100, 50, 20, 10, 5, 4, 3, 2];

/** An image, f32[h w c] in [0, 1], and the same changed. */
export interface Changed {
  original: Float32Array;
  adversarial: Float32Array;
}

/** The two images and their magnified difference. */
export interface Pictures {
  original: Raster;
  difference: Raster;
  adversarial: Raster;
}

/**
 * One magnification for all differences of a report, so that they can be compared: the largest round one that keeps
 * 9 in 10 of the changes above a hundredth below full strength.
 */
export function magnification(examples: readonly Changed[]): number {
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

export function pictures({ original, adversarial }: Changed, shape: ImageShape, factor: number): Pictures {
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
