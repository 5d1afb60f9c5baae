/**
 * What a transfer leaves to be reported: models, sets of images made for them, what each model makes of each set. The
 * counting is `transferMatrix`'s; here is what names and stores it.
 */
import { type AdversarialSet, distortions, type TransferMatrix } from "../../analysis/index.ts";
import { type ImageShape, imageSize } from "../../data/dataset.ts";
import type { NamedArrays } from "../../data/digest.ts";
import type { Timing } from "../../studies/record.ts";
import type { NamedDistortions } from "../kit/histogram.ts";

/** One model of the matrix. */
export interface TransferModel {
  name: string;
  digest: string;
}

/** Made for a model; the same, stronger; or noise, made for none. */
export type SetKind = "adversarial" | "amplified" | "noise";

/** One set of images, with how it came about. */
export interface TransferSet extends AdversarialSet {
  kind: SetKind;
  originals: Float32Array;
  /** Position of the model that it was made for. */
  source?: number;
  /** Of the rows that fool that model, those that it answers with the target when they are rounded to 8 bits, as pictures are. */
  keptAt8Bits?: number;
}

/** The attack on one source. */
export interface SourceSummary {
  model: string;
  misclassified: number; // wrong before any change: not attacked
  alreadyTarget: number; // right, and the target before any change: not attacked
  attacked: number;
  found: number; // attacked, and a change was found
  evaluations: number;
}

/** A run, whole. `sets` and the rows of `matrix` are in the same order. */
export interface TransferReport {
  title: string;
  command: string; // that makes this report again
  version: string; // of Blindspot
  models: readonly TransferModel[];
  shape: ImageShape;
  data: { name: string; digest: string };
  options: Readonly<Record<string, string | number | boolean>>;
  sources: readonly SourceSummary[];
  sets: readonly TransferSet[];
  matrix: TransferMatrix;
  timing: Required<Timing>;
  digest: string; // of `transferArrays`
}

/** A name as part of the name of a file. */
export function fileName(name: string): string {
  return name.replace(/[^\w.-]+/g, "-").replace(/^[.-]+|-+$/g, "") || "unnamed";
}

/** Everything that was computed, as arrays by name: what is stored as .npy, and what the digest of the run covers. */
export function transferArrays({
  sets,
  matrix,
  shape,
}: Pick<TransferReport, "sets" | "matrix" | "shape">): NamedArrays {
  const arrays: Record<string, NamedArrays[string]> = {};
  const size = imageSize(shape);
  sets.forEach((set, s) => {
    const { rows, originals, truth, targets, found } = set;
    const count = rows.length / size;
    const cells = matrix.rows[s]?.cells ?? [];
    // Two names may be one as names of files: the position tells them apart.
    const name = `${String(s + 1).padStart(2, "0")}-${fileName(set.name)}`;
    arrays.original ??= { data: originals, shape: [count, ...shape] };
    arrays.label ??= { data: Int32Array.from(truth) };
    arrays[`${name}/images`] = { data: rows, shape: [count, ...shape] };
    arrays[`${name}/distortion`] = { data: distortions(originals, rows, size) };
    if (targets) arrays[`${name}/target`] = { data: Int32Array.from(targets) };
    if (found) arrays[`${name}/success`] = { data: Uint8Array.from(found) };
    const answers = new Int32Array(cells.length * count);
    cells.forEach((cell, i) => {
      answers.set(cell.answers, i * count);
    });
    arrays[`${name}/answers`] = { data: answers, shape: [cells.length, count] };
  });
  return arrays;
}

/** The distortions of the images that fool the model they were made for, a list for each set that has any. */
export function foundDistortions({ sets, shape }: Pick<TransferReport, "sets" | "shape">): NamedDistortions[] {
  return sets
    .filter(({ kind }) => kind === "adversarial")
    .map(({ name, rows, originals, found }) => ({
      name,
      distortions: [...distortions(originals, rows, imageSize(shape))].filter((_, i) => found?.[i] !== 0),
    }))
    .filter(({ distortions: list }) => list.length > 0);
}
