/** A set of labelled images: flat rows of pixels in [0, 1], and a class for each. */
import { outOfRange, requireInteger, requireLength, requireRows, wrongType } from "../check.ts";

/** Height, width, channels (1 or 3); pixels lie row-major, channels innermost (NHWC). */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** Images with their labels. */
export interface Dataset {
  /** f32[count, h w c], each pixel in [0, 1]. */
  rows: Float32Array;
  /** u8[count] or i32[count], each in [0, classes), or all UNLABELLED. */
  labels: Uint8Array | Int32Array;
  /** Number of images. */
  count: number;
  /** Height, width and channels of an image. */
  shape: ImageShape;
  /** Number of classes; 0 where the images are unlabelled. */
  classes: number;
}

/** The label of every image of a set without labels. */
export const UNLABELLED = -1;

/** Values in one image. */
export function imageSize([height, width, channels]: ImageShape): number {
  return height * width * channels;
}

/** Requires a set that agrees with itself: one that says of itself what it does not hold would make a false record. */
export function requireDataset(subject: string, dataset: unknown): void {
  if (typeof dataset !== "object" || dataset === null) wrongType(subject, "labelled images", dataset);
  const { rows, labels, count, shape } = dataset as Partial<Dataset>;
  if (!Array.isArray(shape) || shape.length !== 3) wrongType(`${subject}.shape`, "[height, width, channels]", shape);
  for (const [i, extent] of (shape as ImageShape).entries()) requireInteger(`${subject}.shape[${i}]`, extent, 1);
  requireInteger(`${subject}.count`, count, 1);
  const found = requireRows(`${subject}.rows`, rows, imageSize(shape as ImageShape));
  if (found !== count) outOfRange(`${subject}.rows`, `${count} rows, as its count says`, `${found}`);
  requireLength(`${subject}.labels`, labels as ArrayLike<number>, found, "labels, one a row");
}

/**
 * The images from `start` up to but not including `end`, as views of the same memory. Throws for positions that are
 * not whole, or that leave no image.
 */
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
