/** The record of the study "robust": what is known of each image, from the attacks of an ensemble and from certificates. */
import type { EnsembleMember, NormName, RobustAccuracy, RobustVerdict } from "../../attacks/index.ts";
import { type ImageShape, imageSize } from "../../data/dataset.ts";
import type { NamedArrays } from "../../data/digest.ts";
import type { Rate } from "../../numeric/rate.ts";
import type { Identified, IdentifiedModel, RecordHead, RecordSeal, Timing } from "../record.ts";

/** One image and what became of it. */
export interface RobustImage {
  /** Position of the image in the data set. */
  index: number;
  /** The true answer. */
  label: number;
  /** What is known of it. */
  verdict: RobustVerdict;
  /** The attack that succeeded, or the certificate that failed by a change it found. */
  by: RobustAccuracy["by"][number];
  /** Length of the change in the norm. */
  distance: number | null;
  /** Evaluations of all attacks up to the success. */
  evaluations: number;
}

/** What one attack of the ensemble did. */
export interface RobustAttack extends EnsembleMember {
  /** What people call the attack. */
  title: string;
  /** Images that it was put to, and those that it changed. */
  asked: number;
  /** Images for which it found a change. */
  found: number;
}

/** The record of a robust accuracy. */
export interface RobustRecord extends RecordHead<"robust">, RecordSeal {
  /** The model that was attacked. */
  model: IdentifiedModel & { inputShape: ImageShape };
  /** The images. */
  data: Identified;
  /** How long it took. */
  timing: Required<Timing>;
  /** The norm. */
  norm: NormName;
  /** The most that a change may measure in the norm. */
  epsilon: number;
  /** Shares of the images with their intervals: right as they are, not attacked, proved, and between the two last. */
  clean: Rate;
  /** The share that no attack changed. */
  upper: Rate;
  /** The share that is proved. */
  lower: Rate;
  /** The share between these two. */
  undecided: Rate;
  /** Why no image could be proved, or was asked to be, where that is so. */
  unproved?: string;
  /** Evaluations of all images. */
  evaluations: number;
  /** The ensemble, in its order. */
  attacks: readonly RobustAttack[];
  /** One an image, in their order. */
  images: readonly RobustImage[];
  /** f32[images, h, w, c]: the images, changed where an attack succeeded. */
  adversarial: Float32Array;
}

const VERDICTS: readonly RobustVerdict[] = ["misread", "attacked", "undecided", "proved"];

/** Everything that was computed, as arrays by name: what is stored as .npy, and what the digest of the run covers. */
export function robustArrays(
  { images, adversarial }: Pick<RobustRecord, "images" | "adversarial">,
  shape: ImageShape,
): NamedArrays {
  const u32 = (pick: (image: RobustImage) => number) => ({ data: Uint32Array.from(images, pick) });
  return {
    index: u32((image) => image.index),
    label: u32((image) => image.label),
    verdict: { data: Uint8Array.from(images, ({ verdict }) => VERDICTS.indexOf(verdict)) },
    distance: { data: Float64Array.from(images, ({ distance }) => distance ?? 0) },
    evaluations: u32((image) => image.evaluations),
    adversarial: { data: adversarial, shape: [adversarial.length / imageSize(shape), ...shape] },
  };
}
