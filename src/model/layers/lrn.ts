/** Local response normalisation across channels [Krizhevsky et al. 2012, 3.3], with the options of tfjs's function. */
import * as v from "valibot";
import type { F32Pointer, Workspace } from "../../wasm/index.ts";
import { real, requireConfig, whole } from "./config.ts";
import type { Layer, MappedOperation } from "./layer.ts";
import type { OperationMap } from "./operation-map.ts";
import { sizeOf } from "./shape.ts";

interface Options {
  depth_radius: number;
  bias: number;
  alpha: number;
  beta: number;
}

class LrnOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly channels: number;
  private readonly options: Options;
  private readonly workspace: Workspace;
  private readonly scratch: F32Pointer;

  constructor(inputShape: readonly number[], options: Options, workspace: Workspace) {
    this.inputSize = sizeOf(inputShape);
    this.outputSize = this.inputSize;
    this.channels = inputShape.at(-1) as number;
    this.options = options;
    const { depth_radius, bias, alpha, beta } = options;
    this.map = { kind: "local response", radius: depth_radius, bias, alpha, beta };
    this.workspace = workspace;
    this.scratch = workspace.arena.allocateF32(2 * (this.channels + 2 * options.depth_radius));
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { depth_radius, bias, alpha, beta } = this.options;
    const pixels = (rows * this.inputSize) / this.channels;
    this.workspace.kernels.lrn_f32(pixels, this.channels, depth_radius, bias, alpha, beta, x, y, this.scratch);
  }

  inputGradient(rows: number, x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const { depth_radius, bias, alpha, beta } = this.options;
    const { channels, scratch } = this;
    const pixels = (rows * this.inputSize) / channels;
    this.workspace.kernels.lrn_grad_f32(pixels, channels, depth_radius, bias, alpha, beta, x, dy, dx, scratch);
  }
}

/** What single precision still takes for more than zero. */
const Positive = real(2 ** -126);
const NotNegative = real(0);
const Config = v.looseObject({
  name: v.string(),
  depth_radius: v.optional(whole(0, 65536), 5),
  bias: v.optional(Positive, 1),
  alpha: v.optional(NotNegative, 1),
  beta: v.optional(NotNegative, 0.5),
});

/**
 * `LocalResponseNormalization`: y_i = x_i (bias + alpha sum_{|j - i| <= depth_radius} x_j^2)^-beta over the last axis.
 * alpha multiplies the sum and is not divided by the window's size; defaults are those of
 * `tf.localResponseNormalization`. AlexNet's are 2, 2, 1e-4, 0.75: its n = 5 channels are a radius of 2.
 */
export function localResponseNormalizationLayer(
  config: Record<string, unknown>,
  inputShape: readonly number[],
  workspace: Workspace,
): Layer {
  const parsed = requireConfig("LocalResponseNormalization", Config, config);
  const { name, depth_radius, bias, alpha, beta } = parsed;
  const options = { depth_radius, bias, alpha, beta };
  return {
    className: "LocalResponseNormalization",
    name,
    inputShape,
    outputShape: inputShape,
    parameters: [],
    operations: [new LrnOperation(inputShape, options, workspace)],
    config: { name, trainable: true, dtype: "float32", ...options },
  };
}
