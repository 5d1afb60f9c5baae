import "../../../src/wasm/inline.ts";
import { describe, expect, test } from "vitest";
import { WRITTEN_FUNCTIONS } from "../../../src/formats/onnx/export/functions.ts";
import { networkToOnnx } from "../../../src/formats/onnx/export/network.ts";
import { exampleOf } from "../../../src/goldens/layer-examples.ts";
import type { Network } from "../../../src/model/index.ts";
import { ELEMENTWISE, LAYERS, MERGES } from "../../../src/model/layers/index.ts";
import { forwardError } from "../../support/forward-error.ts";
import { conv, dense, networkOf, part } from "../../support/networks.ts";
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

describe("and of recurrent layers whose functions ONNX's own do not have", () => {
  const SHAPE = [5, 3];
  const gates = { SimpleRNN: 1, GRU: 3, LSTM: 4 };
  const functions = { activation: "relu6", recurrent_activation: "hard_sigmoid_sixth", units: 2 };
  const weights = (count: number, isApart = false) => ({
    kernel: [3, 2 * count],
    recurrent_kernel: [2, 2 * count],
    bias: isApart ? [2, 2 * count] : [2 * count],
  });
  const flat = part("Flatten", { name: "flat" });
  for (const [className, count] of Object.entries(gates)) {
    for (const way of [{}, { go_backwards: true, return_sequences: true }, { return_sequences: true }]) {
      test(`${className} ${JSON.stringify(way)}`, async () => {
        const layer = conv(className, { name: "it", ...functions, ...way }, weights(count));
        await expectSame(networkOf(SHAPE, [layer, flat], 0.5));
      });
    }
  }
  test("GRU that is reset after the product", async () => {
    const layer = conv("GRU", { name: "it", ...functions, reset_after: true }, weights(3, true));
    await expectSame(networkOf(SHAPE, [layer, flat], 0.5));
  });
  for (const go_backwards of [false, true]) {
    for (const activation of ["tanh", "relu6"]) {
      test(`both ways, the first ${go_backwards ? "backwards" : "forwards"}, ${activation}`, async () => {
        const inner = {
          class_name: "LSTM",
          config: { name: "in", ...functions, activation, go_backwards, return_sequences: true },
        };
        const own = Object.fromEntries(
          ["forward_in", "backward_in"].flatMap((name) =>
            Object.entries(weights(4)).map(([weight, shape]) => [`${name}/${weight}`, shape]),
          ),
        );
        await expectSame(networkOf(SHAPE, [conv("Bidirectional", { name: "it", layer: inner }, own), flat], 0.5));
      });
    }
  }
  test("for each step of a sequence of sequences", async () => {
    const inner = { class_name: "GRU", config: { name: "in", ...functions, recurrent_activation: "sigmoid" } };
    await expectSame(
      networkOf([2, ...SHAPE], [conv("TimeDistributed", { name: "it", layer: inner }, weights(3)), flat], 0.5),
    );
  });
});

describe("and of every activation", () => {
  for (const name of Object.keys(ELEMENTWISE)) {
    test(name, () => expectSame(networkOf([9], [dense("a", 9, 7, name), dense("b", 7, 5, "linear")])));
  }
  test("there is a way to write each", () => {
    expect(Object.values(ELEMENTWISE).filter(({ name }) => !WRITTEN_FUNCTIONS.includes(name))).toEqual([]);
  });
});
