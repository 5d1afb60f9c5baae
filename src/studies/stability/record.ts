/**
 * The record of the study "stability": the bounds of layers, what adversarial changes did to them, and the radius that is
 * certified beside the distance that was found.
 */
import type { LayerBound } from "../../analysis/index.ts";
import type { NamedArrays } from "../../data/digest.ts";
import type { Identified, IdentifiedModel, RecordHead, RecordSeal } from "../record.ts";

/** A layer's bound and what was seen of it. */
export interface StabilityLayer extends LayerBound {
  /** Bound from the network's input to this layer's output. */
  running: number;
  /** What the paper has for it. */
  paper?: number;
  /** Stretches of the adversarial changes: of the layer's own input, and of the network's. */
  seen?: { mean: number; most: number; wholeMean: number; wholeMost: number };
}

/** An image that was attacked with success. */
export interface StabilityImage {
  /** Position of the image in the data set. */
  index: number;
  /** Euclidean length of the change that was found. */
  l2: number;
  /** By the product of the layers' norms: no change of smaller Euclidean length makes the model give any other answer. */
  certified: number;
  /** Where radii were asked for, by linear bounds: no change of smaller Euclidean length makes it give the answer that was pushed for. */
  linear?: number;
}

/** The record of a stability analysis. */
export interface StabilityRecord extends RecordHead<"stability">, RecordSeal {
  /** The model. */
  model: IdentifiedModel & { inputShape: readonly number[] };
  /** The images; absent where bounds alone were asked for. */
  data?: Identified;
  /** One a layer, in their order. */
  layers: readonly StabilityLayer[];
  /** Of the logits. */
  bound: number;
  /** Images attacked, and those among them that are in `images`. */
  attacked: number;
  /** Images that were attacked with success. */
  images: readonly StabilityImage[];
  /** f64[layers, images] each: what `seen` is the mean and the largest of. */
  own: Float64Array;
  /** f64[layers, images], stretches from the network's input. */
  whole: Float64Array;
}

type Computed = Pick<StabilityRecord, "layers" | "images" | "own" | "whole">;

/** Everything that was computed, as arrays by name: what is stored as .npy, and what the digest of the run covers. */
export function stabilityArrays({ layers, images, own, whole }: Computed): NamedArrays {
  const f64 = <T>(all: readonly T[], pick: (one: T) => number) => ({ data: Float64Array.from(all, pick) });
  const shape = [layers.length, images.length];
  return {
    bound: f64(layers, (l) => l.bound),
    lower: f64(layers, (l) => l.lower),
    plane_upper: f64(layers, (l) => l.plane?.upper ?? l.bound),
    plane_lower: f64(layers, (l) => l.plane?.lower ?? l.lower),
    running: f64(layers, (l) => l.running),
    ...(images.length > 0 && {
      index: { data: Uint32Array.from(images, (image) => image.index) },
      l2: f64(images, (image) => image.l2),
      certified: f64(images, (image) => image.certified),
      ...(images.some(({ linear }) => linear !== undefined) && { linear: f64(images, (image) => image.linear ?? 0) }),
      stretch: { data: own, shape },
      stretch_from_input: { data: whole, shape },
    }),
  };
}
