/** Certified radii beside changes that an attack found: cheap ones, as the length found says where to look. */
import { type CertifiedNorm, whyUnproved } from "../../certify/index.ts";
import { outOfRange } from "../../check.ts";
import type { Network } from "../../model/index.ts";
import { NORM_WORDS } from "../attack/question.ts";
import type { Job, RunOptions } from "../executor.ts";
import type { ImagesPresent } from "../missing.ts";
import { running, type StudyRun } from "../study.ts";
import type { CertifiedRow } from "../tasks/certify.ts";

/**
 * Bounds of an image in a norm at most, where radii are searched for. They begin at this share of the length found, which on the shipped
 * networks is where radii end; four then reach 97 to 100 % of what `certify` reaches with as many as it likes (bench/audit.bench.mjs).
 */
const BOUNDS = 4;
const SHARE = 0.6;

/** Some rows of a set, and what was found for them. */
export interface BesideRows {
  /** Positions in the set of the rows that are certified. */
  asked: readonly number[];
  /** f32[n, inputSize], all of the set. */
  rows: Float32Array;
  /** True labels, one a row of the set. */
  truth: ArrayLike<number>;
  /** One other answer that is asked about, one a row of the set; default any. */
  labels?: ArrayLike<number> | undefined;
  /** Lengths found, one a row of the set; 0 where none was. */
  lengths: ArrayLike<number>;
}

/** In which norm, and whether one length is tried in the place of a radius. */
export interface BesideSettings {
  norm: string;
  frozen?: readonly number[] | undefined;
  epsilon?: number | undefined;
}

/**
 * Certifies some rows of a set on the workers of the executor: what is known of each, in the order of `asked`. With `present`, the images
 * of the set, some may be missing afterwards; without it all are needed.
 */
export async function certifiedBeside(
  network: Network,
  { asked, rows, truth, labels, lengths }: BesideRows,
  { norm, frozen, epsilon }: BesideSettings,
  run: StudyRun,
  present?: ImagesPresent,
): Promise<(CertifiedRow | undefined)[]> {
  const { executor, signal, tell } = running(run);
  const { inputSize } = network;
  const total = asked.length;
  const some = new Float32Array(total * inputSize);
  for (const [i, at] of asked.entries()) some.set(rows.subarray(at * inputSize, (at + 1) * inputSize), i * inputSize);
  const ofAsked = (values: ArrayLike<number>) => Int32Array.from(asked, (at) => values[at] as number);
  const job: Job<"certify"> = {
    task: "certify",
    input: {
      model: network,
      rows: some,
      truth: ofAsked(truth),
      ...(labels && { labels: ofAsked(labels) }),
      settings: {
        norm: norm as CertifiedNorm,
        effort: "fast",
        passes: epsilon === undefined ? BOUNDS : 1,
        ...(frozen && { frozen }),
      },
      guess: Float64Array.from(asked, (at) => epsilon ?? SHARE * (lengths[at] as number)),
    },
    items: total,
  };
  const during: RunOptions<"certify"> = {
    signal,
    onProgress: (done) =>
      tell({ label: `${NORM_WORDS[norm as CertifiedNorm]} certificates`, done, total, unit: "images" }),
  };
  if (!present) return executor.run(job, during);
  return present.run(executor, job, during, (item) => [asked[item] as number]);
}

/** Refuses, before any work, radii in a norm or of a network that has none. */
export function requireCertified(network: Network, norm: string): void {
  const why = whyUnproved(network, norm);
  if (why !== undefined) outOfRange("certify", "a norm and a network with certificates", why);
}
