/** Keras `Conv2D` and `Conv1D`: a convolution and its activation. */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import type { Workspace } from "../../wasm/index.ts";
import { activationOperations } from "./activation.ts";
import { Extent, requireConfig } from "./config.ts";
import { ConvolutionOperation } from "./convolution.ts";
import { convolutionEntries, convolutionParts } from "./convolution-config.ts";
import { groupedConv2DLayer } from "./grouped-conv2d.ts";
import type { Layer } from "./layer.ts";
import { declareParameter } from "./parameter.ts";

const Config = v.looseObject({ ...convolutionEntries, filters: Extent, groups: v.optional(Extent, 1) });

/** Keras `Conv2D`: kernel [kh, kw, c, filters], bias [filters]; of several groups, which tfjs lacks, a `GroupedConv2D`. */
export function conv2dLayer(
  config: Record<string, unknown>,
  inputShape: readonly number[],
  workspace: Workspace,
): Layer {
  const { groups } = requireConfig("Conv2D", Config, config);
  if (groups > 1) return groupedConv2DLayer(config, inputShape, workspace);
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
  const parsed = requireConfig(className, Config, config);
  const { name, filters, groups, use_bias } = parsed;
  if (groups > 1) outOfRange(`${name} groups`, "1", groups);
  const { taps, window, positions, activation, written } = convolutionParts(parsed, inputShape, sides);
  const outputShape = [...positions, filters];
  const kernel = declareParameter(`${name}/kernel`, [...taps, window.c, filters]);
  const bias = use_bias ? declareParameter(`${name}/bias`, [filters]) : undefined;
  const convolution = new ConvolutionOperation(workspace, window, kernel, bias);
  return {
    ...{ className, name, inputShape, outputShape },
    parameters: bias ? [kernel, bias] : [kernel],
    operations: [convolution, ...activationOperations(activation, outputShape, workspace)],
    config: { ...written, filters },
    parametersChanged: () => convolution.parametersChanged(),
  };
}
