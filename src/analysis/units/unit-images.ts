/**
 * The images that activate a layer's units and directions most: argmax_x <phi(x), e_i> and argmax_x <phi(x), v> [Szegedy et al.
 * 2014, section 3]. All units and directions are ranked in one pass, a chunk of rows at a time; only the top of each is kept.
 */
import { type OptionNames, outOfRange, requireInteger, requireOptions, requireRows } from "../../check.ts";
import type { Network } from "../../model/index.ts";
import { type F32Pointer, Workspace } from "../../wasm/index.ts";
import { randomDirections, requireDirections } from "./directions.ts";
import { LayerVector, type Reduction } from "./layer-vector.ts";
import { type Ranking, TopRows } from "./top-rows.ts";

/** Rows that pass at once. */
const CHUNK = 512;

/** How many images and directions `unitImages` ranks. */
export interface UnitImagesOptions {
  /** Images of each unit and direction; default 10, as the paper's figures of MNIST. */
  top?: number;
  /** Random unit directions; default 16. */
  directions?: number;
  /** Directions of the user's own, f32[size of the layer] each; their lengths do not matter. */
  given?: readonly Float32Array[];
  /** Seed of the random directions; default 0. */
  seed?: number;
  /** How a layer whose output is no vector becomes one; required for such a layer. */
  reduce?: Reduction;
  /** Stops between two chunks. */
  signal?: AbortSignal;
}

/** The names of these options, for `requireOptions`. */
export const UNIT_IMAGES_OPTIONS: OptionNames<UnitImagesOptions> = {
  top: true,
  directions: true,
  given: true,
  seed: true,
  reduce: true,
  signal: true,
};

/** For every unit and direction of a layer, the images with the largest values. */
export interface UnitImages {
  /** Number of units: values of the layer's vector. */
  size: number;
  /** Rows that were ranked. */
  count: number;
  /** The ranking of the units, a column each. */
  units: Ranking;
  /** The ranking of the random directions. */
  random: Ranking;
  /** The ranking of the given directions. */
  given: Ranking;
  /** f32[directions, size], of length 1 each. */
  directions: Float32Array;
  /** f32[given, size], of length 1 each. */
  givenDirections: Float32Array;
}

/** A ranking over rows that are passed in any number of parts. */
export class UnitRanking {
  private readonly vector: LayerVector;
  private readonly directions: Float32Array;
  private readonly givenDirections: Float32Array;
  private readonly units: TopRows;
  private readonly along: TopRows;
  private readonly workspace = new Workspace();
  private readonly panels: F32Pointer;
  private readonly block: F32Pointer;
  private readonly top: number;
  private readonly fixed: number;
  private count = 0;

  constructor(network: Network, layer: string | number, options: UnitImagesOptions = {}) {
    requireOptions("unitImages", options, UNIT_IMAGES_OPTIONS);
    const { top = 10, directions = 16, given = [], seed = 0, reduce } = options;
    this.vector = new LayerVector(network, layer, reduce);
    const { size, name } = this.vector;
    this.top = requireInteger("top", top, 1);
    this.directions = randomDirections(directions, size, seed);
    this.givenDirections = requireDirections(given, size, name);
    this.units = new TopRows(size, this.top);
    const columns = directions + given.length;
    this.along = new TopRows(columns, this.top);
    const { arena, kernels } = this.workspace;
    this.panels = arena.allocateF32(8 * Math.ceil(columns / 8) * size);
    this.block = arena.allocateF32(32);
    const flat = arena.mark();
    const at = arena.allocateF32(columns * size);
    const all = arena.f32(at, columns * size);
    all.set(this.directions);
    all.set(this.givenDirections, this.directions.length);
    kernels.pack_bt_f32_8(size, columns, at, size, 0, this.panels);
    arena.release(flat);
    this.fixed = flat;
  }

