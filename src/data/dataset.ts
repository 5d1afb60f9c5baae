/** A set of labelled images: flat rows of pixels in [0, 1], and a class for each. */
import { requireInteger } from "../check.ts";

/** Height, width, channels (1 or 3); pixels lie row-major, channels innermost (NHWC). */
export type ImageShape = readonly [height: number, width: number, channels: number];

export interface Dataset {
  rows: Float32Array; // count x (h w c), each in [0, 1]
  labels: Uint8Array | Int32Array; // count, each in [0, classes), or all UNLABELLED
  count: number;
  shape: ImageShape;
  classes: number; // 0 where unlabelled
}

/** The label of every image of a set without labels. */
export const UNLABELLED = -1;

/** Values in one image. */
export function imageSize([height, width, channels]: ImageShape): number {
  return height * width * channels;
}

/** The images from `start` up to but not including `end`, as views of the same memory. */
export function slice(dataset: Dataset, start: number, end: number): Dataset {
  requireInteger("slice end", end, 1, dataset.count);
  requireInteger("slice start", start, 0, end - 1);
  const size = imageSize(dataset.shape);
  return {
    ...dataset,
    rows: dataset.rows.subarray(start * size, end * size),
    labels: dataset.labels.subarray(start, end),
    count: end - start,
  };
}
