/** SqueezeNet's gradients to all the photographs of ../shared/data, beside tfjs on the cpu: some 15 seconds each. */
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadImages, loadNetwork } from "../../src/node/index.ts";
import { compare, expectExplained } from "../support/decisions.ts";
import { sharedData } from "../support/shared-data.ts";
import { modelFromFolder } from "../support/tfjs.ts";

const { folder, isThere, note } = sharedData("squeezenet", "model.json");

describe.skipIf(!isThere)(`squeezenet${note}`, () => {
  test("the gradient to every photograph is that of tfjs, but for what units within rounding of their kink reach", async () => {
    const network = await loadNetwork(folder);
    const { rows, count } = await loadImages(join(dirname(folder), "images"));
    for (let i = 0; i < count; i++) {
      const row = rows.subarray(i * network.inputSize, (i + 1) * network.inputSize);
      const compared = compare(network, await modelFromFolder(folder), row, 9);
      expectExplained(compared);
      // One unit in a hundred thousand at most, of 2.6 million.
      expect(compared.open.length).toBeLessThan(26);
    }
    expect(count).toBe(13);
  });
});