  /**
   * Takes rows in.
   *
   * @param rows f32[n, inputSize]
   * @param first position of the first of them; default behind those that came before
   */
  add(rows: Float32Array, first = this.count): void {
    const { network } = this.vector;
    const n = requireRows("rows", rows, network.inputSize);
    for (let at = 0; at < n; at += CHUNK) {
      const end = Math.min(at + CHUNK, n);
      const values = this.vector.of(rows.subarray(at * network.inputSize, end * network.inputSize));
      this.units.add(values, first + at);
      this.along.add(this.products(values, end - at), first + at);
    }
    this.count += n;
  }

  result(): UnitImages {
    if (this.top > this.count) outOfRange("top", `at most the ${this.count} images there are`, `${this.top}`);
    return this.part();
  }

  /** What was found so far, of however few rows: to be merged with what others found among other rows. */
  part(): UnitImages {
    const { size } = this.vector;
    const random = this.directions.length / size;
    const all = this.along.ranking();
    return {
      size,
      count: this.count,
      units: this.units.ranking(),
      random: columnsOf(all, 0, random),
      given: columnsOf(all, random, all.columns),
      directions: this.directions,
      givenDirections: this.givenDirections,
    };
  }

  /** <phi(x), v> of each row and direction: f32[n, columns], each sum over the ascending values of phi. */
  private products(values: Float32Array, n: number): Float32Array {
    const { columns } = this.along;
    const { size } = this.vector;
    if (columns === 0) return new Float32Array(0);
    const { arena, kernels } = this.workspace;
    arena.release(this.fixed);
    const x = arena.allocateF32(n * size);
    const y = arena.allocateF32(n * columns);
    arena.f32(x, n * size).set(values);
    arena.f32(y, n * columns).fill(0);
    kernels.gemm_f32_4x8(n, columns, size, x, size, this.panels, y, columns, this.block);
    return arena.f32(y, n * columns).slice();
  }
}

function columnsOf({ top, rows, values, least }: Ranking, from: number, to: number): Ranking {
  return {
    columns: to - from,
    top,
    rows: rows.slice(from * top, to * top),
    values: values.slice(from * top, to * top),
    least: least.slice(from, to),
  };
}

/**
 * The images that activate each unit of a layer, random directions and given ones most. Throws for a layer that the
 * network does not have, for more images than there are, and for options that are unknown or out of range.
 *
 * @param layer its name, or its position in `network.layers`
 * @param rows f32[n, inputSize]
 */
export function unitImages(
  network: Network,
  layer: string | number,
  rows: Float32Array,
  options: UnitImagesOptions = {},
): UnitImages {
  const ranking = new UnitRanking(network, layer, options);
  const n = requireRows("rows", rows, network.inputSize);
  const { top = 10, signal } = options;
  if (top > n) outOfRange("top", `at most the ${n} images there are`, `${top}`);
  for (let first = 0; first < n; first += CHUNK) {
    signal?.throwIfAborted();
    ranking.add(rows.subarray(first * network.inputSize, Math.min(first + CHUNK, n) * network.inputSize), first);
  }
  return ranking.result();
}

/** The same over rows that come from anywhere, a part at a time, none of which is kept. */
export async function streamUnitImages(
  network: Network,
  layer: string | number,
  parts: Iterable<Float32Array> | AsyncIterable<Float32Array>,
  options: UnitImagesOptions = {},
): Promise<UnitImages> {
  const ranking = new UnitRanking(network, layer, options);
  for await (const rows of parts) {
    options.signal?.throwIfAborted();
    ranking.add(rows);
  }
  return ranking.result();
}

/** One of parts that saw different rows of the same set, with the same options: to the bits of one that saw them all. */
export function mergeUnitImages(parts: readonly UnitImages[], top: number): UnitImages {
  const [first] = parts;
  if (!first) outOfRange("parts", "at least one", "none");
  const merged = (pick: (part: UnitImages) => Ranking): Ranking => {
    const all = new TopRows(pick(first).columns, top);
    for (const part of parts) all.merge(pick(part));
    return all.ranking();
  };
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  if (top > count) outOfRange("top", `at most the ${count} images there are`, `${top}`);
  return {
    ...first,
    count,
    units: merged(({ units }) => units),
    random: merged(({ random }) => random),
    given: merged(({ given }) => given),
  };
}
