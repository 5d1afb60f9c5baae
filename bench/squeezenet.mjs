/** SqueezeNet v1.0 [Iandola et al. 2016, table 1] as LayersModel artifacts with drawn weights: as fast as the trained one, and no download. */
const FIRES = [
  { name: "fire2", squeeze: 16, expand: 64 },
  { name: "fire3", squeeze: 16, expand: 64 },
  { name: "fire4", squeeze: 32, expand: 128, pool: "pool4" },
  { name: "fire5", squeeze: 32, expand: 128 },
  { name: "fire6", squeeze: 48, expand: 192 },
  { name: "fire7", squeeze: 48, expand: 192 },
  { name: "fire8", squeeze: 64, expand: 256, pool: "pool8" },
  { name: "fire9", squeeze: 64, expand: 256 },
];

/** The same numbers everywhere, uniform in [-limit, limit). */
function drawn(n, limit, seed) {
  let state = seed;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return limit * (state / 2 ** 31 - 1);
  });
}

export function squeezeNet() {
  const layers = [];
  const weightSpecs = [];
  const values = [];
  let channels = 3;
  const add = (class_name, name, config, inputs) => {
    const inbound_nodes = inputs.length > 0 ? [inputs.map((from) => [from, 0, 0, {}])] : [];
    layers.push({ class_name, name, config: { name, ...config }, inbound_nodes });
    return name;
  };
  const convolution = (name, from, c, filters, taps, strides = 1, padding = "valid") => {
    const shape = [taps, taps, c, filters];
    weightSpecs.push(
      { name: `${name}/kernel`, shape, dtype: "float32" },
      { name: `${name}/bias`, shape: [filters], dtype: "float32" },
    );
    // Before a ReLU [He et al. 2015], so that numbers stay of one size.
    values.push(drawn(taps * taps * c * filters, Math.sqrt(6 / (taps * taps * c)), values.length + 1));
    values.push(drawn(filters, 0.1, values.length + 1));
    const config = { filters, kernel_size: [taps, taps], strides: [strides, strides], padding };
    return add("Conv2D", name, { ...config, activation: "relu", use_bias: true }, [from]);
  };
  const pool = (name, from) =>
    add("MaxPooling2D", name, { pool_size: [3, 3], strides: [2, 2], padding: "valid" }, [from]);

  add("InputLayer", "data", { batch_input_shape: [null, 227, 227, 3], dtype: "float32", sparse: false }, []);
  let at = pool("pool1", convolution("conv1", "data", channels, 96, 7, 2));
  channels = 96;
  for (const { name, squeeze, expand, pool: after } of FIRES) {
    const squeezed = convolution(`${name}_squeeze`, at, channels, squeeze, 1);
    const expanded = [
      convolution(`${name}_expand1`, squeezed, squeeze, expand, 1),
      convolution(`${name}_expand3`, squeezed, squeeze, expand, 3, 1, "same"),
    ];
    at = add("Concatenate", `${name}_concat`, { axis: -1 }, expanded);
    channels = 2 * expand;
    if (after) at = pool(after, at);
  }
  at = convolution("conv10", at, channels, 1000, 1);
  add("GlobalAveragePooling2D", "logits", { data_format: "channels_last" }, [at]);
  const config = { name: "squeezenet", layers, input_layers: [["data", 0, 0]], output_layers: [["logits", 0, 0]] };
  const weightData = new Float32Array(values.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of values) {
    weightData.set(part, position);
    position += part.length;
  }
  return { modelTopology: { class_name: "Model", config }, weightSpecs, weightData: weightData.buffer };
}
