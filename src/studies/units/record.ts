/** What a study of units and directions answers: the images that each answers to most, and whether units and directions differ in them. */
import type { Coherence, UnitImages } from "../../analysis/index.ts";
import type { ImageShape } from "../../data/dataset.ts";
import type { NamedArrays } from "../../data/digest.ts";
import { MEASURES, type UnitsTests } from "./compare.ts";

/** One line of pictures. */
export interface UnitsLine {
  kind: "unit" | "direction" | "given";
  /** The unit, or the number of the direction. */
  column: number;
  /** What a given direction is. */
  name?: string;
  /** Positions in the data set, the largest value first. */
  images: readonly number[];
  labels: readonly number[];
  values: readonly number[];
  purity: number;
  entropy: number;
  pixels: number;
  features: number;
  /** The image in the box that it answers to most, and the value there. */
  maximiser?: { image: Float32Array; value: number; iterations: number; status: string };
}

/** The layer of a model, and what came out. */
export interface UnitsRecord {
  model: { name: string; digest: string };
  layer: string;
  featureLayer: string;
  data: { name: string; digest: string; count: number; shape: ImageShape };
  options: Readonly<Record<string, string | number | boolean>>;
  /** Values of the layer; those units among them that give one value for all images. */
  size: number;
  silent: number;
  lines: readonly UnitsLine[];
  /** Of all units that are not silent, and of all random directions. */
  tests: UnitsTests;
  compared: { units: number; directions: number };
  found: UnitImages;
  coherence: { units: Coherence; random: Coherence; given: Coherence };
  /** The images of `lines`, by position. */
  pictures: ReadonlyMap<number, Float32Array>;
  digest: string; // of `unitsArrays`
}

type Computed = Pick<UnitsRecord, "found" | "coherence" | "lines">;

/** Everything that was computed, as arrays by name: what is stored as .npy, and what the digest of the run covers. */
export function unitsArrays({ found, coherence, lines }: Computed): NamedArrays {
  const arrays: Record<string, NamedArrays[string]> = {};
  const { size } = found;
  for (const kind of ["units", "random", "given"] as const) {
    const { columns, top, rows, values } = found[kind];
    if (columns === 0) continue;
    arrays[`${kind}/images`] = { data: rows, shape: [columns, top] };
    arrays[`${kind}/values`] = { data: values, shape: [columns, top] };
  }
  for (const kind of ["units", "random", "given"] as const) {
    if (found[kind].columns === 0) continue;
    for (const measure of MEASURES) arrays[`${kind}/${measure}`] = { data: coherence[kind][measure] };
  }
  if (found.directions.length > 0) {
    arrays["random/directions"] = { data: found.directions, shape: [found.directions.length / size, size] };
  }
  if (found.givenDirections.length > 0) {
    arrays["given/directions"] = { data: found.givenDirections, shape: [found.givenDirections.length / size, size] };
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
