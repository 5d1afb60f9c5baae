/** Keras `Conv2D` and `Conv1D`: a convolution and its activation. */
import * as v from "valibot";
import { requireSchema } from "../../schema.ts";
import type { Workspace } from "../../wasm/index.ts";
import { activationOperations } from "./activation.ts";
import { ConvolutionOperation } from "./convolution.ts";
import { convolutionEntries, convolutionParts } from "./convolution-config.ts";
import { allocateParameter, type Layer } from "./layer.ts";
import { Extent } from "./window.ts";

const Config = v.looseObject({ ...convolutionEntries, filters: Extent });

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
  const parsed = requireSchema(`${className} config`, Config, config);
  const { name, filters, use_bias } = parsed;
  const { taps, window, positions, activation, written } = convolutionParts(parsed, inputShape, sides);
  const outputShape = [...positions, filters];
  const kernel = allocateParameter(workspace, `${name}/kernel`, [...taps, window.c, filters]);
  const bias = use_bias ? allocateParameter(workspace, `${name}/bias`, [filters]) : undefined;
  const convolution = new ConvolutionOperation(workspace, window, kernel, bias);
  return {
    ...{ className, name, inputShape, outputShape },
    parameters: bias ? [kernel, bias] : [kernel],
    operations: [convolution, ...activationOperations(activation, outputShape, workspace)],
    config: { ...written, filters },
    parametersChanged: () => convolution.parametersChanged(),
  };
}
