/** The record of the study "certify": for each image the radius that is certified beside the distance that an attack found. */
import type { CertifiedNorm, CertifyEffort, CertifyVerdict } from "../../certify/index.ts";
import type { NamedArrays } from "../../data/digest.ts";
import type { Identified, RecordHead, RecordSeal } from "../record.ts";

export interface CertifiedImage {
  index: number; // in the data set
  verdict: CertifyVerdict;
  /** No change within it alters the answer. */
  certified: number;
  /** Length of the shortest change found that does, null where none was found or none was searched for. */
  found: number | null;
}

/** What the images of a record come to. Means are over the images with both numbers. */
export interface CertifySummary {
  misread: number;
  /** Images with a radius above zero, or of the radius that was asked about. */
  proved: number;
  falsified: number;
  undecided: number;
  /** Images with a certified radius and a change that was found. */
  both: number;
  meanCertified: number | null;
  meanFound: number | null;
  /** The mean distance found, over the mean radius certified. */
  foundOverCertified: number | null;
}

export interface CertifyRecord extends RecordHead<"certify">, RecordSeal {
  model: Identified;
  data: Identified;
  norm: CertifiedNorm;
  effort: CertifyEffort;
  /** The radius that was asked about, where one was. */
  epsilon?: number;
  summary: CertifySummary;
  images: readonly CertifiedImage[];
}

/** What the images come to. */
export function certifySummary(images: readonly CertifiedImage[]): CertifySummary {
  const count = (...verdicts: CertifyVerdict[]) => images.filter(({ verdict }) => verdicts.includes(verdict)).length;
  const both = images.filter(({ certified, found }) => certified > 0 && found !== null);
  const sum = (of: (image: CertifiedImage) => number) => both.reduce((total, image) => total + of(image), 0);
  const [certified, found] = [sum((image) => image.certified), sum((image) => image.found as number)];
  const any = both.length > 0;
  return {
    misread: count("misread"),
    proved: count("proved", "cut"),
    falsified: count("falsified"),
    undecided: count("undecided"),
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
