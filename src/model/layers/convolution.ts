/**
 * Convolution of images, channels last: y[i,j,o] = b[o] + the sum over taps (p, q) and channels c of
 * x[i sh + p dh - top, j sw + q dw - left, c] k[p,q,c,o], and its gradients.
 *
 * Shapes that it pays for go by Winograd's products (winograd.ts). Of the others a few images at a time get their border in
 * a buffer of bounded size; an image without one is read where it is.
 */
import { type F32Pointer, offset32, type Workspace } from "../../wasm/index.ts";
import { type InputGradient, inputGradientFor } from "./convolution-gradient.ts";
import { eachGroup, groupSize } from "./groups.ts";
import type { MappedOperation } from "./layer.ts";
import type { OperationMap } from "./operation-map.ts";
import { PaddedImages } from "./padded-images.ts";
import type { Parameter } from "./parameter.ts";
import {
  BLOCK_BYTES,
  convolutionBlockBytes,
  gradientOf,
  negligible,
  PackedWeights,
  startAtBias,
  wholePanels,
} from "./weights.ts";
import { hasBorder, isPointwise, type Window } from "./window.ts";
import { type Products, takesWinograd, WinogradForward } from "./winograd.ts";

/** Positions that conv_filter_grad_f32_4x8 sums before it adds the sum to the gradient. */
const GRADIENT_POSITIONS = 512;

export class ConvolutionOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly workspace: Workspace;
  private readonly window: Window;
  private readonly filters: number;
  private readonly kernel: Parameter;
  private readonly bias: Parameter | undefined;
  private readonly panels: PackedWeights;
  /** Where the shape takes it. */
  private readonly winograd: WinogradForward | undefined;
  private readonly toInput: InputGradient;
  private readonly padded: PaddedImages | undefined;
  /** The window over images with their border, and over a band of their rows. */
  private readonly over: Window;
  private readonly overBand: { -readonly [extent in keyof Window]: Window[extent] };
  private readonly block: F32Pointer;
  /** Images at a time where no border is put on; their outputs stay in the second-level cache. */
  private readonly group: number;
  /** Output rows at a time of a single image. */
  private readonly band: number;

  /** The kernel's values lie as [kh, kw, c, filters], whatever its shape says. */
  constructor(
    workspace: Workspace,
    window: Window,
    kernel: Parameter,
    bias: Parameter | undefined,
    products: Products = "fewest",
  ) {
    this.workspace = workspace;
    this.window = window;
    this.kernel = kernel;
    this.bias = bias;
    this.map = { kind: "convolution", kernel, bias, window, groups: 1 };
    const { h, w, c, oh, ow, kh, kw, ph, pw, top, left } = window;
    const filters = kernel.shape.at(-1) as number;
    this.filters = filters;
    this.inputSize = h * w * c;
    this.outputSize = oh * ow * filters;
    const taps = kh * kw * c;
    this.panels = new PackedWeights(workspace, taps * wholePanels(filters), (to) => {
      workspace.kernels.pack_b_f32_8(taps, filters, kernel.at, filters, negligible(workspace, kernel), to);
    });
    if (products === "fewest" && takesWinograd(window, filters)) {
      this.winograd = new WinogradForward(workspace, window, kernel);
    }
    this.toInput = inputGradientFor(workspace, window, kernel, products);
    this.over = { ...window, h: ph, w: pw };
    this.overBand = { ...this.over };
    if (hasBorder(window)) this.padded = new PaddedImages(workspace, { h, w, c, ph, pw, top, left });
    this.block = workspace.arena.allocate(convolutionBlockBytes(window));
    this.group = groupSize(4 * this.outputSize);
    this.band = groupSize(4 * ow * filters);
  }

  parametersChanged(): void {
    this.panels.parametersChanged();
    this.winograd?.parametersChanged();
    this.toInput.parametersChanged();
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { workspace, filters, bias } = this;
    this.run(rows, x, y, (count, to) => startAtBias(workspace, count, filters, bias, to));
  }

  /** y += the convolution, without a bias. */
  add(rows: number, x: F32Pointer, y: F32Pointer): void {
    this.run(rows, x, y, () => {});
  }

  /** @param start makes so many outputs ready to be added to */
  private run(rows: number, x: F32Pointer, y: F32Pointer, start: (count: number, at: F32Pointer) => void): void {
    const { workspace, window, overBand, filters, block, outputSize, winograd } = this;
    const { kernels } = workspace;
    if (winograd) {
      eachGroup(rows, this.group, (first, n) => {
        const to = offset32(y, first * outputSize);
        start(n * window.oh * window.ow, to);
        winograd.add(n, offset32(x, first * this.inputSize), to);
      });
      return;
    }
    const { c, oh, ow, sh, ph, pw } = window;
    const panels = this.panels.current();
    this.eachPadded(rows, x, (first, n, images) => {
      // Several images at once, or bands of one that is large: what is started at the bias is still in the cache then.
      const band = n > 1 ? oh : this.band;
      for (let i = 0; i < oh; i += band) {
        const count = Math.min(band, oh - i);
        const from = offset32(images, i * sh * pw * c);
        const to = offset32(y, first * outputSize + i * ow * filters);
        start(n * count * ow, to);
        if (isPointwise(window)) {
          kernels.gemm_f32_4x8(n * count * ow, filters, c, from, c, panels, to, filters, block);
        } else {
          overBand.h = ph - i * sh;
          overBand.oh = count;
          kernels.conv_f32_4x8(n, overBand, filters, from, panels, to, block);
        }
      }
    });
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    this.toInput.add(rows, dy, dx);
  }

  /** Order: rows ascending, the sum of each from 0; see conv_filter_grad_f32_4x8. */
  parameterGradient(rows: number, x: F32Pointer, dy: F32Pointer, scratch: F32Pointer): void {
    const { workspace, over, filters, outputSize } = this;
    const { kernels, arena } = workspace;
    const { oh, ow } = over;
    const gradient = gradientOf(workspace, this.kernel);
    this.eachPadded(rows, x, (first, n, images) => {
      const slopes = offset32(dy, first * outputSize);
      kernels.conv_filter_grad_f32_4x8(n, over, filters, images, slopes, gradient, scratch);
    });
    if (!this.bias) return;
    const biasGradient = gradientOf(workspace, this.bias);
    for (let r = 0; r < rows; r++) {
      arena.f32(scratch, filters).fill(0);
      kernels.sum_rows_f32(oh * ow, filters, offset32(dy, r * outputSize), scratch);
      kernels.sum_rows_f32(1, filters, scratch, biasGradient);
    }
  }

  scratchBytes(): number {
    const { oh, ow } = this.window;
    const positions = Math.min(GRADIENT_POSITIONS, oh * ow);
    return 4 * positions * (wholePanels(this.filters) + 4) + BLOCK_BYTES;
  }

  /** Calls `use(first image, images, where they are)` with images that have their border, a few at a time. */
  private eachPadded(rows: number, x: F32Pointer, use: (first: number, n: number, images: F32Pointer) => void): void {
    if (this.padded) this.padded.each(rows, x, use);
    else eachGroup(rows, this.group, (first, n) => use(first, n, offset32(x, first * this.inputSize)));
  }
}
