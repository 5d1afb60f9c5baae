/** The record of the study "units": the images that units and directions answer to most, and whether the two differ in them. */
import type { Coherence, Ranking } from "../../analysis/index.ts";
import type { ImageShape } from "../../data/dataset.ts";
import type { NamedArrays } from "../../data/digest.ts";
import type { Identified, IdentifiedModel, RecordHead, RecordSeal } from "../record.ts";
import { MEASURES, type UnitsTests } from "./compare.ts";

/** One line of pictures. */
export interface UnitsLine {
  /** Whether it is a unit, a random direction, or one that was given. */
  kind: "unit" | "direction" | "given";
  /** The unit, or the number of the direction. */
  column: number;
  /** What a given direction is. */
  name?: string;
  /** Positions in the data set, the largest value first. */
  images: readonly number[];
  /** Labels of the images. */
  labels: readonly number[];
  /** The values of the images, descending. */
  values: readonly number[];
  /** The share of the most frequent label. */
  purity: number;
  /** The entropy of the labels, in bits. */
  entropy: number;
  /** The mean cosine of the pixels of two of the images. */
  pixels: number;
  /** The same for their features. */
  features: number;
  /** The images themselves, f32[images, h w c]. */
  pictures: Float32Array;
  /** The image in the box that it answers to most, and the value there. */
  maximiser?: { image: Float32Array; value: number; iterations: number; status: string };
}

/** Columns of one kind: the images that each answers to most, and what these have in common. */
export interface UnitsGroup extends Ranking, Coherence {
  /** f32[columns, size of the layer], of length 1 each; absent for units. */
  directions?: Float32Array;
}

/** The record of a layer's units and directions. */
export interface UnitsRecord extends RecordHead<"units">, RecordSeal {
  /** The model. */
  model: IdentifiedModel & { classNames?: readonly string[] };
  /** The layer whose units and directions these are. */
  layer: string;
  /** The layer in whose output images are compared. */
  featureLayer: string;
  /** The images, how many, and their shape. */
  data: Identified & { count: number; shape: ImageShape };
  /** Values of the layer; those units among them that give one value for all images. */
  size: number;
  /** Units that give one value for all images. */
  silent: number;
  /** Some of the columns, to look at. */
  lines: readonly UnitsLine[];
  /** Of all units that are not silent, and of all random directions. */
  tests: UnitsTests;
  /** How many units and random directions were compared. */
  compared: { units: number; directions: number };
  /** All columns. */
  groups: Readonly<Record<GroupName, UnitsGroup>>;
}

const GROUPS = ["units", "random", "given"] as const;
type GroupName = (typeof GROUPS)[number];

type Computed = Pick<UnitsRecord, "size" | "groups" | "lines">;

/** Everything that was computed, as arrays by name: what is stored as .npy, and what the digest of the run covers. */
export function unitsArrays({ size, groups, lines }: Computed): NamedArrays {
  const arrays: Record<string, NamedArrays[string]> = {};
  for (const name of GROUPS) {
    const { columns, top, rows, values, directions, ...group } = groups[name];
    if (columns === 0) continue;
    arrays[`${name}/images`] = { data: rows, shape: [columns, top] };
    arrays[`${name}/values`] = { data: values, shape: [columns, top] };
    for (const measure of MEASURES) arrays[`${name}/${measure}`] = { data: group[measure] };
    if (directions) arrays[`${name}/directions`] = { data: directions, shape: [columns, size] };
  }
  const made = lines.flatMap(({ maximiser }) => maximiser ?? []);
  const [first] = made;
  if (first) {
    const width = first.image.length;
    const images = new Float32Array(made.length * width);
    made.forEach(({ image }, i) => {
      images.set(image, i * width);
    });
    arrays.maximisers = { data: images, shape: [made.length, width] };
    arrays.maximiser_values = { data: Float64Array.from(made, ({ value }) => value) };
  }
  return arrays;
}
