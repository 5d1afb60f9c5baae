/** Recurrent layers against f64 on a tape and TensorFlow.js: every output, gradients through time to rows and weights. */
import * as layers from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { fit, Network } from "../../src/index.ts";
import { fromLayersModel, toLayersModel } from "../../src/tfjs/index.ts";
import { messageOf } from "../message-of.ts";
import { firstDifferent } from "../support/bounds.ts";
import { describeGraph, describeJudged } from "../support/graph-tests.ts";
import { fc } from "../support/graphs.ts";
import { asKeras3 } from "../support/keras3.ts";
import { beside } from "../support/layer-graphs.ts";
import { artifactsOf, conv, dense, networkOf, type Part, part } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";
import { besideInput } from "../support/parallel.ts";
import { tf } from "../support/tfjs.ts";

const l = layers.layers;
/** The default, an orthogonal matrix, needs more of tfjs than its core. */
const drawn = { recurrentInitializer: "glorotNormal" } as const;
const { lstm, gru, simpleRNN, timeDistributed, bidirectional } = l;
const sigmoids = { recurrentActivation: "sigmoid" } as const;

for (const graph of [
  beside("an LSTM of 5 units over 4 steps, its last state", [4, 3], () => [
    lstm({ name: "it", units: 5, ...drawn, ...sigmoids }),
  ]),
  beside("an LSTM that gives all states into one that goes backwards, hard sigmoids", [3, 4], () => [
    lstm({ name: "all", units: 4, returnSequences: true, ...drawn }),
    lstm({ name: "back", units: 3, goBackwards: true, returnSequences: true, ...drawn }),
  ]),
  beside("a GRU of 5 units over 4 steps, its last state", [4, 3], () => [
    gru({ name: "it", units: 5, ...drawn, ...sigmoids }),
  ]),
  beside("a GRU backwards, all states, without bias, of softsign", [3, 4], () => [
    gru({
      name: "it",
      units: 4,
      useBias: false,
      activation: "softsign",
      goBackwards: true,
      returnSequences: true,
      ...drawn,
    }),
  ]),
  beside("simple units: of tanh, all states, and linear ones without bias", [4, 3], () => [
    simpleRNN({ name: "all", units: 9, returnSequences: true, ...drawn }),
    simpleRNN({ name: "last", units: 4, activation: "linear", useBias: false, ...drawn }),
  ]),
  beside("both ways side by side: sequences of LSTMs, then last states of GRUs", [3, 3], () => [
    bidirectional({
      name: "ways",
      layer: lstm({ name: "inner", units: 3, returnSequences: true, ...drawn, ...sigmoids }) as never,
      mergeMode: "concat",
    }),
    bidirectional({ name: "ends", layer: gru({ name: "gated", units: 2, ...drawn }) as never, mergeMode: "concat" }),
  ]),
  beside("both ways added, then their mean", [3, 3], () => [
    bidirectional({
      name: "added",
      layer: simpleRNN({ name: "inner", units: 3, returnSequences: true, ...drawn }) as never,
      mergeMode: "sum",
    }),
    bidirectional({ name: "mean", layer: simpleRNN({ name: "other", units: 3, ...drawn }) as never, mergeMode: "ave" }),
  ]),
  beside("both ways multiplied, backwards first", [3, 3], () => [
    bidirectional({
      name: "product",
      layer: lstm({
        name: "inner",
        units: 3,
        returnSequences: true,
        goBackwards: true,
        ...drawn,
        ...sigmoids,
      }) as never,
      mergeMode: "mul",
    }),
  ]),
  beside("a dense layer, then a function for each step", [4, 3], () => [
    timeDistributed({ name: "each", layer: l.dense({ name: "inner", units: 5, activation: "tanh" }) }),
    timeDistributed({ name: "bent", layer: l.activation({ name: "function", activation: "swish" as "relu" }) }),
    fc("a", 2),
  ]),
  beside("a convolution and a flattening for each of three images", [3, 4, 3, 2], () => [
    timeDistributed({
      name: "each",
      layer: l.conv2d({ name: "inner", filters: 2, kernelSize: 2, padding: "same", activation: "tanh" }),
    }),
    timeDistributed({ name: "flattened", layer: l.flatten({ name: "inner_flat" }) }),
  ]),
]) {
  describeGraph(graph);
}

const of = (className: string, units: number, features: number, config: object = {}): Part => {
  const gates = { SimpleRNN: 1, GRU: 3, LSTM: 4 }[className] as number;
  const isAfter = "reset_after" in config && config.reset_after === true;
  const isBiased = !("use_bias" in config);
  return conv(
    className,
    { name: "it", units, activation: "tanh", recurrent_activation: "sigmoid", ...config },
    {
      kernel: [features, gates * units],
      recurrent_kernel: [units, gates * units],
      ...(isBiased && { bias: isAfter ? [2, gates * units] : [gates * units] }),
    },
  );
};

