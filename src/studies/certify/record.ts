/** The record of the study "certify": for each image the radius that is certified beside the distance that an attack found. */
import type { CertifiedNorm, CertifyBudget, CertifyEffort, CertifyVerdict } from "../../certify/index.ts";
import type { NamedArrays } from "../../data/digest.ts";
import type { Identified, RecordHead, RecordSeal } from "../record.ts";

/** One image, what is certified of it and what was found. */
export interface CertifiedImage {
  /** Position of the image in the data set. */
  index: number;
  /** What is known of it. */
  verdict: CertifyVerdict;
  /** No change within it alters the answer. */
  certified: number;
  /** Length of the shortest change found that does, null where none was found or none was searched for. */
  found: number | null;
}

/** Both ends of the answer, over the images that have both numbers. */
export interface BothEndsSummary {
  /** Images with a certified radius and a change that was found. */
  both: number;
  /** Mean of the certified radii, in the norm; null where no image has both numbers. */
  meanCertified: number | null;
  /** Mean of the distances found, in the norm; null where no image has both numbers. */
  meanFound: number | null;
  /** The mean distance found, over the mean radius certified. */
  foundOverCertified: number | null;
}

/** What the images of a record come to. Means are over the images with both numbers. */
export interface CertifySummary extends BothEndsSummary {
  /** Images that the network misreads. */
  misread: number;
  /** Images with a radius above zero, or of the radius that was asked about. */
  proved: number;
  /** Images that some change within the radius that was asked about alters. */
  falsified: number;
  /** Images of which neither is known. */
  undecided: number;
}

/** The record of certificates. */
export interface CertifyRecord extends RecordHead<"certify">, RecordSeal {
  /** The network. */
  model: Identified;
  /** The images. */
  data: Identified;
  /** The norm. */
  norm: CertifiedNorm;
  /** How near radii come to the largest that linear bounds prove, or branch and bound until the answer is known. */
  effort: CertifyEffort | "exhaustive";
  /** What branch and bound of an image could spend; absent where it had no end but the answer. */
  budget?: CertifyBudget;
  /** The radius in the norm that was asked about, where one was. */
  epsilon?: number;
  /** What the images come to. */
  summary: CertifySummary;
  /** One an image, in their order. */
  images: readonly CertifiedImage[];
}

/** What the images come to. */
export function certifySummary(images: readonly CertifiedImage[]): CertifySummary {
  const count = (...verdicts: CertifyVerdict[]) => images.filter(({ verdict }) => verdicts.includes(verdict)).length;
  return {
    misread: count("misread"),
    proved: count("proved", "cut"),
    falsified: count("falsified"),
    undecided: count("undecided"),
    ...bothEnds(images),
  };
}

/** What images with both numbers come to. */
export function bothEnds(images: readonly Pick<CertifiedImage, "certified" | "found">[]): BothEndsSummary {
  const both = images.filter(({ certified, found }) => certified > 0 && found !== null);
  const certified = both.reduce((total, image) => total + image.certified, 0);
  const found = both.reduce((total, image) => total + (image.found as number), 0);
  const any = both.length > 0;
  return {
    both: both.length,
    meanCertified: any ? certified / both.length : null,
    meanFound: any ? found / both.length : null,
    foundOverCertified: any ? found / certified : null,
  };
}

/** Everything that was computed, as arrays by name: what is stored as .npy, and what the digest of the run covers. */
export function certifyArrays({ images }: Pick<CertifyRecord, "images">): NamedArrays {
  const verdicts: readonly CertifyVerdict[] = ["misread", "proved", "cut", "falsified", "undecided"];
  return {
    index: { data: Uint32Array.from(images, ({ index }) => index) },
    verdict: { data: Uint8Array.from(images, ({ verdict }) => verdicts.indexOf(verdict)) },
    certified: { data: Float64Array.from(images, ({ certified }) => certified) },
    found: { data: Float64Array.from(images, ({ found }) => found ?? -1) },
  };
}
