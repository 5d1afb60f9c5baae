/**
 * Depthwise convolution of images, channels last, m filters a channel: y[i,j,o] = b[o] + the sum over taps (p, q) of
 * x[i sh + p dh - top, j sw + q dw - left, floor(o / m)] k[p,q,o], and its gradients.
 */
import { type F32Pointer, NOWHERE, offset32, type Workspace } from "../../wasm/index.ts";
import type { MappedOperation } from "./layer.ts";
import type { OperationMap } from "./operation-map.ts";
import type { Parameter } from "./parameter.ts";
import { gradientOf, negligible, PackedWeights } from "./weights.ts";
import type { Window } from "./window.ts";

export class DepthwiseOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly workspace: Workspace;
  private readonly window: Window;
  /** Filters a channel. */
  private readonly multiplier: number;
  private readonly kernel: Parameter;
  private readonly bias: Parameter | undefined;
  private readonly weights: PackedWeights;
  /** Taps in reverse order. */
  private readonly turned: PackedWeights;
  /** The window over dy that gives dx, at stride 1. */
  private readonly back: Window;
  private none: F32Pointer | undefined;

  /** The kernel [kh, kw, c, multiplier]. */
  constructor(workspace: Workspace, window: Window, kernel: Parameter, bias: Parameter | undefined) {
    this.workspace = workspace;
    this.window = window;
    this.kernel = kernel;
    this.bias = bias;
    this.map = { kind: "depthwise", kernel, bias, window };
    const { h, w, c, oh, ow, kh, kw, dh, dw, top, left } = window;
    const border = { top: (kh - 1) * dh - top, left: (kw - 1) * dw - left };
    this.back = { ...window, h: oh, w: ow, oh: h, ow: w, ...border };
    this.multiplier = kernel.shape.at(-1) as number;
    const width = c * this.multiplier;
    this.inputSize = h * w * c;
    this.outputSize = oh * ow * width;
    const { kernels } = workspace;
    this.weights = new PackedWeights(workspace, kernel.size, (to) => {
      kernels.drop_below_f32(kernel.size, negligible(workspace, kernel), kernel.at, to);
    });
    this.turned = new PackedWeights(workspace, kernel.size, (to) => {
      const floor = negligible(workspace, kernel);
      for (let t = 0; t < kh * kw; t++) {
        const [from, behind] = [offset32(kernel.at, t * width), offset32(to, (kh * kw - 1 - t) * width)];
        kernels.drop_below_f32(width, floor, from, behind);
      }
    });
  }

  parametersChanged(): void {
    this.weights.parametersChanged();
    this.turned.parametersChanged();
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { workspace, window, multiplier, weights } = this;
    const start = this.bias ? this.bias.at : this.zeros();
    workspace.kernels.depthwise_f32_4x8(rows, window, multiplier, x, weights.current(), start, y);
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    this.toInput(rows, dy, NOWHERE, dx);
  }

  /** dx = the gradient, which needs neither input nor output. */
  writeInputGradient(rows: number, dy: F32Pointer, dx: F32Pointer): void {
    this.toInput(rows, dy, this.zeros(), dx);
  }

  /** dx = start + the gradient, dx + the gradient where start is nowhere. */
  private toInput(rows: number, dy: F32Pointer, start: F32Pointer, dx: F32Pointer): void {
    const { window, multiplier: m } = this;
    const { kernels } = this.workspace;
    const { sh, sw } = window;
    if (sh === 1 && sw === 1 && m === 1) {
      kernels.depthwise_f32_4x8(rows, this.back, 1, dy, this.turned.current(), start, dx);
      return;
    }
    kernels.depthwise_input_grad_f32(rows, window, m, dy, this.weights.current(), start, dx);
  }

  /** As many zeros as a pixel of the output has channels: where sums start. */
  private zeros(): F32Pointer {
    if (this.none === undefined) {
      const { arena } = this.workspace;
      const size = this.window.c * this.multiplier;
      this.none = arena.allocateF32(size);
      arena.f32(this.none, size).fill(0);
    }
    return this.none;
  }

  /** Order: rows ascending, the sum of each from 0, positions ascending. */
  parameterGradient(rows: number, x: F32Pointer, dy: F32Pointer, scratch: F32Pointer): void {
    const { workspace, window, kernel, bias, multiplier: m } = this;
    const { kernels, arena } = workspace;
    const { c, oh, ow } = window;
    const toKernel = gradientOf(workspace, kernel);
    const toBias = bias && gradientOf(workspace, bias);
    for (let r = 0; r < rows; r++) {
      const image = offset32(x, r * this.inputSize);
      const slopes = offset32(dy, r * this.outputSize);
      arena.f32(scratch, kernel.size).fill(0);
      kernels.depthwise_filter_grad_f32(1, window, m, image, slopes, scratch);
      kernels.sum_rows_f32(1, kernel.size, scratch, toKernel);
      if (!toBias) continue;
      arena.f32(scratch, c * m).fill(0);
      kernels.sum_rows_f32(oh * ow, c * m, slopes, scratch);
      kernels.sum_rows_f32(1, c * m, scratch, toBias);
    }
  }

  scratchBytes(): number {
    return 4 * this.kernel.size;
  }
}
