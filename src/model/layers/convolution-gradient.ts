/**
 * The gradient of a convolution to its input, in whichever of five ways does least: a choice by shape alone, so that
 * the bits are a function of the layer.
 */
import { type F32Pointer, offset32, type Workspace } from "../../wasm/index.ts";
import { PaddedImages } from "./padded-images.ts";
import type { Parameter } from "./parameter.ts";
import { BLOCK_BYTES, convolutionBlockBytes, negligible, PackedWeights, wholePanels } from "./weights.ts";
import { hasBorder, isPointwise, type Window } from "./window.ts";
import { type Products, takesWinograd, WinogradInputGradient } from "./winograd.ts";

export interface InputGradient {
  /** dx[rows,h,w,c] += the gradient, from dy[rows,oh,ow,filters]. */
  add(rows: number, dy: F32Pointer, dx: F32Pointer): void;
  parametersChanged(): void;
}

/** The way for this shape. */
export function inputGradientFor(
  workspace: Workspace,
  window: Window,
  kernel: Parameter,
  products: Products = "fewest",
): InputGradient {
  const { h, w, c, oh, ow, sh, sw } = window;
  if (products === "fewest" && takesWinograd(window, kernel.shape.at(-1) as number)) {
    return new WinogradInputGradient(workspace, window, kernel);
  }
  if (isPointwise(window) && !hasBorder(window)) return new Product(workspace, window, kernel);
  // A turned convolution computes h w outputs of whole panels, or of half a panel; a scatter oh ow and pays for the
  // adding, which measured as a tenth.
  const wasted = (h * w * (c <= 4 ? 4 : wholePanels(c))) / (oh * ow * c);
  if (sh === 1 && sw === 1 && wasted < 1.4 && isWithinReach(window)) return new Turned(workspace, window, kernel);
  if (c === 1 && sh === 1 && sw === 1 && window.dw === 1) return new Overlapped(workspace, window, kernel);
  return new Scattered(workspace, window, kernel);
}

/** Whether no side's border is wider than the window reaches beyond a pixel: so that dy has room inside a border of its own. */
function isWithinReach({ h, w, kh, kw, dh, dw, top, left, ph, pw }: Window): boolean {
  const [rows, columns] = [(kh - 1) * dh, (kw - 1) * dw];
  return top <= rows && left <= columns && ph - h - top <= rows && pw - w - left <= columns;
}

/** One tap, no stride: dy k^T. */
class Product implements InputGradient {
  private readonly workspace: Workspace;
  private readonly window: Window;
  private readonly filters: number;
  private readonly panels: PackedWeights;
  private readonly block: F32Pointer;

  constructor(workspace: Workspace, window: Window, kernel: Parameter) {
    this.workspace = workspace;
    this.window = window;
    this.filters = kernel.shape.at(-1) as number;
    this.panels = transposedPanels(workspace, window.c, kernel);
    this.block = workspace.arena.allocate(BLOCK_BYTES);
  }

  add(rows: number, dy: F32Pointer, dx: F32Pointer): void {
    const { filters, block } = this;
    const { h, w, c } = this.window;
    const panels = this.panels.current();
    this.workspace.kernels.gemm_f32_4x8(rows * h * w, c, filters, dy, filters, panels, dx, c, block);
  }

  parametersChanged(): void {
    this.panels.parametersChanged();
  }
}

/** Stride 1: a convolution of dy, inside its border, with the filter turned around and transposed. */
class Turned implements InputGradient {
  private readonly workspace: Workspace;
  private readonly window: Window;
  private readonly panels: PackedWeights;
  private readonly padded: PaddedImages;
  /** The window over dy. */
  private readonly turned: Window;
  private readonly block: F32Pointer;

  constructor(workspace: Workspace, window: Window, kernel: Parameter) {
    this.workspace = workspace;
    this.window = window;
    const { h, w, c, oh, ow, kh, kw, dh, dw } = window;
    const filters = kernel.shape.at(-1) as number;
    this.panels = new PackedWeights(workspace, kh * kw * filters * wholePanels(c), (to) => {
      const floor = negligible(workspace, kernel);
      workspace.kernels.pack_filter_bt_f32_8(kh * kw, c, filters, kernel.at, floor, to);
    });
    const [ph, pw] = [h + (kh - 1) * dh, w + (kw - 1) * dw];
    const top = (kh - 1) * dh - window.top;
    const left = (kw - 1) * dw - window.left;
    this.padded = new PaddedImages(workspace, { h: oh, w: ow, c: filters, ph, pw, top, left });
    this.turned = { ...window, h: ph, w: pw, c: filters, oh: h, ow: w, sh: 1, sw: 1 };
    this.block = workspace.arena.allocate(convolutionBlockBytes(this.turned));
  }

  add(rows: number, dy: F32Pointer, dx: F32Pointer): void {
    const { workspace, turned, block } = this;
    const { h, w, c } = this.window;
    const panels = this.panels.current();
    this.padded.each(rows, dy, (first, n, slopes) => {
      const to = offset32(dx, first * h * w * c);
      workspace.kernels.conv_f32_4x8(n, turned, c, slopes, panels, to, block);
    });
  }

