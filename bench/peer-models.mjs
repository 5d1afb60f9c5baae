/** The models that the peers run, as LayersModel artifacts with drawn weights, and rows for them. */
import { squeezeNet } from "./squeezenet.mjs";

/** The same numbers everywhere, uniform in [-limit, limit). */
function drawn(n, limit, seed) {
  let state = seed;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return limit * (state / 2 ** 31 - 1);
  });
}

/** Layers one behind the other.   weights  { name, shape, values }[] */
function chain(name, inputShape, layers, weights) {
  const input = { name: "in", batch_input_shape: [null, ...inputShape], dtype: "float32", sparse: false };
  const all = [{ class_name: "InputLayer", name: "in", config: input, inbound_nodes: [] }];
  for (const { class_name, ...config } of layers) {
    const inbound_nodes = [[[all.at(-1).name, 0, 0, {}]]];
    all.push({ class_name, name: config.name, config: /** @type {any} */ (config), inbound_nodes });
  }
  const config = { name, layers: all, input_layers: [["in", 0, 0]], output_layers: [[all.at(-1).name, 0, 0]] };
  const weightData = new Float32Array(weights.reduce((sum, { values }) => sum + values.length, 0));
  let at = 0;
  for (const { values } of weights) {
    weightData.set(values, at);
    at += values.length;
  }
  return {
    modelTopology: { class_name: "Model", config },
    weightSpecs: weights.map(({ name, shape }) => ({ name, shape, dtype: "float32" })),
    weightData: weightData.buffer,
  };
}

function dense(sizes) {
  const layers = [];
  const weights = [];
  for (let i = 1; i < sizes.length; i++) {
    const [from, to] = [sizes[i - 1], sizes[i]];
    const activation = i < sizes.length - 1 ? "sigmoid" : "linear";
    layers.push({ class_name: "Dense", name: `fc${i}`, units: to, activation, use_bias: true });
    weights.push(
      { name: `fc${i}/kernel`, shape: [from, to], values: drawn(from * to, Math.sqrt(3 / from), i) },
      { name: `fc${i}/bias`, shape: [to], values: drawn(to, 0.1, 10 + i) },
    );
  }
  return chain("mlp", [sizes[0]], layers, weights);
}

/** One convolution, and the mean of each of its channels as a score. */
function convolution(size, channels, filters, taps) {
  const inputs = taps * taps * channels;
  return chain(
    "convolution",
    [size, size, channels],
    [
      {
        class_name: "Conv2D",
        name: "conv",
        filters,
        kernel_size: [taps, taps],
        strides: [1, 1],
        padding: "same",
        activation: "linear",
        use_bias: true,
      },
      { class_name: "GlobalAveragePooling2D", name: "mean", data_format: "channels_last" },
    ],
    [
      {
        name: "conv/kernel",
        shape: [taps, taps, channels, filters],
        values: drawn(inputs * filters, Math.sqrt(3 / inputs), 1),
      },
      { name: "conv/bias", shape: [filters], values: drawn(filters, 0.1, 2) },
    ],
  );
}

/** By name: the model, how many rows pass at once, and the multiplications and additions of one row forward. */
export const PEER_MODELS = {
  "784-100-100-10, batch 128": () => ({ artifacts: dense([784, 100, 100, 10]), count: 128, flops: 2 * 89_400 }),
  "784-100-100-10, batch 1": () => ({ artifacts: dense([784, 100, 100, 10]), count: 1, flops: 2 * 89_400 }),
  "16 x 56 x 56 x 64, 64 3x3": () => ({
    artifacts: convolution(56, 64, 64, 3),
    count: 16,
    flops: 2 * 56 ** 2 * 9 * 64 * 64,
  }),
  "16 x 28 x 28 x 128, 128 1x1": () => ({
    artifacts: convolution(28, 128, 128, 1),
    count: 16,
    flops: 2 * 28 ** 2 * 128 * 128,
  }),
  "SqueezeNet, one image": () => ({ artifacts: squeezeNet(), count: 1, flops: undefined }),
};

/** f32[n], uniform in [0, 1). */
export function drawnRows(n) {
  return drawn(n, 0.5, 7).map((value) => value + 0.5);
}

/** The layers of artifacts with their weights: { class_name, name, config, inputs, kernel?, bias? }[]. */
export function layersOf({ modelTopology, weightSpecs, weightData }) {
  const weights = {};
  let at = 0;
  for (const { name, shape } of weightSpecs) {
    const size = shape.reduce((product, n) => product * n, 1);
    weights[name] = { shape, values: new Float32Array(weightData, at, size) };
    at += 4 * size;
  }
  return modelTopology.config.layers.map(({ class_name, name, config, inbound_nodes }) => ({
    class_name,
    name,
    config,
    inputs: (inbound_nodes[0] ?? []).map(([from]) => from),
    kernel: weights[`${name}/kernel`],
    bias: weights[`${name}/bias`],
  }));
}

/** [n, h, w, c] to [n, c, h, w], as ONNX and JAX have images. */
export function channelsFirst(values, n, pixels, channels) {
  const out = new Float32Array(values.length);
  for (let i = 0; i < n; i++) {
    for (let p = 0; p < pixels; p++) {
      for (let c = 0; c < channels; c++) out[(i * channels + c) * pixels + p] = values[(i * pixels + p) * channels + c];
    }
  }
  return out;
}

/** [h, w, c, filters] to [filters, c, h, w]. */
export function filtersFirst({ shape: [h, w, c, filters], values }) {
  const out = new Float32Array(values.length);
  for (let p = 0; p < h * w * c; p++) {
    const [tap, channel] = [Math.floor(p / c), p % c];
    for (let f = 0; f < filters; f++) out[(f * c + channel) * h * w + tap] = values[p * filters + f];
  }
  return out;
}