describeJudged(
  "a GRU that is reset after the product, all states",
  besideInput([4, 3], [of("GRU", 5, 3, { reset_after: true, return_sequences: true })], 20),
);
describeJudged(
  "a GRU that is reset after the product, backwards, without bias, of swish and softplus",
  besideInput(
    [4, 3],
    [
      of("GRU", 4, 3, {
        reset_after: true,
        use_bias: false,
        go_backwards: true,
        activation: "swish",
        recurrent_activation: "softplus",
      }),
    ],
    4,
  ),
);
describeJudged(
  "an LSTM of softsign and softplus, all states",
  besideInput(
    [3, 3],
    [of("LSTM", 4, 3, { return_sequences: true, activation: "softsign", recurrent_activation: "softplus" })],
    12,
  ),
);
describeJudged(
  "one step of each",
  besideInput(
    [1, 3],
    [
      of("LSTM", 4, 3, { name: "a", return_sequences: true }),
      of("GRU", 4, 4, { name: "b", return_sequences: true, reset_after: true }),
      of("GRU", 4, 4, { name: "c", return_sequences: true }),
      of("SimpleRNN", 4, 4, { name: "d" }),
    ],
    4,
  ),
);

/** The weights of a wrapped layer under the names of a Bidirectional one. */
function bothWays(layer: Part, config: object): Part {
  const weights = ["forward", "backward"].flatMap((way) =>
    layer.weights.map((weight) => ({ ...weight, name: weight.name.replace("it/", `ways/${way}_it/`) })),
  );
  const { class_name } = layer;
  return {
    class_name: "Bidirectional",
    config: { name: "ways", layer: { class_name, config: layer.config }, ...config },
    weights,
  };
}
const gruOf = (config: object = {}) => of("GRU", 3, 3, { reset_after: true, return_sequences: true, ...config });
describeJudged(
  "both ways by GRUs that are reset after the product",
  besideInput([3, 3], [bothWays(gruOf(), { merge_mode: "ave" })], 9),
);
describeJudged(
  "both ways, the way back by another function",
  besideInput(
    [3, 3],
    [
      bothWays(gruOf(), {
        merge_mode: "concat",
        backward_layer: {
          class_name: "GRU",
          config: { ...gruOf({ activation: "softsign", go_backwards: true }).config, name: "backward_it" },
        },
      }),
    ],
    18,
  ),
);