  parametersChanged(): void {
    this.panels.parametersChanged();
  }
}

/** Numbers of dy times all taps that are held at a time: they stay in the second-level cache. */
const COLUMNS = 32 * 2 ** 10;

/** Any stride: dy times all taps, some positions at a time, each product added to the pixel that it came from. */
class Scattered implements InputGradient {
  private readonly workspace: Workspace;
  private readonly window: Window;
  private readonly filters: number;
  private readonly taps: number;
  /** Positions at a time, whole tiles. */
  private readonly positions: number;
  private readonly panels: PackedWeights;
  private readonly block: F32Pointer;
  private columns: F32Pointer | undefined;

  constructor(workspace: Workspace, window: Window, kernel: Parameter) {
    this.workspace = workspace;
    this.window = window;
    this.filters = kernel.shape.at(-1) as number;
    this.taps = window.kh * window.kw * window.c;
    this.positions = Math.min(window.oh * window.ow, 4 * Math.max(1, Math.floor(COLUMNS / (4 * this.taps))));
    this.panels = transposedPanels(workspace, this.taps, kernel);
    this.block = workspace.arena.allocate(BLOCK_BYTES);
  }

  add(rows: number, dy: F32Pointer, dx: F32Pointer): void {
    const { workspace, window, filters, taps, block } = this;
    const { kernels, arena } = workspace;
    const { h, w, c, oh, ow } = window;
    const panels = this.panels.current();
    this.columns ??= arena.allocateF32(this.positions * taps);
    const { columns } = this;
    const held = arena.f32(columns, this.positions * taps);
    for (let r = 0; r < rows; r++) {
      const to = offset32(dx, r * h * w * c);
      for (let first = 0; first < oh * ow; first += this.positions) {
        const n = Math.min(this.positions, oh * ow - first);
        const slopes = offset32(dy, (r * oh * ow + first) * filters);
        held.fill(0);
        kernels.gemm_f32_4x8(n, taps, filters, slopes, filters, panels, columns, taps, block);
        kernels.scatter_window_f32(first, n, window, columns, to);
      }
    }
  }

  parametersChanged(): void {
    this.panels.parametersChanged();
  }
}

/**
 * One channel, stride 1, side by side: all taps times dy, some output rows at a time. What a tap got from pixels side by side lies
 * side by side, so four pixels are added to at once. The sums are those of `Scattered`, in their order.
 */
class Overlapped implements InputGradient {
  private readonly workspace: Workspace;
  private readonly window: Window;
  private readonly filters: number;
  private readonly taps: number;
  /** Output rows at a time. */
  private readonly band: number;
  /** The kernel [taps, filters], less what is negligible. */
  private readonly weights: PackedWeights;
  private readonly block: F32Pointer;
  private held: { panels: F32Pointer; columns: F32Pointer } | undefined;

  constructor(workspace: Workspace, window: Window, kernel: Parameter) {
    this.workspace = workspace;
    this.window = window;
    this.filters = kernel.shape.at(-1) as number;
    const { kh, kw, oh, ow } = window;
    this.taps = kh * kw;
    this.band = Math.min(oh, Math.max(1, Math.floor(COLUMNS / (this.taps * ow))));
    this.weights = new PackedWeights(workspace, kernel.size, (to) => {
      workspace.kernels.drop_below_f32(kernel.size, negligible(workspace, kernel), kernel.at, to);
    });
    this.block = workspace.arena.allocate(BLOCK_BYTES);
  }

  add(rows: number, dy: F32Pointer, dx: F32Pointer): void {
    const { workspace, window, filters, taps, band, block } = this;
    const { kernels, arena } = workspace;
    const { h, w, oh, ow } = window;
    const weights = this.weights.current();
    const most = band * ow;
    this.held ??= {
      panels: arena.allocateF32(filters * wholePanels(most)),
      columns: arena.allocateF32(taps * most),
    };
    const { panels, columns } = this.held;
    for (let r = 0; r < rows; r++) {
      for (let first = 0; first < oh; first += band) {
        const count = Math.min(band, oh - first);
        const positions = count * ow;
        kernels.pack_bt_f32_8(filters, positions, offset32(dy, (r * oh + first) * ow * filters), filters, 0, panels);
        arena.f32(columns, taps * positions).fill(0);
        kernels.gemm_f32_4x8(taps, positions, filters, weights, filters, panels, columns, positions, block);
        kernels.overlap_rows_f32(first, count, window, columns, offset32(dx, r * h * w));
      }
    }
  }

  parametersChanged(): void {
    this.weights.parametersChanged();
  }
}

/** The kernel [rows, filters] as the right-hand matrix [filters, rows] of a product. */
function transposedPanels(workspace: Workspace, rows: number, kernel: Parameter): PackedWeights {
  const filters = kernel.shape.at(-1) as number;
  return new PackedWeights(workspace, filters * wholePanels(rows), (to) => {
    workspace.kernels.pack_bt_f32_8(filters, rows, kernel.at, filters, negligible(workspace, kernel), to);
  });
}
