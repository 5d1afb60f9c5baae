/** The rows of pictures of a study: some units, random directions and given ones, each with the images that it answers to most. */
import { type Maximiser, maximise, type Reduction, unitDirection } from "../../analysis/index.ts";
import { turns } from "../../clock.ts";
import { type Dataset, imageSize } from "../../data/dataset.ts";
import type { Network } from "../../model/index.ts";
import { Random } from "../../numeric/random.ts";
import type { LayerComparison } from "./compare.ts";
import type { UnitsLine } from "./record.ts";

export interface LinesOptions {
  /** Units and directions that are shown, each. */
  show: number;
  /** Of the search for the made image of each; 0: none is made. */
  iterations: number;
  seed: number;
  reduce?: Reduction | undefined;
  /** Position of the data's first image in its set. */
  first: number;
  /** What the given directions are called. */
  names: readonly string[];
  signal?: AbortSignal | undefined;
}

/** Stream of the generator by which the units to show are drawn. */
const SHOWN = 3;

/** Some units, drawn by the seed, and the first random directions. */
export async function linesOf(
  network: Network,
  data: Dataset,
  { vector, found, coherence, loud }: LayerComparison,
  { show, iterations, seed, reduce, first, names, signal }: LinesOptions,
): Promise<UnitsLine[]> {
  const size = imageSize(data.shape);
  const picturesOf = (rows: readonly number[]): Float32Array => {
    const pictures = new Float32Array(rows.length * size);
    rows.forEach((row, i) => {
      pictures.set(data.rows.subarray(row * size, (row + 1) * size), i * size);
    });
    return pictures;
  };
  const line = (kind: UnitsLine["kind"], column: number): UnitsLine => {
    const [ranking, its, directions] = {
      unit: [found.units, coherence.units, undefined] as const,
      direction: [found.random, coherence.random, found.directions] as const,
      given: [found.given, coherence.given, found.givenDirections] as const,
    }[kind];
    const own = Array.from(ranking.rows.subarray(column * ranking.top, (column + 1) * ranking.top));
    const best = ranking.values[column * ranking.top] as number;
    const direction =
      directions?.subarray(column * vector.size, (column + 1) * vector.size) ?? unitDirection(column, vector.size);
    return {
      kind,
      column,
      images: own.map((row) => first + row),
      labels: own.map((row) => data.labels[row] as number),
      values: Array.from(ranking.values.subarray(column * ranking.top, (column + 1) * ranking.top)),
      purity: its.purity[column] as number,
      entropy: its.entropy[column] as number,
      pixels: its.pixels[column] as number,
      features: its.features[column] as number,
      pictures: picturesOf(own),
      ...(iterations > 0 && {
        maximiser: made(network, vector.name, direction, picturesOf(own.slice(0, 1)), best, { iterations, reduce }),
      }),
    };
  };
  const shown = Math.min(show, found.random.columns);
  const columns = (count: number) => Array.from({ length: count }, (_, column) => column);
  const asked = [
    ...drawn(loud, show, seed).map((column) => ({ kind: "unit", column }) as const),
    ...columns(shown).map((column) => ({ kind: "direction", column }) as const),
    ...columns(found.given.columns).map((column) => ({ kind: "given", column }) as const),
  ];
  const lines: UnitsLine[] = [];
  const turn = turns(signal);
  for (const { kind, column } of asked) {
    await turn();
    lines.push({ ...line(kind, column), ...(kind === "given" && { name: names[column] as string }) });
  }
  return lines;
}

/** So many of them, without repetition, ascending. */
function drawn(units: readonly number[], count: number, seed: number): number[] {
  const random = new Random(seed, SHOWN);
  const left = [...units];
  const some: number[] = [];
  for (let i = 0; i < count && left.length > 0; i++) {
    some.push(...left.splice(Math.floor(random.uniform(i) * left.length), 1));
  }
  return some.sort((a, b) => a - b);
}

/** The made image: from grey, or from the best image of the data where that leads higher than grey does. */
function made(
  network: Network,
  layer: string,
  direction: Float32Array,
  image: Float32Array,
  best: number,
  { iterations, reduce }: { iterations: number; reduce: Reduction | undefined },
): Pick<Maximiser, "image" | "value" | "iterations" | "status"> {
  const options = { iterations, ...(reduce && { reduce }) };
  const grey = maximise(network, layer, direction, options);
  // Where grey leaves a rectified unit silent it has no slope to climb.
  const found = grey.value > best ? grey : maximise(network, layer, direction, { ...options, start: image });
  return { image: found.image, value: found.value, iterations: found.iterations, status: found.status };
}
