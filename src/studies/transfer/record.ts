/**
 * The record of the study "transfer": models, sets of images made for some of them, and what each model makes of each set.
 * The counting is `transferMatrix`'s; here is what names and stores it.
 */
import { distortions, type TransferRow } from "../../analysis/index.ts";
import { type ImageShape, imageSize } from "../../data/dataset.ts";
import type { NamedArrays } from "../../data/digest.ts";
import type { Identified, IdentifiedModel, RecordHead, RecordSeal, Timing } from "../record.ts";

/** Made for a model; the same, stronger; or noise, made for none. */
export type SetKind = "adversarial" | "amplified" | "noise";

/** One set of images, how it came about, and what each model makes of it. */
export interface FedImages extends TransferRow {
  /** How the images came about. */
  kind: SetKind;
  /** Of the images that fool the model they were made for, those that it answers with the target when they are rounded to 8 bits, as pictures are. */
  keptAt8Bits?: number;
  /** Name of the model that they were made for. */
  source?: string;
  /** f32[count, h w c]: the images, and as they were before the change. */
  images: Float32Array;
  /** f32[count, h w c], the images before the change. */
  originals: Float32Array;
  /** u8[count] or i32[count], the true labels. */
  truth: Uint8Array | Int32Array;
  /** i32[count], the labels that were asked for. */
  targets?: Int32Array;
  /** u8[count], 1 where the image fools the model it was made for. */
  found?: Uint8Array;
}

/** The attack on one source. */
export interface SourceSummary {
  /** Name of the model that was attacked. */
  model: string;
  /** Images that were wrong before any change: not attacked. */
  misclassified: number;
  /** Images that were right, and the target before any change: not attacked. */
  alreadyTarget: number;
  /** Images that were attacked. */
  attacked: number;
  /** Attacked images for which a change was found. */
  found: number;
  /** Evaluations of value and gradient, of all images. */
  evaluations: number;
}

/** The record of a transfer. */
export interface TransferRecord extends RecordHead<"transfer">, RecordSeal {
  /** All models that the images are fed to, in the order of the cells; those that were attacked first. */
  models: readonly IdentifiedModel[];
  /** Height, width and channels of an image. */
  shape: ImageShape;
  /** The images. */
  data: Identified;
  /** One a model that was attacked. */
  sources: readonly SourceSummary[];
  /** One a set of images. */
  rows: readonly FedImages[];
  /** How long it took. */
  timing: Required<Timing>;
}

/** A name as part of the name of a file. */
export function fileName(name: string): string {
  return name.replace(/[^\w.-]+/g, "-").replace(/^[.-]+|-+$/g, "") || "unnamed";
}

/** Under which the arrays of a set stand. Two names may be one as names of files: the position tells them apart. */
export function transferArrayName(set: number, name: string): string {
  return `${String(set + 1).padStart(2, "0")}-${fileName(name)}`;
}

/** Everything that was computed, as arrays by name: what is stored as .npy, and what the digest of the run covers. */
export function transferArrays({ rows, shape }: Pick<TransferRecord, "rows" | "shape">): NamedArrays {
  const arrays: Record<string, NamedArrays[string]> = {};
  const size = imageSize(shape);
  rows.forEach((row, r) => {
    const { count, cells, images, originals, truth, targets, found } = row;
    const name = transferArrayName(r, row.name);
    arrays.original ??= { data: originals, shape: [count, ...shape] };
    arrays.label ??= { data: Int32Array.from(truth) };
    arrays[`${name}/images`] = { data: images, shape: [count, ...shape] };
    arrays[`${name}/distortion`] = { data: distortions(originals, images, size) };
    if (targets) arrays[`${name}/target`] = { data: targets };
    if (found) arrays[`${name}/success`] = { data: found };
    const answers = new Int32Array(cells.length * count);
    cells.forEach((cell, i) => {
      answers.set(cell.answers, i * count);
    });
    arrays[`${name}/answers`] = { data: answers, shape: [cells.length, count] };
  });
  return arrays;
}
