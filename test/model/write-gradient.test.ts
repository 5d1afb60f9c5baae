import { expect, test } from "vitest";
import { firstDifferent } from "../support/bounds.ts";
import { LayerHost } from "../support/layer-host.ts";
import { noise32 } from "../support/noise.ts";

for (const [strides, dilation_rate, depth_multiplier] of [
  [1, 1, 1],
  [2, 1, 1],
  [3, 1, 1],
  [1, 2, 1],
  [1, 1, 2],
  [2, 1, 2],
] as const) {
  test(`DepthwiseConv2D writes the gradient that it adds to zeros: ${strides}, ${dilation_rate}, ${depth_multiplier}`, () => {
    const config = { kernel_size: 3, padding: "same", strides, dilation_rate, depth_multiplier };
    const host = new LayerHost("DepthwiseConv2D", config, [13, 12, 6]);
    host.set(noise32(9 * 6 * depth_multiplier, 1), noise32(6 * depth_multiplier, 2));
    const [x, dy] = [noise32(2 * host.inputSize, 3), noise32(2 * host.outputSize, 4)];
    const added = host.inputGradient(x, dy, new Float32Array(x.length));
    const written = host.writeInputGradient(dy, new Float32Array(x.length).fill(Number.NaN));
    expect(firstDifferent(written, added)).toBe(-1);
    expect(added.some((value) => value !== 0)).toBe(true);
  });
}
