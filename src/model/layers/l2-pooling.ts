/** L2 pooling: the root of the sum of squares over a window of each map [Le et al. 2012]. */
import * as v from "valibot";
import { requireSchema } from "../../schema.ts";
import type { Kernels, Pointer, Workspace } from "../../wasm/index.ts";
import type { Layer, Operation } from "./layer.ts";
import { Extents, Padding, pair, requireImage, type Sliding, slide } from "./sliding.ts";

class L2PoolOperation implements Operation {
  readonly inputSize: number;
  readonly outputSize: number;
  private readonly sliding: Sliding;
  private readonly epsilon: number;
  private readonly kernels: Kernels;

  constructor(sliding: Sliding, epsilon: number, kernels: Kernels) {
    this.inputSize = sliding.h * sliding.w * sliding.c;
    this.outputSize = sliding.oh * sliding.ow * sliding.c;
    this.sliding = sliding;
    this.epsilon = epsilon;
    this.kernels = kernels;
  }

  private geometry() {
    const { h, w, c, kh, kw, sh, sw, top, left, oh, ow } = this.sliding;
    return [h, w, c, kh, kw, sh, sw, top, left, oh, ow] as const;
  }

  forward(rows: number, x: Pointer, y: Pointer): void {
    this.kernels.l2_pool_f32(rows, ...this.geometry(), this.epsilon, x, y);
  }

  inputGradient(rows: number, x: Pointer, y: Pointer, dy: Pointer, dx: Pointer): void {
    this.kernels.l2_pool_grad_f32(rows, ...this.geometry(), x, y, dy, dx);
  }
}

const Config = v.looseObject({
  name: v.string(),
  pool_size: v.optional(Extents, 2),
  strides: v.optional(v.nullable(Extents)),
  padding: v.optional(Padding, "valid"),
  epsilon: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 0),
});

/**
 * `L2Pooling2D`: y = sqrt(epsilon + the sum of the squares of a window), options as those of MaxPooling2D. Where
 * y = 0, which takes epsilon = 0 and a window of zeros, the gradient is taken as 0.
 */
export function l2PoolingLayer(
  config: Record<string, unknown>,
  inputShape: readonly number[],
  workspace: Workspace,
): Layer {
  const { name, pool_size, strides, padding, epsilon } = requireSchema("L2Pooling2D config", Config, config);
  const image = requireImage(name, inputShape, config);
  const sliding = slide(name, image, { window: pool_size, strides: strides ?? pool_size, padding });
  return {
    className: "L2Pooling2D",
    name,
    inputShape,
    outputShape: [sliding.oh, sliding.ow, sliding.c],
    parameters: [],
    operations: [new L2PoolOperation(sliding, epsilon, workspace.kernels)],
    config: {
      name,
      trainable: true,
      dtype: "float32",
      pool_size: [...pair(pool_size)],
      strides: [sliding.sh, sliding.sw],
      padding,
      epsilon,
      data_format: "channels_last",
    },
  };
}