describe("as files have them", () => {
  test("weights with their cells in between, as TensorFlow has written since 2.2, and under the names of Keras 3", () => {
    const parts = [bothWays(of("LSTM", 2, 3), { merge_mode: "concat" }), dense("logits", 4, 2, "softmax")];
    const artifacts = artifactsOf([5, 3], parts);
    const plain = Network.fromArtifacts(artifacts);
    const renamed = (name: (from: string) => string) => {
      const weightSpecs = artifacts.weightSpecs.map((spec) => ({ ...spec, name: name(spec.name) }));
      return Network.fromArtifacts({ ...artifacts, weightSpecs }).getParameters();
    };
    const cells = (name: string) => name.replace(/ward_it\//, "ward_it/lstm_cell/");
    expect(firstDifferent(renamed(cells), plain.getParameters())).toBe(-1);
    expect(
      firstDifferent(
        renamed((name) => `sequential/${cells(name)}`),
        plain.getParameters(),
      ),
    ).toBe(-1);
    expect(firstDifferent(Network.fromArtifacts(asKeras3(artifacts)).getParameters(), plain.getParameters())).toBe(-1);
  });

  test("Keras 3 names both ways and writes both, functions as objects too", () => {
    const inner = of("LSTM", 2, 3).config;
    const written = (name: string, go_backwards: boolean) => ({
      ...{ module: "keras.layers", class_name: "LSTM", registered_name: null },
      config: { ...inner, name, go_backwards, recurrent_activation: { class_name: "function", config: "sigmoid" } },
    });
    const twins = bothWays(of("LSTM", 2, 3), {
      layer: written("forward_it", false),
      backward_layer: written("backward_it", true),
    });
    const [a, b] = [twins, bothWays(of("LSTM", 2, 3), {})].map((one) => networkOf([5, 3], [one]));
    const rows = noise32(30, 4);
    expect(firstDifferent(a?.predict(rows) ?? [], b?.predict(rows) ?? [])).toBe(-1);
    expect(a?.toArtifacts()).toEqual(b?.toArtifacts());
  });
});

describe("is refused", () => {
  const refusal = (one: Part, shape = [4, 3]) => messageOf(() => networkOf(shape, [one]));

  test("what gives or keeps its states, runs over the batch, or has no functions", () => {
    for (const flag of ["return_state", "stateful", "time_major"]) {
      expect(refusal(of("LSTM", 2, 3, { [flag]: true }))).toBe(`it ${flag}: expected false, got true`);
    }
    expect(refusal(of("GRU", 2, 3, { recurrent_activation: undefined }))).toBe(
      "it recurrent_activation: expected a name (Keras and tfjs take other ones where there is none), got none",
    );
    expect(refusal(of("LSTM", 2, 3, { activation: "softmax" }))).toBe(
      'it activation: expected a function of each number, got "softmax"',
    );
    expect(refusal(of("LSTM", 2, 3), [3])).toBe("it: expected an input of shape [steps, features], got [3]");
  });

  test("both ways of no recurrent layer, with two outputs, or of different widths", () => {
    const wrapped = (config: object) => refusal(bothWays(of("LSTM", 2, 3), config));
    expect(wrapped({ merge_mode: null })).toBe(
      "ways merge_mode: expected concat, sum, mul, ave, got null, which gives two outputs",
    );
    expect(wrapped({ layer: { class_name: "Dense", config: { name: "d" } } })).toBe(
      'ways layer: expected SimpleRNN, LSTM, GRU, got "Dense"',
    );
    expect(wrapped({ backward_layer: { class_name: "LSTM", config: { name: "d", units: 3 } } })).toBe(
      "ways backward_layer: expected as many units as layer, 2, got 3",
    );
  });

  test("a layer for each step that does not run, or without steps", () => {
    const each = (className: string, shape: number[]) =>
      refusal(
        part("TimeDistributed", { name: "each", layer: { class_name: className, config: { name: "d" } } }),
        shape,
      );
    expect(each("Lambda", [4, 3])).toBe("each layer: expected a layer that runs here, got Lambda");
    expect(each("Flatten", [3])).toBe("each: expected an input of shape [steps, ...], got [3]");
  });

  test("by tfjs: what it has no word for", async () => {
    const network = networkOf([4, 3], [of("GRU", 2, 3, { reset_after: true })]);
    await expect(toLayersModel(network)).rejects.toThrow(
      "it (GRU): expected a layer that tfjs runs, without reset_after, got one with it",
    );
  });

  test("in training by minibatches, where it drops inputs or states", async () => {
    const network = networkOf([4, 3], [of("LSTM", 2, 3, { recurrent_dropout: 0.5 })]);
    await expect(
      fit(network, { rows: noise32(24, 1), labels: [0, 1] }, { optimizer: "sgd", epochs: 1 }),
    ).rejects.toThrow("it in training: expected Dropout or a layer without noise, got LSTM");
  });
});

test("masks of a Dropout for each step are drawn step by step, and differ", () => {
  const parts = [
    part("TimeDistributed", { name: "each", layer: { class_name: "Dropout", config: { name: "d", rate: 0.5 } } }),
    part("Flatten", { name: "flat" }),
    dense("logits", 40, 2, "softmax"),
  ];
  const network = networkOf([4, 10], parts);
  const [values, gradient] = [new Float32Array(80), new Float32Array(80)];
  const rows = new Float32Array(80).fill(1);
  network.addGradient(rows, [0, 1], { add: () => {} } as never, {
    noise: { seed: 1, draw: 0 },
    layers: [{ layer: "each", values, gradient }],
  });
  expect([...new Set(values)].toSorted()).toEqual([0, 2]);
  const steps = Array.from({ length: 8 }, (_, i) => values.slice(10 * i, 10 * i + 10).join());
  expect(new Set(steps).size).toBe(8);
});

test("steps of Adam through an LSTM and a GRU go where those of tfjs go", async () => {
  const model = layers.sequential({
    layers: [
      lstm({ name: "a", units: 6, returnSequences: true, inputShape: [4, 2], ...drawn, ...sigmoids }),
      gru({ name: "b", units: 5, ...drawn, ...sigmoids }),
      l.dense({ name: "c", units: 2, activation: "softmax" }),
    ],
  });
  const network = await fromLayersModel(model);
  network.setParameters(noise32(network.parameterCount, 3, 0.6));
  const start = network.getParameters();
  const theirs = await toLayersModel(network);
  // Whether the first step has the larger number of the two first and last ones.
  const [rows, count] = [noise32(16 * 8, 4), 16];
  const labels = Array.from({ length: count }, (_, r) => Number((rows[8 * r] as number) > (rows[8 * r + 6] as number)));
  const [rate, epochs] = [0.05, 15];
  const before = network.score(rows, labels).loss;
  await fit(network, { rows, labels }, { optimizer: { name: "adam", epsilon: 1e-7 }, rate, epochs, batch: count });
  theirs.compile({ optimizer: tf.train.adam(rate, 0.9, 0.999, 1e-7), loss: "categoricalCrossentropy" });
  const y = tf.oneHot(tf.tensor1d(labels, "int32"), 2);
  await theirs.fit(tf.tensor(rows, [count, 4, 2]), y, { epochs, batchSize: count, shuffle: false, verbose: 0 });
  const after = (await fromLayersModel(theirs)).getParameters();
  const distance = (a: Float32Array, b: Float32Array) => Math.hypot(...a.map((v, i) => v - (b[i] as number)));
  // Steps of equal length in every direction turn roundings of slopes near zero into parts of a step.
  expect(distance(network.getParameters(), after)).toBeLessThan(0.01 * distance(after, start));
  expect(network.score(rows, labels).loss).toBeLessThan(before / 2);
});
