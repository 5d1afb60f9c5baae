/** Keras `DepthwiseConv2D` and `SeparableConv2D`: a filter for each channel, in the second with a product of channels behind it. */
import * as v from "valibot";
import type { Workspace } from "../../wasm/index.ts";
import { activationOperations } from "./activation.ts";
import { Extent, requireConfig } from "./config.ts";
import { ConvolutionOperation } from "./convolution.ts";
import { convolutionEntries, convolutionParts } from "./convolution-config.ts";
import { DepthwiseOperation } from "./depthwise.ts";
import type { Layer } from "./layer.ts";
import { declareParameter } from "./parameter.ts";
import { windowOver } from "./window.ts";

const entries = { ...convolutionEntries, depth_multiplier: v.optional(Extent, 1) };
const DepthwiseConfig = v.looseObject(entries);
const SeparableConfig = v.looseObject({ ...entries, filters: Extent });

/** What both layers have: the window, the depthwise kernel, the configuration. */
function partsOf(config: v.InferOutput<typeof DepthwiseConfig>, inputShape: readonly number[]) {
  const { name, depth_multiplier } = config;
  const { taps, window, activation, written } = convolutionParts(config, inputShape);
  const shape = [...taps, window.c, depth_multiplier];
  const kernel = declareParameter(`${name}/depthwise_kernel`, shape);
  const width = window.c * depth_multiplier;
  return { activation, window, kernel, width, written: { ...written, depth_multiplier } };
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
  const parsed = requireConfig("DepthwiseConv2D", DepthwiseConfig, config);
  const { activation, window, kernel, width, written } = partsOf(parsed, inputShape);
  const { name, use_bias } = parsed;
  const bias = use_bias ? declareParameter(`${name}/bias`, [width]) : undefined;
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
  const parsed = requireConfig("SeparableConv2D", SeparableConfig, config);
  const { activation, window, kernel, width, written } = partsOf(parsed, inputShape);
  const { name, use_bias, filters } = parsed;
  const pointwise = declareParameter(`${name}/pointwise_kernel`, [1, 1, width, filters]);
  const bias = use_bias ? declareParameter(`${name}/bias`, [filters]) : undefined;
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
