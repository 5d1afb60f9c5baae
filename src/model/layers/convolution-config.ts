/** What the configurations of all layers with a sliding kernel have in common: read, checked, and written again. */
import * as v from "valibot";
import { requireActivation } from "./activation.ts";
import type { ActivationName } from "./activations.ts";
import { Extents, requireChannelsLast } from "./config.ts";
import { paddingOver, perSide, requireRank, type Window, windowEntries, windowOver } from "./window.ts";

export const convolutionEntries = {
  name: v.string(),
  kernel_size: Extents,
  ...windowEntries,
  activation: v.optional(v.nullable(v.string()), "linear"),
  use_bias: v.optional(v.boolean(), true),
};
const Config = v.looseObject(convolutionEntries);

export interface ConvolutionParts {
  /** Extents of the kernel, one a side. */
  taps: number[];
  window: Window;
  /** Shape of the output, but for its channels. */
  positions: number[];
  activation: ActivationName;
  /** The configuration as tfjs writes it. */
  written: Record<string, unknown>;
}

/** The kernel's window over an image, or, with one side, over a sequence: an image of one row, one tap high. */
export function convolutionParts(
  config: v.InferOutput<typeof Config>,
  inputShape: readonly number[],
  sides: 1 | 2 = 2,
): ConvolutionParts {
  const { name, padding, use_bias } = config;
  const activation = requireActivation(name, config.activation ?? "linear");
  requireChannelsLast(name, config.data_format);
  requireRank(name, inputShape, sides === 1 ? ["steps", "channels"] : ["height", "width", "channels"]);
  const taps = perSide(`${name} kernel_size`, config.kernel_size, sides);
  const strides = perSide(`${name} strides`, config.strides ?? 1, sides);
  const dilations = perSide(`${name} dilation_rate`, config.dilation_rate ?? 1, sides);
  const row = sides === 1 ? [1] : [];
  const window = windowOver(name, [...row, ...inputShape], {
    ...{ taps: [...row, ...taps], strides: [...row, ...strides], dilations: [...row, ...dilations] },
    padding: paddingOver(name, padding, sides, row.length),
  });
  return {
    ...{ taps, window, activation, positions: [...(sides === 1 ? [] : [window.oh]), window.ow] },
    written: {
      ...{ name, trainable: true, dtype: "float32", kernel_size: taps, strides, padding },
      ...{ data_format: "channels_last", dilation_rate: dilations, activation, use_bias },
    },
  };
}
