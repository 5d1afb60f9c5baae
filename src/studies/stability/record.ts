/**
 * What a stability analysis leaves to be reported: the bounds of layers, what adversarial changes did to them, and the radius
 * that is certified beside the distortion that was found.
 */
import type { LayerBound } from "../../analysis/index.ts";
import type { NamedArrays } from "../../data/digest.ts";
import { mean } from "../../numeric/statistics.ts";

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
  index: number; // in the data set
  l2: number; // of the change found
  certified: number; // no change of smaller L2 fools the model
}

/** A run, whole. */
export interface StabilityReport {
  title: string;
  command: string; // that makes this report again
  version: string; // of Blindspot
  model: { name: string; digest: string; inputShape: readonly number[] };
  data?: { name: string; digest: string };
  options: Readonly<Record<string, string | number | boolean>>;
  layers: readonly StabilityLayer[];
  /** Of the logits. */
  bound: number;
  /** Images attacked, and those among them that are in `images`. */
  attacked: number;
  images: readonly StabilityImage[];
  /** f64[layers, images] each: what `seen` is the mean and the largest of. */
  own: Float64Array;
  whole: Float64Array;
  timing: { milliseconds: number };
  digest: string; // of `stabilityArrays`
}

type Computed = Pick<StabilityReport, "layers" | "images" | "own" | "whole">;

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
      stretch: { data: own, shape },
      stretch_from_input: { data: whole, shape },
    }),
  };
}

/** The largest relative gap between the two bounds of a layer, of the paper's constant where the layer is a convolution. */
export function widestGap(layers: readonly LayerBound[]): number {
  return layers.reduce((most, { bound, lower, plane, className }) => {
    if (NO_GAP.includes(className) || lower === 0) return most;
    return Math.max(most, plane ? plane.upper / plane.lower - 1 : bound / lower - 1);
  }, 0);
}

/** Layers with a bound that is not computed but derived: theirs says nothing of the computation. */
const NO_GAP: readonly string[] = ["LocalResponseNormalization", "LayerNormalization"];

/** Means over the images. */
export function meanOf(images: readonly StabilityImage[], pick: (image: StabilityImage) => number): number {
  return mean(images.map(pick));
}
