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
  /** Evaluations of the search, forward and gradient. */
  evaluations: number;
}

/** One image of an audit. */
export interface AuditImage {
  /** Position in the data set. */
  index: number;
  /** The true answer. */
  label: number;
  /** What the model answers to the image as it is. */
  read: number;
  /** What is known of it in each norm of the audit. */
  norms: Readonly<Partial<Record<NormName, AuditBracket>>>;
  /** By their names, whether the image is read rightly under each. */
  corruptions: Readonly<Record<string, boolean>>;
}

/** How lengths are spread; null where there are none. */
export interface Spread {
  /** How many lengths there are. */
  count: number;
  /** The smallest. */
  least: number;
  /** That a quarter of them lie below. */
  quarter: number;
  /** The one in the middle, or the mean of the two there. */
  median: number;
  /** That three quarters of them lie below. */
  threeQuarters: number;
  /** The largest. */
  largest: number;
  /** Their mean. */
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
  /** The true answer. */
  label: number;
  /** Images of that label. */
  count: number;
  /** Of them, those that are read rightly. */
  right: number;
  /** The shortest change found over the images that are read rightly; null if there is none. */
  leastFound: number | null;
  /** The median length of the changes found over these; null if there are none. */
  medianFound: number | null;
  /** The median radius certified over these; null without radii. */
  medianCertified: number | null;
  /** Images that no change found within epsilon alters; where there is an epsilon. */
  resisting?: number;
  /** Images that are proved to resist epsilon; where there is an epsilon. */
  proved?: number;
}

/** What the images of an audit come to in one norm. */
export interface AuditNorm {
  /** The norm. */
  norm: NormName;
  /** The budget that the shares are for, in the norm; null where none was given. */
  epsilon: number | null;
  /** What was asked to be proved. */
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
  /** The shares that resist epsilon; where there is one. */
  robust?: RobustShares;
  /** By label, ascending. */
  classes: readonly AuditClass[];
  /** Positions of the images whose changes are the shortest, nearest first. */
  fragile: readonly number[];
  /** Of the changes found, those that survive rounding to 8 bits. */
  keptAt8Bits: Rate | null;
  /** Of all draws of noise as long as the change found, those that alter the answer. */
  noise: Rate | null;
  /** Evaluations of the searches of all images. */
  evaluations: number;
  /** Bounds computed. */
  bounds: number;
}

/** What the images of an audit come to under one corruption. */
export interface AuditCorruption {
  /** Its name and strength: "shift 1". */
  name: string;
  /** What is done, in words. */
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
  /** What is compared. */
  measure: "right" | "found" | "certified" | "resisting" | "proved" | "corruption";
  /** Its norm, of a measure that has one. */
  norm?: NormName;
  /** Its corruption, of a measure under one. */
  corruption?: string;
  /** Pairs of images of which the later number is the better one. */
  better: number;
  /** Pairs of which it is the worse one. */
  worse: number;
  /** Pairs of the same number. */
  same: number;
  /** Of the sign test, two-sided. */
  p: number;
  /** The same adjusted by Holm for all comparisons of the audit. */
  adjusted: number;
  /** What the test says at the level 0.05. */
  verdict: "better" | "worse" | "not told apart";
  /**
   * Of lengths the median of the later over the earlier one, of shares the later less the earlier one; with an interval of 95 %, of which an
   * end is null where it is not bounded.
   */
  change: { of: "ratio" | "share"; value: number | null; low: number | null; high: number | null };
}

/** Something that an audit is held to. */
export interface AuditCheck {
  /**
   * What is demanded: a share, no less than the baseline has, that certificates and changes do not contradict each other, or that no
   * image is missing, which is a check only where one is.
   */
  rule: "robust-share" | "not-worse-than-baseline" | "ends-agree" | "complete";
  /** "L2: at least 90 % resist 0.5" */
  name: string;
  /** Whether it holds. */
  holds: boolean;
  /** What was found, in a sentence. */
  said: string;
  /** Its norm, of a check in one. */
  norm?: NormName;
}

/** The audit that this one was compared with. */
export interface ComparedWith {
  /** The model that was audited then. */
  model: Identified;
  /** Version of the library that made it. */
  version: string;
  /** SHA-256 of the baseline, as audit.json states it. */
  digest: string;
  /** Measure by measure. */
  comparisons: readonly AuditComparison[];
  /** What could not be compared, and why. */
  left: readonly string[];
}

/** The record of an audit. */
export interface AuditRecord extends RecordHead<"audit">, RecordSeal {
  /** The model, its input and how many classes it answers. */
  model: IdentifiedModel & { inputShape: ImageShape; classes: number };
  /** The images with their labels; `images` is the digest of the rows alone. */
  data: Identified & { images: string };
  /** How hard the smallest changes were searched for. */
  effort: EffortName;
  /** Draws of noise an image. */
  draws: number;
  /** The share of the images that is read rightly as they are. */
  clean: Rate;
  /** In the order in which they were asked for. */
  norms: readonly AuditNorm[];
  /** Those that the shape of the images allows. */
  corruptions: readonly AuditCorruption[];
  /** Everything that the audit was held to. */
  checks: readonly AuditCheck[];
  /** Whether every check holds. */
  holds: boolean;
  /** The earlier audit, where there was one. */
  baseline?: ComparedWith;
  /** Image by image. */
  images: readonly AuditImage[];
  /** f32[images, h, w, c]: the images as they are. */
  originals: Float32Array;
  /** f32[images, h, w, c] by norm: the images, changed where a change was found. */
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
