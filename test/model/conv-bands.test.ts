/** Images too large for the cache, which a convolution passes band by band: rows of output at a time. */
import { expect, test } from "vitest";
import "../../src/index.ts";
import { firstBeyond, firstDifferent } from "../support/bounds.ts";
import { judgeForward } from "../support/network-bounds.ts";
import { rowOf, stepsOf } from "../support/network-steps.ts";
import { conv, networkOf, part } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";

/** 41 x 43 x 64 numbers of output are 451 KB, more than a group of images may take. */
const [H, W, C, N] = [41, 43, 2, 64];

for (const [title, config, image] of [
  ["pointwise", { kernel_size: [1, 1] }, [H, W]],
  ["same", { kernel_size: [3, 3], padding: "same" }, [H, W]],
  ["with strides, its border on one side", { kernel_size: [2, 2], strides: [2, 1], padding: "same" }, [2 * H - 1, W]],
  ["dilated, without a border", { kernel_size: [2, 2], dilation_rate: [3, 2] }, [H + 3, W + 2]],
] as const) {
  test(`a convolution of large images is within the bound of f64, alone and in a batch: ${title}`, () => {
    const kernel = [...config.kernel_size, C, N];
    const layer = conv("Conv2D", { name: "c", filters: N, ...config }, { kernel, bias: [N] });
    const network = networkOf([...image, C], [layer, part("GlobalAveragePooling2D", { name: "mean" })]);
    const size = H * W * N;
    expect(network.layers[0]?.outputShape).toEqual([H, W, N]);
    const rows = noise32(2 * network.inputSize, 1);
    const together = network.activations(rows, 0);
    const own = stepsOf(network).steps.slice(0, 1);
    for (let r = 0; r < 2; r++) {
      const row = rowOf(rows, r, network.inputSize);
      const judged = judgeForward(own, row).at(-1);
      expect(firstBeyond(rowOf(together, r, size), judged?.value ?? [], judged?.bound ?? [])).toBe(-1);
      expect(firstDifferent(rowOf(together, r, size), network.activations(row, 0))).toBe(-1);
    }
  });
}
