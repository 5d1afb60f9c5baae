/** Keras `DepthwiseConv2D` and `SeparableConv2D`: a filter for each channel, in the second with a product of channels behind it. */
import * as v from "valibot";
import { requireSchema } from "../../schema.ts";
import type { Workspace } from "../../wasm/index.ts";
import { activationOperations, requireActivation } from "./activation.ts";
import { ConvolutionOperation } from "./convolution.ts";
import { DepthwiseOperation } from "./depthwise.ts";
import { allocateParameter, type Layer } from "./layer.ts";
import { Extent, Extents, perSide, requireChannelsLast, requireRank, windowEntries, windowOver } from "./window.ts";

const entries = {
  name: v.string(),
  kernel_size: Extents,
  depth_multiplier: v.optional(Extent, 1),
  ...windowEntries,
  activation: v.optional(v.nullable(v.string()), "linear"),
  use_bias: v.optional(v.boolean(), true),
};
const DepthwiseConfig = v.looseObject(entries);
const SeparableConfig = v.looseObject({ ...entries, filters: Extent });

/** What both layers have: the window, the depthwise kernel, the configuration. */
function partsOf(
  { name, depth_multiplier, ...config }: v.InferOutput<typeof DepthwiseConfig>,
  inputShape: readonly number[],
  workspace: Workspace,
) {
  const activation = requireActivation(name, config.activation ?? "linear");
  requireChannelsLast(name, config.data_format);
  requireRank(name, inputShape, ["height", "width", "channels"]);
  const taps = perSide(`${name} kernel_size`, config.kernel_size, 2);
  const strides = perSide(`${name} strides`, config.strides ?? 1, 2);
  const dilations = perSide(`${name} dilation_rate`, config.dilation_rate ?? 1, 2);
  const { padding, use_bias } = config;
  const window = windowOver(name, inputShape, { taps, strides, dilations, padding });
  const shape = [...taps, window.c, depth_multiplier];
  const kernel = allocateParameter(workspace, `${name}/depthwise_kernel`, shape);
  const written = {
    ...{ name, trainable: true, dtype: "float32", kernel_size: taps, strides, padding, depth_multiplier },
    ...{ data_format: "channels_last", dilation_rate: dilations, activation, use_bias },
  };
  return { activation, window, kernel, width: window.c * depth_multiplier, written };
}

/**
 * Keras `DepthwiseConv2D`: depthwise_kernel [kh, kw, c, m], bias [c m]. A dilation is heeded, as Keras does; the layer of
 * tfjs 4.22 reads it and runs without.
 */
export function depthwiseConv2dLayer(
  config: Record<string, unknown>,
  inputShape: readonly number[],
  workspace: Workspace,
): Layer {
  const parsed = requireSchema("DepthwiseConv2D config", DepthwiseConfig, config);
  const { activation, window, kernel, width, written } = partsOf(parsed, inputShape, workspace);
  const { name, use_bias } = parsed;
  const bias = use_bias ? allocateParameter(workspace, `${name}/bias`, [width]) : undefined;
  const outputShape = [window.oh, window.ow, width];
  const depthwise = new DepthwiseOperation(workspace, window, kernel, bias);
  return {
    ...{ className: "DepthwiseConv2D", name, inputShape, outputShape },
    parameters: bias ? [kernel, bias] : [kernel],
    operations: [depthwise, ...activationOperations(activation, outputShape, workspace)],
    config: written,
    parametersChanged: () => depthwise.parametersChanged(),
  };
}

/** Keras `SeparableConv2D`: depthwise_kernel [kh, kw, c, m], pointwise_kernel [1, 1, c m, filters], bias [filters]. */
export function separableConv2dLayer(
  config: Record<string, unknown>,
  inputShape: readonly number[],
  workspace: Workspace,
): Layer {
  const parsed = requireSchema("SeparableConv2D config", SeparableConfig, config);
  const { activation, window, kernel, width, written } = partsOf(parsed, inputShape, workspace);
  const { name, use_bias, filters } = parsed;
  const pointwise = allocateParameter(workspace, `${name}/pointwise_kernel`, [1, 1, width, filters]);
  const bias = use_bias ? allocateParameter(workspace, `${name}/bias`, [filters]) : undefined;
  const one = [1, 1] as const;
  const pixels = windowOver(name, [window.oh, window.ow, width], {
    ...{ taps: one, strides: one, dilations: one },
    padding: "valid",
  });
  const depthwise = new DepthwiseOperation(workspace, window, kernel, undefined);
  const product = new ConvolutionOperation(workspace, pixels, pointwise, bias);
  const outputShape = [window.oh, window.ow, filters];
  return {
    ...{ className: "SeparableConv2D", name, inputShape, outputShape },
    parameters: bias ? [kernel, pointwise, bias] : [kernel, pointwise],
    operations: [depthwise, product, ...activationOperations(activation, outputShape, workspace)],
    config: { ...written, filters },
    parametersChanged: () => {
      depthwise.parametersChanged();
      product.parametersChanged();
    },
  };
}
