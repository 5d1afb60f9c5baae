/**
 * The record of the study "audit": of each image, in each norm, the length of the smallest change found and the radius certified; what
 * random noise of the same length does, what rounding to 8 bits does, what everyday corruptions do; and the checks that were asked for.
 */
import type { EffortName, NormName } from "../../attacks/index.ts";
import { type ImageShape, imageSize } from "../../data/dataset.ts";
import type { NamedArrays } from "../../data/digest.ts";
import type { Rate } from "../../numeric/rate.ts";
import type { Identified, IdentifiedModel, RecordHead, RecordSeal } from "../record.ts";

/** What is proved: a radius for each image, whether the norm's epsilon is harmless, or nothing. */
export type AuditProof = "radii" | "epsilon" | "none";
export const AUDIT_PROOFS: readonly AuditProof[] = ["radii", "epsilon", "none"];

/** What is known of one image in one norm. */
export interface AuditBracket {
  /** Length of the smallest change found that alters the answer; 0 where the model misreads the image, null where none was found. */
  found: number | null;
  /** No change as long or shorter alters the answer; 0 where nothing is proved, null where nothing can be or was asked to be. */
  certified: number | null;
  /** What the model answers to the image changed; null where no change was found. */
  answer: number | null;
  /** Whether the change still alters the answer when it is rounded to 8 bits; null where none was found. */
  keptAt8Bits: boolean | null;
  /** Of the draws of noise of that length, how many alter the answer; null where no change was found. */
  noise: number | null;
  evaluations: number;
}

export interface AuditImage {
  index: number; // in the data set
  label: number;
  read: number; // what the model answers to the image as it is
  norms: Readonly<Partial<Record<NormName, AuditBracket>>>;
  /** By their names, whether the image is read rightly under each. */
  corruptions: Readonly<Record<string, boolean>>;
}

/** How lengths are spread; null where there are none. */
export interface Spread {
  count: number;
  least: number;
  quarter: number;
  median: number;
  threeQuarters: number;
  largest: number;
  mean: number;
}

/** The shares of the images that a budget leaves right. */
export interface RobustShares {
  /** That no change found within it alters. */
  upper: Rate;
  /** That are proved. */
  lower: Rate;
}

/** What the images of one label come to. */
export interface AuditClass {
  label: number;
  count: number;
  right: number;
  /** Over the images that are read rightly, and where a change was found or a radius proved; null if there are none. */
  leastFound: number | null;
  medianFound: number | null;
  medianCertified: number | null;
  /** Images that epsilon leaves right, and those proved; where there is an epsilon. */
  resisting?: number;
  proved?: number;
}

export interface AuditNorm {
  norm: NormName;
  /** The budget that the shares are for, where one was given. */
  epsilon: number | null;
  proof: AuditProof;
  /** Why nothing is proved, where that is so. */
  uncertified?: string;
  /** Over the images that are read rightly, where a change was found. */
  found: Spread | null;
  /** Over those that are read rightly, proved or not; null without radii. */
  certified: Spread | null;
  /** Images read rightly where no change was found. */
  resisting: number;
  /** The mean length found over the mean radius certified, over images with both; null if there are none. */
  foundOverCertified: number | null;
  robust?: RobustShares;
  classes: readonly AuditClass[];
  /** Positions of the images whose changes are the shortest, nearest first. */
  fragile: readonly number[];
  /** Of the changes found, those that survive rounding to 8 bits. */
  keptAt8Bits: Rate | null;
  /** Of all draws of noise as long as the change found, those that alter the answer. */
  noise: Rate | null;
  evaluations: number;
  /** Bounds computed. */
  bounds: number;
}

export interface AuditCorruption {
  name: string;
  words: string;
  /** Images that are right under it, of all. */
  right: Rate;
  /** Images that were right and are not under it. */
  lost: number;
}

