/** L2 pooling: the root of the sum of squares over a window of each map [Le et al. 2012]. */
import * as v from "valibot";
import type { F32Pointer, Kernels, Workspace } from "../../wasm/index.ts";
import { Extents, real, requireChannelsLast, requireConfig } from "./config.ts";
import type { Layer, MappedOperation } from "./layer.ts";
import type { OperationMap } from "./operation-map.ts";
import {
  paddingOver,
  perSide,
  requireMeeting,
  requireNoDilation,
  requireRank,
  type Window,
  windowEntries,
  windowOver,
} from "./window.ts";

class L2PoolOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly window: Window;
  private readonly epsilon: number;
  private readonly kernels: Kernels;

  constructor(window: Window, epsilon: number, kernels: Kernels) {
    this.inputSize = window.h * window.w * window.c;
    this.outputSize = window.oh * window.ow * window.c;
    this.window = window;
    this.map = { kind: "pooling", of: "root of squares", window, epsilon };
    this.epsilon = epsilon;
    this.kernels = kernels;
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    this.kernels.l2_pool_f32(rows, this.window, this.epsilon, x, y);
  }

  inputGradient(rows: number, x: F32Pointer, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    this.kernels.l2_pool_grad_f32(rows, this.window, x, y, dy, dx);
  }
}

const Config = v.looseObject({
  name: v.string(),
  pool_size: v.optional(Extents, 2),
  ...windowEntries,
  epsilon: v.optional(real(0), 0),
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
  const parsed = requireConfig("L2Pooling2D", Config, config);
  const { name, pool_size, padding, data_format, epsilon } = parsed;
  requireChannelsLast(name, data_format);
  requireNoDilation(name, parsed.dilation_rate);
  requireRank(name, inputShape, ["height", "width", "channels"]);
  const taps = perSide(`${name} pool_size`, pool_size, 2);
  const strides = perSide(`${name} strides`, parsed.strides ?? pool_size, 2);
  const window = windowOver(name, inputShape, {
    taps,
    strides,
    dilations: [1, 1],
    padding: paddingOver(name, padding, 2, 0),
  });
  requireMeeting(name, window);
  return {
    className: "L2Pooling2D",
    name,
    inputShape,
    outputShape: [window.oh, window.ow, window.c],
    parameters: [],
    operations: [new L2PoolOperation(window, epsilon, workspace.kernels)],
    config: {
      name,
      trainable: true,
      dtype: "float32",
      pool_size: taps,
      strides,
      padding,
      data_format: "channels_last",
      epsilon,
    },
  };
}
