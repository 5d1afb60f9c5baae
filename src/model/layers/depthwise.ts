/**
 * Depthwise convolution of images, channels last, m filters a channel: y[i,j,o] = b[o] + the sum over taps (p, q) of
 * x[i sh + p dh - top, j sw + q dw - left, floor(o / m)] k[p,q,o], and its gradients.
 */
import type { Pointer, Workspace } from "../../wasm/index.ts";
import { eachGroup, groupSize } from "./groups.ts";
import type { MappedOperation } from "./layer.ts";
import type { OperationMap } from "./operation-map.ts";
import type { Parameter } from "./parameter.ts";
import { gradientOf, negligible, PackedWeights, startAtBias } from "./weights.ts";
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

  /** The kernel [kh, kw, c, multiplier]. */
  constructor(workspace: Workspace, window: Window, kernel: Parameter, bias: Parameter | undefined) {
    this.workspace = workspace;
    this.window = window;
    this.kernel = kernel;
    this.bias = bias;
    this.map = { kind: "depthwise", kernel, window };
    const { h, w, c, oh, ow, kh, kw } = window;
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
        kernels.drop_below_f32(width, floor, kernel.at + 4 * t * width, to + 4 * (kh * kw - 1 - t) * width);
      }
    });
  }

  parametersChanged(): void {
    this.weights.parametersChanged();
    this.turned.parametersChanged();
  }

  forward(rows: number, x: Pointer, y: Pointer): void {
    const { workspace, multiplier: m } = this;
    const { h, w, c, oh, ow, kh, kw, sh, sw, dh, dw, top, left } = this.window;
    const f = this.weights.current();
    eachGroup(rows, groupSize(4 * this.outputSize), (first, n) => {
      const [from, to] = [x + 4 * first * this.inputSize, y + 4 * first * this.outputSize];
      startAtBias(workspace, n * oh * ow, c * m, this.bias, to);
      workspace.kernels.depthwise_f32_4x8(n, h, w, c, oh, ow, m, kh, kw, sh, sw, dh, dw, top, left, from, f, to);
    });
  }

  inputGradient(rows: number, _x: Pointer, _y: Pointer, dy: Pointer, dx: Pointer): void {
    const { multiplier: m } = this;
    const { kernels } = this.workspace;
    const { h, w, c, oh, ow, kh, kw, sh, sw, dh, dw, top, left } = this.window;
    if (sh === 1 && sw === 1 && m === 1) {
      const f = this.turned.current();
      const border = [(kh - 1) * dh - top, (kw - 1) * dw - left] as const;
      kernels.depthwise_f32_4x8(rows, oh, ow, c, h, w, 1, kh, kw, 1, 1, dh, dw, ...border, dy, f, dx);
      return;
    }
    const f = this.weights.current();
    kernels.depthwise_input_grad_f32(rows, h, w, c, oh, ow, m, kh, kw, sh, sw, dh, dw, top, left, dy, f, dx);
  }

  /** Order: rows ascending, the sum of each from 0, positions ascending. */
  parameterGradient(rows: number, x: Pointer, dy: Pointer, scratch: Pointer): void {
    const { workspace, kernel, bias, multiplier: m } = this;
    const { kernels, arena } = workspace;
    const { h, w, c, oh, ow, kh, kw, sh, sw, dh, dw, top, left } = this.window;
    const toKernel = gradientOf(workspace, kernel);
    const toBias = bias && gradientOf(workspace, bias);
    for (let r = 0; r < rows; r++) {
      const image = x + 4 * r * this.inputSize;
      const slopes = dy + 4 * r * this.outputSize;
      const taps = [kh, kw, sh, sw, dh, dw, top, left] as const;
      arena.f32(scratch, kernel.size).fill(0);
      kernels.depthwise_filter_grad_f32(1, h, w, c, oh, ow, m, ...taps, image, slopes, scratch);
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
