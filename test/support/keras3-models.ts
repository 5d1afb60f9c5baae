/** A model of each kind in the form of Keras 3: a chain, a graph with models in it, sequences, images, what a model carries itself. */
import { networkOf } from "../../src/formats/index.ts";
import type { ModelArtifacts } from "../../src/model/index.ts";
import { asKeras3 } from "./keras3.ts";
import { artifactsOf, conv, dense, part } from "./networks.ts";
import { besideInput } from "./parallel.ts";

const lstm = { units: 3, activation: "tanh", recurrent_activation: "sigmoid", return_sequences: true };
const ways = ["forward_inner", "backward_inner"].flatMap((way) => [
  [`${way}/kernel`, [2, 12]] as const,
  [`${way}/recurrent_kernel`, [3, 12]] as const,
  [`${way}/bias`, [12]] as const,
]);

/** A functional model that calls a Sequential one and a functional one. */
function nested(): ModelArtifacts {
  const entry = (class_name: string, name: string, from: [string, number][], config: object) => ({
    ...{ class_name, name, config: { name, ...config } },
    inbound_nodes: from.length === 0 ? [] : [from.map(([layer, call]) => [layer, call, 0, {}])],
  });
  const input = (name: string) => entry("InputLayer", name, [], { batch_input_shape: [null, 3] });
  const fc = (name: string) => ({ units: 3, activation: "tanh", name });
  const inner = {
    layers: [input("in"), entry("Dense", "d1", [["in", 0]], fc("d1"))],
    ...{ input_layers: [["in", 0, 0]], output_layers: [["d1", 0, 0]] },
  };
  const chain = { layers: [{ class_name: "Dense", config: { ...fc("d2"), batch_input_shape: [null, 3] } }] };
  const layers = [
    input("x"),
    entry("Functional", "inner", [["x", 0]], inner),
    entry("Sequential", "chain", [["inner", 1]], chain),
    entry("Add", "sum", [["chain", 1], ["x", 0]], {}), // biome-ignore format: pairs
  ];
  const weights = [...dense("d1", 3, 3, "tanh").weights, ...dense("d2", 3, 3, "tanh").weights];
  const config = { name: "graph", layers, input_layers: [["x", 0, 0]], output_layers: [["sum", 0, 0]] };
  return {
    modelTopology: { class_name: "Functional", config },
    weightSpecs: weights,
    weightData: new Float32Array(24).fill(0.5).buffer,
  };
}

export const KERAS3_MODELS: readonly ModelArtifacts[] = [
  artifactsOf([4], [dense("a", 4, 5, "relu"), dense("b", 5, 3, "softmax")]),
  nested(),
  artifactsOf(
    [4, 2],
    [
      conv(
        "Bidirectional",
        { name: "both", layer: { class_name: "LSTM", config: { name: "inner", ...lstm } } },
        Object.fromEntries(ways),
      ),
      conv(
        "TimeDistributed",
        { name: "each", layer: { class_name: "Dense", config: { name: "fc", units: 2 } } },
        { kernel: [6, 2], bias: [2] },
      ),
      conv(
        "GRU",
        { name: "gru", ...lstm, return_sequences: false, reset_after: true },
        { kernel: [2, 9], recurrent_kernel: [3, 9], bias: [2, 9] },
      ),
    ],
  ),
  artifactsOf(
    [6, 6, 2],
    [
      part("Rescaling", { name: "unit", scale: [0.5, 0.25], offset: -1 }),
      conv("Normalization", { name: "norm", axis: -1 }, { mean: [2], variance: [2] }),
      part("RandomFlip", { name: "flip" }),
      conv(
        "Conv2D",
        { name: "c", filters: 3, kernel_size: [3, 3], strides: [2, 2], padding: "same" },
        { kernel: [3, 3, 2, 3], bias: [3] },
      ),
      part("GlobalAveragePooling2D", { name: "mean" }),
    ],
  ),
  besideInput([3, 2], [part("ZeroPadding1D", { name: "padded", padding: [1, 2] })], 12).toArtifacts(),
].map((artifacts) => asKeras3({ ...artifacts, weightData: positive(artifacts.weightData) }));

/** Variances are among the weights. */
function positive(weights: ArrayBuffer): ArrayBuffer {
  return new Float32Array(weights).map((value) => Math.abs(value)).buffer as ArrayBuffer;
}

/** What a `model.json` says of a model. */
export function modelJson({ modelTopology, weightSpecs }: ModelArtifacts): object {
  return { format: "layers-model", modelTopology, weightsManifest: [{ paths: ["w.bin"], weights: weightSpecs }] };
}

/** Loads the file of a model, whatever it says, and takes a row through the network. */
export async function tryOut(json: unknown, weights: ArrayBuffer): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(json));
  const network = await networkOf({ name: "model.json", bytes, beside: async () => new Uint8Array(weights) }, {});
  network.predict(new Float32Array(network.inputSize).fill(0.5));
}
