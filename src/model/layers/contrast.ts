/** Local contrast normalisation [Jarrett et al. 2009; Le et al. 2012]: a weighted mean is subtracted, a deviation divided out. */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import type { F32Pointer, Workspace } from "../../wasm/index.ts";
import { real, requireConfig, whole } from "./config.ts";
import type { Layer, MappedOperation } from "./layer.ts";
import type { OperationMap } from "./operation-map.ts";
import { sizeOf } from "./shape.ts";
import { requireRank } from "./window.ts";

class ContrastOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly shape: readonly [h: number, w: number, c: number, size: number];
  private readonly threshold: number;
  private readonly window: F32Pointer;
  private readonly scratch: F32Pointer;
  private readonly workspace: Workspace;

  constructor(image: readonly number[], window: Float32Array, threshold: number, workspace: Workspace) {
    const [h, w, c] = image as [number, number, number];
    const size = window.length;
    this.inputSize = sizeOf(image);
    this.outputSize = this.inputSize;
    this.shape = [h, w, c, size];
    this.threshold = threshold;
    this.map = { kind: "local contrast", size, channels: c, weights: window, threshold };
    this.workspace = workspace;
    const { arena } = workspace;
    this.window = arena.allocateF32(size);
    this.scratch = arena.allocateF32(this.inputSize + 2 * h * w + (w + size - 1) + (h + size - 1) * w);
    arena.f32(this.window, size).set(window);
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    this.workspace.kernels.contrast_f32(rows, ...this.shape, this.window, this.threshold, x, y, this.scratch);
  }

  inputGradient(rows: number, x: F32Pointer, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const { kernels } = this.workspace;
    kernels.contrast_grad_f32(rows, ...this.shape, this.window, this.threshold, x, y, dy, dx, this.scratch);
  }
}

/**
 * f32[size], a Gaussian of deviation `sigma` around the middle, its sum 1. Each weight is within 4 roundings of
 * e^(-u^2 / (2 sigma^2)) over the sum of all, and as much as its exponent's rounding makes of it.
 */
export function gaussianWindow(size: number, sigma: number, { kernels, arena }: Workspace): Float32Array {
  const top = arena.mark();
  try {
    const at = arena.allocateF32(size);
    const exponent = (u: number): number => -(u * u) / (2 * sigma * sigma);
    arena.f32(at, size).set(Float32Array.from({ length: size }, (_, i) => exponent(i - (size - 1) / 2)));
    kernels.exp_f32(size, at, at);
    const weights = arena.f32(at, size);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  } finally {
    arena.release(top);
  }
}

const Positive = real(2 ** -60);
const Config = v.looseObject({
  name: v.string(),
  window_size: v.optional(whole(1, 65535), 5),
  sigma: v.optional(Positive, 1),
  threshold: v.optional(Positive, 0.01),
});

/**
 * `LocalContrastNormalization`: g = h - mean(h), y = g / max(threshold, sqrt(mean(g^2))), where mean is taken over all
 * maps and a square window of `window_size` (odd) with Gaussian weights of deviation `sigma` and sum 1; positions
 * outside the image count as zero. Defaults: 5, 1, and QuocNet's 0.01.
 */
export function localContrastNormalizationLayer(
  config: Record<string, unknown>,
  inputShape: readonly number[],
  workspace: Workspace,
): Layer {
  const parsed = requireConfig("LocalContrastNormalization", Config, config);
  const { name, window_size, sigma, threshold } = parsed;
  if (window_size % 2 === 0) outOfRange(`${name} window_size`, "an odd number", window_size);
  requireRank(name, inputShape, ["height", "width", "channels"]);
  const window = gaussianWindow(window_size, sigma, workspace);
  return {
    className: "LocalContrastNormalization",
    name,
    inputShape,
    outputShape: inputShape,
    parameters: [],
    operations: [new ContrastOperation(inputShape, window, threshold, workspace)],
    config: { name, trainable: true, dtype: "float32", window_size, sigma, threshold },
  };
}
