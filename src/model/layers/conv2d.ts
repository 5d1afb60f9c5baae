/** Keras `Conv2D` and `Conv1D`: a convolution and its activation. */
import * as v from "valibot";
import { requireSchema } from "../../schema.ts";
import type { Workspace } from "../../wasm/index.ts";
import { activationOperations, requireActivation } from "./activation.ts";
import { ConvolutionOperation } from "./convolution.ts";
import { allocateParameter, type Layer } from "./layer.ts";
import { Extent, Extents, perSide, requireChannelsLast, requireRank, windowEntries, windowOver } from "./window.ts";

const Config = v.looseObject({
  name: v.string(),
  filters: Extent,
  kernel_size: Extents,
  ...windowEntries,
  activation: v.optional(v.nullable(v.string()), "linear"),
  use_bias: v.optional(v.boolean(), true),
});

/** Keras `Conv2D`: kernel [kh, kw, c, filters], bias [filters]. */
export function conv2dLayer(
  config: Record<string, unknown>,
  inputShape: readonly number[],
  workspace: Workspace,
): Layer {
  return convolutionLayer("Conv2D", 2, config, inputShape, workspace);
}

/** Keras `Conv1D`: kernel [k, c, filters], bias [filters]; an image of one row. */
export function conv1dLayer(
  config: Record<string, unknown>,
  inputShape: readonly number[],
  workspace: Workspace,
): Layer {
  return convolutionLayer("Conv1D", 1, config, inputShape, workspace);
}

function convolutionLayer(
  className: "Conv1D" | "Conv2D",
  sides: 1 | 2,
  config: Record<string, unknown>,
  inputShape: readonly number[],
  workspace: Workspace,
): Layer {
  const { name, filters, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias } =
    requireSchema(`${className} config`, Config, config);
  const known = requireActivation(name, activation ?? "linear");
  requireChannelsLast(name, data_format);
  requireRank(name, inputShape, sides === 1 ? ["steps", "channels"] : ["height", "width", "channels"]);
  const taps = perSide(`${name} kernel_size`, kernel_size, sides);
  const steps = perSide(`${name} strides`, strides ?? 1, sides);
  const dilations = perSide(`${name} dilation_rate`, dilation_rate ?? 1, sides);
  // One row, one tap high: what a Conv1D says is of its columns.
  const row = sides === 1 ? [1] : [];
  const window = windowOver(name, [...row, ...inputShape], {
    ...{ taps: [...row, ...taps], strides: [...row, ...steps], dilations: [...row, ...dilations] },
    padding,
  });
  const outputShape = [...(sides === 1 ? [] : [window.oh]), window.ow, filters];
  const kernel = allocateParameter(workspace, `${name}/kernel`, [...taps, window.c, filters]);
  const bias = use_bias ? allocateParameter(workspace, `${name}/bias`, [filters]) : undefined;
  const convolution = new ConvolutionOperation(workspace, window, kernel, bias);
  return {
    ...{ className, name, inputShape, outputShape },
    parameters: bias ? [kernel, bias] : [kernel],
    operations: [convolution, ...activationOperations(known, outputShape, workspace)],
    config: {
      ...{ name, trainable: true, dtype: "float32", filters, kernel_size: taps, strides: steps, padding },
      ...{ data_format: "channels_last", dilation_rate: dilations, activation: known, use_bias },
    },
    parametersChanged: () => convolution.parametersChanged(),
  };
}
