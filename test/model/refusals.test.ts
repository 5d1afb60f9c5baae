/** What a network refuses, word for word. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { NotFiniteError } from "../../src/check.ts";
import { GradientSum, type ModelArtifacts, Network } from "../../src/model/index.ts";
import { messageOf } from "../message-of.ts";
import { firstDifferent } from "../support/bounds.ts";
import { KNOWN_ACTIVATIONS, KNOWN_LAYERS } from "../support/known.ts";
import { artifactsOf, dense, networkOf, type Part, part } from "../support/networks.ts";

const PARTS = [dense("fc1", 3, 4, "sigmoid"), dense("fc2", 4, 2, "softmax")];
const network = networkOf([3], PARTS);
const rows = new Float32Array(6);

function labelsFor(r: ArrayLike<number>): number[] {
  return new Array(Math.floor(r.length / 3)).fill(0);
}

/** What is said of a model with these layers. */
function topologyRefusal(parts: readonly Part[], inputShape: readonly number[] = [3]): string {
  return messageOf(() => networkOf(inputShape, parts));
}

/** What is said of the good model after a change to its artifacts. */
function refusal(change: (artifacts: ModelArtifacts) => Partial<ModelArtifacts>): string {
  const artifacts = artifactsOf([3], PARTS);
  return messageOf(() => Network.fromArtifacts({ ...artifacts, ...change(artifacts) }));
}