/** One measure of an audit beside the same of its baseline. */
export interface AuditComparison {
  /** "L2: smallest change found" */
  name: string;
  measure: "right" | "found" | "certified" | "resisting" | "proved" | "corruption";
  norm?: NormName;
  corruption?: string;
  /** Pairs of images of which the later number is the better one, the worse one, and the same. */
  better: number;
  worse: number;
  same: number;
  /** Of the sign test, two-sided; adjusted for all comparisons of the audit. */
  p: number;
  adjusted: number;
  verdict: "better" | "worse" | "not told apart";
  /**
   * Of lengths the median of the later over the earlier one, of shares the later less the earlier one; with an interval of 95 %, of which an
   * end is null where it is not bounded.
   */
  change: { of: "ratio" | "share"; value: number | null; low: number | null; high: number | null };
}

/** Something that an audit is held to. */
export interface AuditCheck {
  rule: "robust-share" | "not-worse-than-baseline" | "ends-agree";
  /** "L2: at least 90 % resist 0.5" */
  name: string;
  holds: boolean;
  /** What was found, in a sentence. */
  said: string;
  norm?: NormName;
}

/** The audit that this one was compared with. */
export interface ComparedWith {
  model: Identified;
  version: string;
  digest: string;
  comparisons: readonly AuditComparison[];
  /** What could not be compared, and why. */
  left: readonly string[];
}

export interface AuditRecord extends RecordHead<"audit">, RecordSeal {
  model: IdentifiedModel & { inputShape: ImageShape; classes: number };
  /** `images` is the digest of the rows alone, without their labels. */
  data: Identified & { images: string };
  effort: EffortName;
  /** Draws of noise an image. */
  draws: number;
  clean: Rate;
  norms: readonly AuditNorm[];
  corruptions: readonly AuditCorruption[];
  checks: readonly AuditCheck[];
  /** Whether every check holds. */
  holds: boolean;
  baseline?: ComparedWith;
  images: readonly AuditImage[];
  /** f32[images, h, w, c]: the images as they are. */
  originals: Float32Array;
  /** The same changed in each norm, where a change was found. */
  adversarial: Readonly<Partial<Record<NormName, Float32Array>>>;
}

/** Everything that was computed, as arrays by name: what is stored as .npy, and what the digest of the run covers. */
export function auditArrays(
  { images, norms, corruptions, adversarial }: Pick<AuditRecord, "images" | "norms" | "corruptions" | "adversarial">,
  shape: ImageShape,
): NamedArrays {
  const u32 = (pick: (image: AuditImage) => number) => ({ data: Uint32Array.from(images, pick) });
  const arrays: Record<string, NamedArrays[string]> = {
    index: u32(({ index }) => index),
    label: u32(({ label }) => label),
    read: u32(({ read }) => read),
  };
  for (const { norm } of norms) {
    const of = (image: AuditImage) => image.norms[norm] as AuditBracket;
    // A length that was not found is infinite, a radius that was not proved is 0.
    arrays[`${norm}/found`] = {
      data: Float64Array.from(images, (image) => of(image).found ?? Number.POSITIVE_INFINITY),
    };
    arrays[`${norm}/certified`] = { data: Float64Array.from(images, (image) => of(image).certified ?? 0) };
    arrays[`${norm}/noise`] = u32((image) => of(image).noise ?? 0);
    arrays[`${norm}/kept_at_8_bits`] = { data: Uint8Array.from(images, (image) => Number(of(image).keptAt8Bits ?? 0)) };
    const changed = adversarial[norm] as Float32Array;
    arrays[`${norm}/adversarial`] = { data: changed, shape: [changed.length / imageSize(shape), ...shape] };
  }
  if (corruptions.length > 0) {
    arrays.corruptions = {
      data: Uint8Array.from(images.flatMap((image) => corruptions.map(({ name }) => Number(image.corruptions[name])))),
      shape: [images.length, corruptions.length],
    };
  }
  return arrays;
}
