import "../../../src/wasm/inline.ts";
import { describe, expect, test } from "vitest";
import { WRITTEN_FUNCTIONS } from "../../../src/formats/onnx/export/functions.ts";
import { networkToOnnx } from "../../../src/formats/onnx/export/network.ts";
import { exampleOf } from "../../../src/goldens/layer-examples.ts";
import type { Network } from "../../../src/model/index.ts";
import { ELEMENTWISE, LAYERS, MERGES } from "../../../src/model/layers/index.ts";
import { forwardError } from "../../support/forward-error.ts";
import { dense, networkOf } from "../../support/networks.ts";
import { noise32 } from "../../support/noise.ts";
import { runOnnx } from "../../support/onnxruntime.ts";

const COUNT = 3;

/** What onnxruntime answers on the file of a network is within rounding of what the network answers. */
async function expectSame(network: Network): Promise<void> {
  const rows = noise32(COUNT * network.inputSize, 5);
  const found = await runOnnx(networkToOnnx(network), rows, [COUNT, ...network.inputShape]);
  const expected = network.predict(rows);
  expect(found.length).toBe(expected.length);
  const bound = forwardError(network, rows);
  const apart = Math.max(...expected.map((value, i) => Math.abs(value - (found[i] as number))));
  expect(apart).toBeLessThanOrEqual(bound);
}

describe("onnxruntime runs the file of every layer", () => {
  const names = [...Object.keys(LAYERS), ...Object.keys(MERGES)];
  test("there are examples of all", () => {
    expect(names.filter((name) => exampleOf(name) === undefined)).toEqual([]);
  });
  for (const name of names) {
    const network = exampleOf(name) as Network;
    test(name, () => expectSame(network));
  }
});

describe("and of every activation", () => {
  for (const name of Object.keys(ELEMENTWISE)) {
    test(name, () => expectSame(networkOf([9], [dense("a", 9, 7, name), dense("b", 7, 5, "linear")])));
  }
  test("there is a way to write each", () => {
    expect(Object.values(ELEMENTWISE).filter(({ name }) => !WRITTEN_FUNCTIONS.includes(name))).toEqual([]);
  });
});