describe("rows and labels", () => {
  const calls = [
    ["predict", (r: Float32Array) => network.predict(r)],
    ["activations", (r: Float32Array) => network.activations(r, 0)],
    ["lossGradient", (r: Float32Array) => network.lossGradient(r, labelsFor(r))],
    ["parameterGradient", (r: Float32Array) => network.parameterGradient(r, labelsFor(r))],
  ] as const;
  for (const [name, call] of calls) {
    test(`${name}: an empty batch, a ragged one, numbers of another kind, a pixel that is not finite`, () => {
      expect(messageOf(() => call(new Float32Array(0)))).toBe("rows: expected at least one row of 3 values, got none");
      expect(messageOf(() => call(new Float32Array(7)))).toBe("rows: expected rows of 3 values, got 7 values");
      const doubles = new Float64Array(3) as unknown as Float32Array;
      expect(messageOf(() => call(doubles))).toBe("rows: expected a Float32Array, got Float64Array[3]");
      // Beyond the first batch and the first chunk, the position is still that in the whole.
      const many = new Float32Array(3 * 1200);
      for (const [at, value] of [
        [3 * 1100 + 1, Number.NaN],
        [3 * 140, Number.POSITIVE_INFINITY],
        [2, Number.NEGATIVE_INFINITY],
      ] as const) {
        many[at] = value;
        expect(messageOf(() => call(many))).toBe(`rows[${at}]: expected a finite number, got ${value}`);
      }
    });
  }

  test("labels: another kind, a wrong count, out of range, not whole", () => {
    for (const call of [
      (labels: unknown) => network.lossGradient(rows, labels as number[]),
      (labels: unknown) => network.parameterGradient(rows, labels as number[]),
    ]) {
      expect(messageOf(() => call(1))).toBe("labels: expected an array of whole numbers, got 1");
      expect(messageOf(() => call([0]))).toBe("labels: expected 2 labels, one a row, got 1");
      expect(messageOf(() => call([0, 2]))).toBe("labels[1]: expected a label in [0, 1], got 2");
      expect(messageOf(() => call([-1, 0]))).toBe("labels[0]: expected a label in [0, 1], got -1");
      expect(messageOf(() => call([0.5, 0]))).toBe("labels[0]: expected a label in [0, 1], got 0.5");
      expect(messageOf(() => call([Number.NaN, 0]))).toBe("labels[0]: expected a label in [0, 1], got NaN");
    }
  });

  test("lossGradient into a record for another number of rows", () => {
    const one = network.lossGradient(rows.subarray(0, 3), [0]);
    expect(messageOf(() => network.lossGradient(rows, [0, 1], one))).toBe("into.loss: expected 2 values, got 1");
  });

  test("a layer that is not there, by name and by position", () => {
    expect(messageOf(() => network.activations(rows, "fc3"))).toBe('layer: expected one of fc1, fc2, got "fc3"');
    expect(messageOf(() => network.activations(rows, 2))).toBe("layer: expected a whole number in [0, 1], got 2");
    expect(messageOf(() => network.activations(rows, -1))).toBe("layer: expected a whole number in [0, 1], got -1");
  });

  test("weights so large that a row overflows: the row is named, no NaN comes out", () => {
    const huge = networkOf([3], [dense("fc1", 3, 4, "linear"), dense("fc2", 4, 2, "softmax")]);
    huge.setParameters(new Float32Array(huge.parameterCount).fill(3e38));
    const two = Float32Array.of(0, 0, 0, 9, 9, 9);
    expect(messageOf(() => huge.activations(two, 0))).toBe("output of row 1: expected finite numbers, got Infinity");
    expect(messageOf(() => huge.predict(two))).toMatch(/^output of row 0: expected finite numbers, got NaN$/);
    expect(messageOf(() => huge.lossGradient(two, [0, 1]))).toMatch(/^loss of row 0: expected finite numbers, got /);
    // Loss and logits finite, the gradient not: 1e25 * 1e25.
    const steep = networkOf([3], [dense("fc1", 3, 4, "linear", false), dense("fc2", 4, 2, "softmax", false)]);
    const weights = new Float32Array(steep.parameterCount).fill(1e25);
    for (let i = 13; i < weights.length; i += 2) weights[i] = -1e25;
    steep.setParameters(weights);
    const message = messageOf(() => steep.lossGradient(rows, [0, 1]));
    expect(message).toMatch(/^gradient of row 0: expected finite numbers, got -?Infinity$/);
  });

  const one = (weights: readonly number[], activation = "linear") => {
    const network = networkOf([1], [dense("fc1", 1, 1, activation, false), dense("fc2", 1, 2, "softmax", false)]);
    network.setParameters(Float32Array.from(weights));
    return network;
  };

  test("a refusal of a loss, a logit or a gradient leaves nothing that is not finite in the caller's record", () => {
    for (const [what, weights, row] of [
      ["loss", [1e20, -1e20, 1e20], 1], // label 0 at -Infinity
      ["logits", [1e20, 0, -1e20], 1], // the other label there: a loss of 0, a gradient of 0
      ["gradient", [1e25, 1e25, -1e25], 0], // both logits 0
    ] as const) {
      const into = { loss: new Float32Array(1), gradient: new Float32Array(1), logits: new Float32Array(2) };
      const message = messageOf(() => one([...weights]).lossGradient(Float32Array.of(row), [0], into));
      expect(message).toMatch(new RegExp(`^${what} of row 0: expected finite numbers, got (NaN|-?Infinity)$`));
      expect([into.loss, into.gradient, into.logits].every((values) => values.every(Number.isFinite))).toBe(true);
    }
  });

  test("a pass of training refuses by the row what it hands back, and leaves nothing that is not finite", () => {
    // The second row's loss is finite, its slope 1e18 times too steep for f32; the first is held at 0 by the ReLU.
    const rows = Float32Array.of(-1, 1e-25);
    const steep = one([1e25, 1e25, -1e25], "relu");
    const sum = new GradientSum(steep.workspace, steep.parameters);
    const gradient = new Float32Array(2);
    const layers = [{ layer: "fc1", values: new Float32Array(2), gradient: new Float32Array(2) }];
    const message = messageOf(() => steep.addGradient(rows, [1, 1], sum, { gradient, layers }));
    expect(message).toMatch(/^gradient of row 1: expected finite numbers, got -?Infinity$/);
    expect(() => steep.addGradient(rows, [1, 1], sum, { gradient })).toThrow(NotFiniteError);
    for (const values of [gradient, layers[0]?.values, layers[0]?.gradient]) {
      expect(values?.every(Number.isFinite)).toBe(true);
    }
    // Nobody asks for it: a pass as any other.
    expect(steep.addGradient(rows, [1, 1], sum, { layers }).loss).toBeGreaterThan(1);

    // The slope at a layer in the middle.
    const middle = networkOf(
      [1],
      [dense("a", 1, 1, "linear", false), dense("b", 1, 1, "linear", false), dense("c", 1, 2, "softmax", false)],
    );
    middle.setParameters(Float32Array.of(0, 1e25, 1e25, -1e25));
    const at = [{ layer: "a", values: new Float32Array(1), gradient: new Float32Array(1) }];
    const other = new GradientSum(middle.workspace, middle.parameters);
    expect(messageOf(() => middle.addGradient(Float32Array.of(1), [0], other, { layers: at }))).toMatch(
      /^gradient of a of row 0: expected finite numbers, got -?Infinity$/,
    );
    expect(at[0]?.gradient[0]).toBe(0);
  });
});

