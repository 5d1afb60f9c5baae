/**
 * The record of the study "attack": plain numbers and images, and what follows from them (the outcome of each image, the
 * arrays that are stored and digested).
 *
 * Distortion is the root mean square change of a pixel, sqrt(sum (x' - x)^2 / n), in units of the range [0, 1].
 */
import type { AttackStop, AttackSummary } from "../../attacks/index.ts";
import { outOfRange } from "../../check.ts";
import { type ImageShape, imageSize } from "../../data/dataset.ts";
import type { NamedArrays } from "../../data/digest.ts";
import type { BothEndsSummary } from "../certify/record.ts";
import type { PocketDirections } from "../pockets/record.ts";
import type { Identified, IdentifiedModel, RecordHead, RecordSeal, Timing } from "../record.ts";
import type { MinimalSummary } from "./minimal.ts";

/** One image and what became of it. */
export interface AttackExample {
  /** What became of it. */
  outcome: Outcome;
  /** Position of the image in the data set. */
  index: number;
  /** The true answer. */
  label: number;
  /** The model's answer to `original`. */
  prediction: number;
  /** The model's probability of that answer, in [0, 1]. */
  confidence: number;
  /** The answer that was asked for. */
  target: number;
  /** The model's answer to `adversarial`. */
  adversarialPrediction: number;
  /** The model's probability of that answer, in [0, 1]. */
  adversarialConfidence: number;
  /** Whether a change was found. */
  success: boolean;
  /** Root mean square change of a pixel, in the units of the data. */
  distortion: number;
  /** Length of the change in the norm of a minimal attack. */
  distance?: number;
  /** Where radii were asked for: no change that long, in the norm of the attack, gives what was asked for; 0 where nothing is certified. */
  certified?: number;
  /** sqrt(sum (x' - x)^2). */
  l2: number;
  /** Evaluations of value and gradient, all of the search included. */
  evaluations: number;
  /** f32[h w c], in [0, 1]. */
  original: Float32Array;
  /** f32[h w c], in [0, 1]; the image itself if nothing was found. */
  adversarial: Float32Array;
}

/** The record of an attack. */
export interface AttackRecord extends RecordHead<"attack">, RecordSeal {
  /** The model that was attacked. */
  model: IdentifiedModel & { inputShape: ImageShape; classes: number; classNames?: readonly string[] };
  /** The images. */
  data: Identified;
  /** How long it took. */
  timing: Required<Timing>;
  /** What the images come to. */
  summary: AttackSummary;
  /** Of an attack in a norm: which, what was asked for, and the distances. */
  minimal?: MinimalSummary;
  /** Of the images where a change was found, those that the model answers so when they are rounded to 8 bits, as pictures are. */
  keptAt8Bits: number;
  /** Where they were asked for: random directions of the length of each change found, over all images. */
  directions?: PocketDirections;
  /** Where radii were asked for: both ends of the answer, over the images that have both. */
  bothEnds?: BothEndsSummary;
  /** One an image, in their order. */
  examples: readonly AttackExample[];
}

/** An image is either wrong before any change, or already answered as asked for, or pushed to another answer, or not. */
export type Outcome = AttackStop;

export function outcome(example: Pick<AttackExample, "prediction" | "label" | "target" | "success">): Outcome {
  if (example.prediction !== example.label) return "misclassified";
  if (example.prediction === example.target) return "already-target";
  return example.success ? "found" : "not-found";
}

/** Whether an outcome says that the image was left alone. */
export function isSetAside(kind: Outcome): kind is "misclassified" | "already-target" {
  return kind === "misclassified" || kind === "already-target";
}

/** Everything that was computed, as arrays by name: what is stored as .npy, and what the digest of the run covers. */
export function attackArrays(examples: readonly AttackExample[], shape: ImageShape): NamedArrays {
  const size = imageSize(shape);
  const images = (pick: (example: AttackExample) => Float32Array) => {
    const data = new Float32Array(examples.length * size);
    examples.forEach((example, i) => {
      const image = pick(example);
      if (image.length !== size) outOfRange(`example ${i}`, `images of ${size} values`, `${image.length}`);
      data.set(image, i * size);
    });
    return { data, shape: [examples.length, ...shape] };
  };
  const f64 = (pick: (example: AttackExample) => number) => ({ data: Float64Array.from(examples, pick) });
  const u32 = (pick: (example: AttackExample) => number) => ({ data: Uint32Array.from(examples, pick) });
  return {
    index: u32((e) => e.index),
    label: u32((e) => e.label),
    prediction: u32((e) => e.prediction),
    confidence: f64((e) => e.confidence),
    target: u32((e) => e.target),
    adversarial_prediction: u32((e) => e.adversarialPrediction),
    adversarial_confidence: f64((e) => e.adversarialConfidence),
    success: { data: Uint8Array.from(examples, (e) => Number(e.success)) },
    distortion: f64((e) => e.distortion),
    ...(examples.some((e) => e.certified !== undefined) && { certified: f64((e) => e.certified ?? 0) }),
    ...(examples.some((e) => e.distance !== undefined) && { distance: f64((e) => e.distance ?? Number.NaN) }),
    l2: f64((e) => e.l2),
    evaluations: u32((e) => e.evaluations),
    original: images((e) => e.original),
    adversarial: images((e) => e.adversarial),
  };
}
