/**
 * The record of the study "pockets": what random directions around images change, beside the one that was found; the way
 * through what was found; how wide the region is in which the answer stays wrong, to this model and to others.
 */
import type { PocketSettings } from "../../analysis/pockets/pocket.ts";
import { type ImageShape, imageSize } from "../../data/dataset.ts";
import type { NamedArrays } from "../../data/digest.ts";
import type { Rate } from "../../numeric/rate.ts";
import type { Identified, IdentifiedModel, RecordHead, RecordSeal, Timing } from "../record.ts";

/** One image whose answer was changed, and its surroundings. */
export interface PocketImage {
  /** Position in the data set. */
  index: number;
  /** The true answer. */
  label: number;
  /** What the model answers at x'. */
  answer: number;
  /** L2 of x' - x. */
  distance: number;
  /** Random directions along the walls of [0, 1] that change the answer, one number a factor. */
  inBox: readonly number[];
  /** The same without walls. */
  beyond: readonly number[];
  /** t of the first point of the path x + t (x' - x) that is answered wrongly; null where none is. */
  enters: number | null;
  /** t of the first point behind it that is answered rightly again; null where none is. */
  leaves: number | null;
}

/** Random directions, followed to a multiple of the distance that was found, over all images. */
export interface PocketDirections {
  /** The multiple. */
  factor: number;
  /** Directions along the walls that change the answer. */
  inBox: Rate;
  /** Directions without walls that change it. */
  beyond: Rate;
  /** Images around which at least one direction changed the answer, along the walls. */
  images: number;
}

/** Points of the balls around what was found, over all images. */
export interface PocketBall {
  /** The centre is x + depth (x' - x). */
  depth: number;
  /** L2, in multiples of the distance that was found. */
  radius: number;
  /** Points that are answered wrongly, each value moved into [0, 1]. */
  inBox: Rate;
  /** Points that are answered wrongly as they are. */
  beyond: Rate;
}

/** What another model makes of the same points, over the images that it reads rightly; no rate where it reads none. */
export interface PocketElsewhere {
  /** The model. */
  model: IdentifiedModel;
  /** Images that it reads rightly. */
  right: number;
  /** Wrong at the centres, one a depth. */
  centres: readonly Rate[];
  /** Wrong in the balls. */
  balls: readonly PocketBall[];
}

/** The record of a study of pockets. */
export interface PocketsRecord extends RecordHead<"pockets">, RecordSeal {
  /** The model that was searched. */
  model: IdentifiedModel & { inputShape: ImageShape; classes: number };
  /** The images. */
  data: Identified;
  /** What it took. */
  timing: Required<Timing>;
  /** What was asked of each image's surroundings. */
  settings: PocketSettings;
  /** Images that the model read rightly and that were attacked. */
  attacked: number;
  /** One a factor. */
  directions: readonly PocketDirections[];
  /** One a depth and radius. */
  balls: readonly PocketBall[];
  /** One a further model. */
  elsewhere: readonly PocketElsewhere[];
  /** Those whose answer was changed. */
  images: readonly PocketImage[];
  /** f32[images, h, w, c]: the images as they were. */
  original: Float32Array;
  /** f32[images, h, w, c]: the images as they were changed. */
  adversarial: Float32Array;
  /** f32[images, steps + 1, classes] */
  probabilities: Float32Array;
  /** i32[images, size, size] */
  plane: Int32Array;
  /** u32[models, images, depths, radii], this model first: wrong points, each value moved into [0, 1]. */
  ballInBox: Uint32Array;
  /** u32[models, images, depths, radii]: wrong points as they are. */
  ballBeyond: Uint32Array;
  /** i32[models, images, 1 + depths]: answers at x and at the centres. */
  centres: Int32Array;
}

type Computed = Pick<
  PocketsRecord,
  "images" | "original" | "adversarial" | "probabilities" | "plane" | "ballInBox" | "ballBeyond" | "centres"
>;

/** Everything that was computed, as arrays by name: what is stored as .npy, and what the digest of the run covers. */
export function pocketsArrays(record: Computed, settings: PocketSettings, shape: ImageShape): NamedArrays {
  const { images, original, adversarial, probabilities, plane, ballInBox, ballBeyond, centres } = record;
  const { path, plane: map, factors, ball } = settings;
  const count = images.length;
  const u32 = (pick: (image: PocketImage) => readonly number[]) => Uint32Array.from(images.flatMap(pick));
  const models = ballInBox.length / (count * ball.depths.length * ball.radii.length || 1);
  const balls = [models, count, ball.depths.length, ball.radii.length];
  const pictures = [original.length / imageSize(shape), ...shape];
  return {
    index: { data: u32(({ index }) => [index]) },
    label: { data: u32(({ label }) => [label]) },
    distance: { data: Float64Array.from(images, ({ distance }) => distance) },
    in_box: { data: u32(({ inBox }) => inBox), shape: [count, factors.length] },
    beyond: { data: u32(({ beyond }) => beyond), shape: [count, factors.length] },
    original: { data: original, shape: pictures },
    adversarial: { data: adversarial, shape: pictures },
    path: {
      data: probabilities,
      shape: [count, path.steps + 1, probabilities.length / (count * (path.steps + 1) || 1)],
    },
    plane: { data: plane, shape: [count, map.size, map.size] },
    ball_in_box: { data: ballInBox, shape: balls },
    ball_beyond: { data: ballBeyond, shape: balls },
    centres: { data: centres, shape: [models, count, 1 + ball.depths.length] },
  };
}