describe("weights", () => {
  test("a number that is not finite, in a model or set later, also one too large for f32; nothing is changed", () => {
    const spoil = (at: number, value: number) =>
      refusal(({ weightData }) => {
        const copy = weightData.slice(0);
        new Float32Array(copy)[at] = value;
        return { weightData: copy };
      });
    expect(spoil(0, Number.NaN)).toBe("fc1/kernel[0]: expected a finite f32, got NaN");
    expect(spoil(13, Number.POSITIVE_INFINITY)).toBe("fc1/bias[1]: expected a finite f32, got Infinity");

    const kept = network.getParameters();
    const values = new Float64Array(network.parameterCount).fill(1);
    values[network.parameterCount - 1] = 1e39;
    expect(messageOf(() => network.setParameters(values))).toBe("fc2/bias[1]: expected a finite f32, got 1e+39");
    expect(firstDifferent(network.getParameters(), kept)).toBe(-1);
    expect(messageOf(() => network.setParameters(values.subarray(1)))).toBe("parameters: expected 26 values, got 25");
    expect(messageOf(() => network.setParameters([1] as unknown as Float32Array))).toBe(
      "parameters: expected a Float32Array or a Float64Array, got array of 1",
    );
  });

  test("weights that are missing, misshapen, too many, twice, of another type", () => {
    expect(
      refusal(({ weightSpecs, weightData }) => ({
        weightSpecs: weightSpecs.slice(0, 3),
        weightData: weightData.slice(0, 96),
      })),
    ).toBe("weights: expected fc2/bias, got no weight of that name");
    const respec = (name: string, spec: object) =>
      refusal(({ weightSpecs }) => ({
        weightSpecs: weightSpecs.map((s) => (s.name === name ? { ...s, ...spec } : s)),
      }));
    expect(respec("fc1/kernel", { shape: [4, 3] })).toBe("weight fc1/kernel: expected shape [3, 4], got [4, 3]");
    expect(respec("fc1/kernel", { dtype: "float16" })).toBe("weight fc1/kernel: expected dtype float32, got float16");
    expect(respec("fc1/bias", { name: "fc9/bias" })).toBe(
      "weights: expected only weights of the model's layers, got fc9/bias",
    );
    const extra = { name: "fc3/bias", shape: [1], dtype: "float32" };
    expect(
      refusal(({ weightSpecs }) => ({ weightSpecs: [...weightSpecs, extra], weightData: new ArrayBuffer(108) })),
    ).toBe("weights: expected only weights of the model's layers, got fc3/bias");
    const twice = { name: "fc2/bias", shape: [2], dtype: "float32" };
    expect(
      refusal(({ weightSpecs }) => ({ weightSpecs: [...weightSpecs, twice], weightData: new ArrayBuffer(112) })),
    ).toBe("weight fc2/bias: expected one weight of each name, got two");
  });

  test("weight data that is short, long, or no buffer", () => {
    expect(refusal(({ weightData }) => ({ weightData: weightData.slice(0, 100) }))).toBe(
      "weight fc2/bias: expected 8 bytes at offset 96, got 4 left",
    );
    expect(refusal(() => ({ weightData: new ArrayBuffer(108) }))).toBe(
      "weightData: expected 104 bytes, as its specs say, got 108",
    );
    expect(refusal(({ weightData }) => ({ weightData: [weightData] as unknown as ArrayBuffer }))).toBe(
      "weightData: expected an ArrayBuffer, got array of 1",
    );
  });
});

