/** A network that takes up behind a layer of its model: where the model's own inputs are tokens. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { Network } from "../../src/model/index.ts";
import { messageOf } from "../message-of.ts";
import { firstDifferent } from "../support/bounds.ts";
import { artifactsOf, conv, dense, type Part, part } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";

const words = (config: object = {}): Part =>
  conv("Embedding", { name: "words", input_dim: 10, output_dim: 3, ...config }, { embeddings: [10, 3] });
const BEHIND = [part("Flatten", { name: "flat" }), dense("fc", 12, 2, "softmax")];
const artifacts = (config: object = {}) => artifactsOf([4], [words(config), ...BEHIND]);

test("behind an Embedding a network takes its vectors, with the model's weights", () => {
  const network = Network.fromArtifacts(artifacts(), { inputs: "words" });
  expect(network.inputShape).toEqual([4, 3]);
  expect(network.layers.map(({ name }) => name)).toEqual(["flat", "fc"]);
  const weights = new Float32Array(artifacts().weightData);
  expect(firstDifferent(network.getParameters(), weights.subarray(30))).toBe(-1);
  const saved = Network.fromArtifacts(network.toArtifacts());
  const rows = noise32(24, 1);
  expect(firstDifferent(saved.predict(rows), network.predict(rows))).toBe(-1);
});

test("behind a layer that runs it is what `from` gives", () => {
  const model = artifactsOf([5], [dense("a", 5, 4, "tanh"), dense("b", 4, 3, "relu"), dense("c", 3, 2, "softmax")]);
  const [ours, theirs] = [Network.fromArtifacts(model, { inputs: "a" }), Network.fromArtifacts(model).from("a")];
  const rows = noise32(12, 2);
  expect(firstDifferent(ours.predict(rows), theirs.predict(rows))).toBe(-1);
  expect(ours.inputShape).toEqual([4]);
  const middle = Network.fromArtifacts(model, { inputs: "a", output: "b" });
  expect(middle.layers.map(({ name }) => name)).toEqual(["b"]);
});

describe("is refused", () => {
  const refusal = (inputs: string, config: object = {}) =>
    messageOf(() => Network.fromArtifacts(artifacts(config), { inputs }));

  test("where the layer is not there or the last, or leaves steps out", () => {
    expect(refusal("word")).toBe('inputs: expected a layer of small (words, flat, fc), got "word"');
    expect(refusal("fc")).toBe("inputs: expected a layer below the last, got fc");
    expect(refusal("words", { mask_zero: true })).toBe(
      "words mask_zero: expected false (no steps are left out here), got true",
    );
    expect(refusal("flat")).toMatch(
      /^words: expected a layer that runs here .*, got Embedding, whose inputs are whole numbers/,
    );
  });

  test("where a later layer goes around it", () => {
    const entry = (class_name: string, name: string, from: string[], config: object = {}) => ({
      ...{ class_name, name, config: { name, ...config } },
      inbound_nodes: from.length === 0 ? [] : [from.map((one) => [one, 0, 0, {}])],
    });
    const layers = [
      entry("InputLayer", "x", [], { batch_input_shape: [null, 3] }),
      entry("Activation", "a", ["x"], { activation: "relu" }),
      entry("Add", "sum", ["a", "x"]),
    ];
    const config = { name: "m", layers, input_layers: [["x", 0, 0]], output_layers: [["sum", 0, 0]] };
    const model = {
      modelTopology: { class_name: "Functional", config },
      weightSpecs: [],
      weightData: new ArrayBuffer(0),
    };
    expect(messageOf(() => Network.fromArtifacts(model, { inputs: "a" }))).toBe(
      "inputs: expected a layer that everything behind it goes through, got a, which sum goes around",
    );
  });
});

test("an input of whole numbers is refused as what it is, unless a layer that prepares images takes it", () => {
  const model = (dtype: string, first: Part) => {
    const layers = [
      { class_name: "InputLayer", config: { name: "x", batch_input_shape: [null, 4], dtype } },
      ...[first, dense("fc", 4, 2, "softmax")].map(({ class_name, config }) => ({ class_name, config })),
    ];
    const made = artifactsOf([4], [first, dense("fc", 4, 2, "softmax")]);
    return { ...made, modelTopology: { class_name: "Sequential", config: { name: "m", layers } } };
  };
  const rescaling = part("Rescaling", { name: "unit", scale: 1 / 255 });
  expect(Network.fromArtifacts(model("uint8", rescaling)).inputSize).toBe(4);
  expect(messageOf(() => Network.fromArtifacts(model("int32", part("Dropout", { name: "d", rate: 0 }))))).toBe(
    "model input: expected real numbers (the option inputs names a layer behind which they are), got int32",
  );
});
