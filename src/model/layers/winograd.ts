/**
 * Convolutions by Winograd's products (assembly/conv/winograd.ts): which of them, with what error, forward and back. The
 * choice is by shape alone, so that the bits are a function of the layer.
 */
import type { F32Pointer, Workspace } from "../../wasm/index.ts";
import type { Parameter } from "./parameter.ts";
import { negligible, PackedWeights, wholePanels } from "./weights.ts";
import type { Window } from "./window.ts";

/** How a convolution is computed: with as few products as its shape allows, or each of them as it is defined. */
export type Products = "fewest" | "defined";

/** Channels and filters below which the products do not repay what is done before and after them. */
const LEAST_CHANNELS = 8;
const LEAST_PAIRS = 256;
/** What the number of products must fall by at least: tiles of 2 x 2 reach beyond a small or an odd output. */
const LEAST_SAVING = 1.5;
/** Tiles that are worked on at once, and the bytes that the larger of their two sets of planes may take. */
const TILES = 64;
const BLOCK_BYTES = 2 ** 20;
/** Numbers between the planes of a filter, all sixteen gaps. */
const GAPS = 256;
/** Scratch of the kernels that transform a filter. */
const FILTER_SCRATCH = 240;
/** Magnitudes up to which no product of an image with a filter comes near the largest float. */
const TAME = 2 ** 48;

/** Whether a convolution of that many filters is computed so. */
export function takesWinograd({ c, oh, ow, kh, kw, sh, sw, dh, dw }: Window, filters: number): boolean {
  if (kh !== kw || (kh !== 3 && kh !== 5) || sh * sw * dh * dw !== 1) return false;
  if (Math.min(c, filters) < LEAST_CHANNELS || c * filters < LEAST_PAIRS) return false;
  const products = slices(kh) * Math.ceil(oh / 2) * Math.ceil(ow / 2);
  return kh * kh * oh * ow >= LEAST_SAVING * products;
}

const square = (n: number): number => n * n;

/** Products of a tile, a channel and a filter: 16 of three taps a side, 49 of five. */
const slices = (taps: number): number => square((3 * taps - 1) / 2);

/** Slices of the plane that has most: 1 or 4. */
const deepest = (taps: number): number => square((taps - 1) / 2);

/** Channels as whole vectors. */
const wholeVectors = (c: number): number => 4 * Math.ceil(c / 4);

const U = 2 ** -24;
/** g(k) = k u / (1 - k u). */
const g = (k: number): number => (k * U) / (1 - k * U);

/**
 * The error of an output is at most `sum` (S + |y|), y what the sum is added to, S `scale` times the sum over channels of the
 * largest |x| in the tile's patch times the sum of |filter| over its taps. To the input the tiles are those whose patch
 * meets the pixel, S is summed over them, too, and channels and filters change places.
 *
 * Barring underflow and overflow; the kernels' comments count the roundings. A weight that is negligible beside the largest of
 * its filter counts as zero, which is not in here.
 */
export function winogradError(
  pass: "forward" | "to input",
  taps: number,
  { c, filters }: { c: number; filters: number },
): { scale: number; sum: number } {
  if (pass === "forward") return { scale: 16, sum: g(deepest(taps) * c + 9) };
  return { scale: 16, sum: g(filters + 8 + square((taps + 1) / 2)) };
}

/** Whether numbers are finite, and of a size that no product with a filter that is tame, too, leaves the floats. */
export function areTame({ kernels }: Workspace, n: number, x: F32Pointer): boolean {
  return kernels.max_abs_f32(n, x) <= TAME;
}

/** Tiles at once, with so many numbers each in the larger set of planes. */
function tilesOf(numbers: number): number {
  return Math.max(8, Math.min(TILES, 4 * Math.floor(BLOCK_BYTES / (16 * numbers))));
}

/** Calls `use` with room for so many floats, which is given back. */
function withScratch({ arena }: Workspace, floats: number, use: (scratch: F32Pointer) => void): void {
  const top = arena.mark();
  try {
    use(arena.allocateF32(floats));
  } finally {
    arena.release(top);
  }
}

/** The forward pass. */
export class WinogradForward {
  private readonly workspace: Workspace;
  private readonly window: Window;
  private readonly filters: number;
  private readonly u: PackedWeights;
  private readonly tiles: number;
  private readonly scratch: number;

  constructor(workspace: Workspace, window: Window, kernel: Parameter) {
    this.workspace = workspace;
    this.window = window;
    const { c, kh } = window;
    const filters = kernel.shape.at(-1) as number;
    this.filters = filters;
    const channels = wholeVectors(c);
    this.u = new PackedWeights(workspace, slices(kh) * channels * wholePanels(filters) + GAPS, (to) => {
      const floor = negligible(workspace, kernel);
      withScratch(workspace, FILTER_SCRATCH, (scratch) => {
        workspace.kernels.winograd_filter_f32_8(window, filters, kernel.at, floor, to, scratch);
      });
    });
    const deep = deepest(kh) * channels;
    const columns = Math.min(64, wholePanels(filters));
    this.tiles = tilesOf(16 * Math.max(deep, columns));
    this.scratch = 16 * (this.tiles * (deep + columns) + 32) + square(kh + 1) * channels + 4 * columns + 192;
  }

  parametersChanged(): void {
    this.u.parametersChanged();
  }

  /** y[rows,oh,ow,filters] += the convolution of x[rows,h,w,c]. */
  add(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { workspace, window, filters, tiles } = this;
    const u = this.u.current();
    withScratch(workspace, this.scratch, (scratch) => {
      workspace.kernels.winograd_f32_4x8(rows, window, filters, tiles, x, u, y, scratch);
    });
  }
}

/** The gradient to the input, the transpose of the forward pass. */
export class WinogradInputGradient {
  private readonly workspace: Workspace;
  private readonly window: Window;
  private readonly filters: number;
  private readonly u: PackedWeights;
  private readonly tiles: number;
  private readonly scratch: number;

  constructor(workspace: Workspace, window: Window, kernel: Parameter) {
    this.workspace = workspace;
    this.window = window;
    const { c, kh } = window;
    const filters = kernel.shape.at(-1) as number;
    this.filters = filters;
    this.u = new PackedWeights(workspace, slices(kh) * filters * wholePanels(c) + GAPS, (to) => {
      const floor = negligible(workspace, kernel);
      withScratch(workspace, FILTER_SCRATCH, (scratch) => {
        workspace.kernels.winograd_filter_bt_f32_8(window, filters, kernel.at, floor, to, scratch);
      });
    });
    const deep = deepest(kh) * wholePanels(c);
    const columns = wholeVectors(filters);
    this.tiles = tilesOf(16 * Math.max(deep, columns));
    this.scratch = 16 * (this.tiles * (deep + columns) + 32) + square(kh + 1) * wholeVectors(c) + 4 * columns + 192;
  }

  parametersChanged(): void {
    this.u.parametersChanged();
  }

  add(rows: number, dy: F32Pointer, dx: F32Pointer): void {
    const { workspace, window, filters, tiles } = this;
    const u = this.u.current();
    withScratch(workspace, this.scratch, (scratch) => {
      workspace.kernels.winograd_input_grad_f32_4x8(rows, window, filters, tiles, dy, u, dx, scratch);
    });
  }
}