describe("topologies", () => {
  test("a layer that does not run here is named with its class, also one that every object inherits", () => {
    const known = KNOWN_LAYERS;
    expect(topologyRefusal([part("Lambda", { name: "own_1" })])).toBe(`own_1: expected ${known}, got Lambda`);
    expect(topologyRefusal([...PARTS, part("Attention", {})])).toBe(`attention_2: expected ${known}, got Attention`);
    expect(topologyRefusal([part("toString", { name: "odd" })])).toBe(`odd: expected ${known}, got toString`);
  });

  test("windows that do not fit, channels first, sides that are too many, inputs of another rank", () => {
    const refused = (class_name: string, config: object, shape = [5, 4, 3]) =>
      topologyRefusal(
        [part(class_name, { name: "win", filters: 2, kernel_size: [3, 3], pool_size: [2, 2], ...config })],
        shape,
      );
    expect(refused("Conv2D", { kernel_size: [6, 2] })).toBe("win: expected an input of at least 6 rows, got 5");
    expect(refused("Conv2D", { dilation_rate: [1, 2] })).toBe("win: expected an input of at least 5 columns, got 4");
    expect(refused("MaxPooling2D", { pool_size: 5 })).toBe("win: expected an input of at least 5 columns, got 4");
    expect(refused("Conv1D", { kernel_size: [9] }, [8, 2])).toBe("win: expected an input of at least 9 columns, got 8");
    expect(refused("Conv2D", { strides: [1, 1, 1] })).toBe("win strides: expected 2 numbers, got 3");
    expect(refused("Conv1D", { kernel_size: [3, 3] }, [8, 2])).toBe("win kernel_size: expected one number, got 2");
    expect(refused("Conv2D", { activation: "maxout" })).toMatch(/^win activation: expected one of .*, got "maxout"$/);
    for (const class_name of [
      "Conv2D",
      "DepthwiseConv2D",
      "SeparableConv2D",
      "AveragePooling2D",
      "GlobalMaxPooling2D",
    ]) {
      expect(refused(class_name, { data_format: "channelsFirst" })).toBe(
        'win data_format: expected "channels_last", got "channelsFirst"',
      );
      expect(refused(class_name, {}, [5, 4])).toBe(
        "win: expected an input of shape [height, width, channels], got [5, 4]",
      );
    }
    expect(refused("Conv2D", { padding: "causal" })).toMatch(/^\w+ \(Conv2D\): padding: expected .*, got "causal"$/);
    expect(refused("Conv2D", { filters: 0 })).toMatch(/^\w+ \(Conv2D\): filters: /);
  });

  test("an activation that does not run here is named with its layer", () => {
    const known = KNOWN_ACTIVATIONS;
    expect(topologyRefusal([dense("fc1", 3, 2, "maxout")])).toBe(`fc1 activation: expected ${known}, got "maxout"`);
    expect(topologyRefusal([part("Activation", { name: "bend", activation: "exponentiate" })])).toBe(
      `bend activation: expected ${known}, got "exponentiate"`,
    );
  });

  test("two layers of one name", () => {
    expect(topologyRefusal([dense("fc", 3, 3, "relu"), dense("fc", 3, 3, "relu")])).toBe(
      'model small: expected layers of different names, got two named "fc"',
    );
  });

  test("an output of rank 2, an input of unknown extent, no input shape, no layers", () => {
    expect(topologyRefusal([dense("fc1", 3, 5, "relu")], [4, 3])).toBe(
      "network small: expected a vector of class scores as output, got shape [4, 5]",
    );
    expect(topologyRefusal([part("Flatten", { name: "flat" })], [4, null as unknown as number])).toBe(
      "model input shape: expected known extents beyond the batch, got null at axis 2",
    );
    const bare = (layers: object[], class_name = "Sequential") =>
      messageOf(() =>
        Network.fromArtifacts({
          modelTopology: { class_name, config: { name: "bare", layers } },
          weightSpecs: [],
          weightData: new ArrayBuffer(0),
        }),
      );
    expect(bare([{ class_name: "Flatten", config: { name: "flat" } }])).toBe(
      'model.json first layer: batch_input_shape: expected "batch_input_shape", got undefined',
    );
    expect(bare([])).toBe("model bare: expected at least one layer, got none");
    const input = { class_name: "InputLayer", config: { name: "in", batch_input_shape: [null, 3] } };
    expect(bare([input])).toBe("model bare: expected at least one layer, got none");
    expect(bare([input, { class_name: "Flatten", config: { name: "flat" } }, input])).toBe(
      "model bare: expected an InputLayer at the start only, got one at position 2",
    );
    expect(bare([input], "GraphModel")).toBe("model: expected a Sequential or a functional model, got GraphModel");
  });

  test("a configuration that lacks what its layer needs, or holds what it cannot be", () => {
    expect(topologyRefusal([part("Dense", { name: "fc1" })])).toBe(
      'fc1 (Dense): units: expected "units", got undefined',
    );
    expect(topologyRefusal([part("Reshape", { name: "grid", target_shape: [2, 2] })])).toBe(
      "grid target_shape: expected a shape of 3 elements, got [2, 2]",
    );
    expect(topologyRefusal([part("Reshape", { name: "grid", target_shape: [null, 2] })])).toBe(
      "grid target_shape: expected a shape of 3 elements, got [-1, 2]",
    );
    expect(topologyRefusal([part("Dropout", { name: "drop", rate: 1.5 })])).toBe(
      "drop (Dropout): rate: expected <=1, got 1.5",
    );
    expect(topologyRefusal([part("Flatten", { name: "flat", data_format: "channels_first" })])).toBe(
      'flat data_format: expected "channels_last", got "channels_first"',
    );
  });
});
