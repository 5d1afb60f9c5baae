/** A functional LayersModel as the GraphModel that tfjs's converter would make of it, for the layers of convnets: the same weights, in nodes. */

const text = (value) => ({ s: btoa(value) });
const texts = (...values) => ({ list: { s: values.map(btoa) } });
const wholes = (...values) => ({ list: { i: values.map(String) } });
const FLOAT = { type: "DT_FLOAT" };
const WHOLE = { type: "DT_INT32" };
const ACTIVATIONS = { relu: "Relu", relu6: "Relu6", sigmoid: "Sigmoid", tanh: "Tanh" };

/** @param artifacts of a functional model with one input; returns { json, bytes } */
export function graphModelOf({ modelTopology, weightSpecs, weightData }) {
  const nodes = [];
  const weights = [];
  const parts = [];
  const node = (op, name, input, attr = {}) => {
    nodes.push({ name, op, input, attr: { T: FLOAT, ...attr } });
    return name;
  };
  const constant = (name, shape, dtype, bytes) => {
    weights.push({ name, shape, dtype });
    parts.push(bytes);
    return node("Const", name, [], { dtype: dtype === "float32" ? FLOAT : WHOLE });
  };
  const numbers = (name, ...values) =>
    constant(name, [values.length], "int32", new Uint8Array(Int32Array.from(values).buffer));
  let offset = 0;
  for (const { name, shape } of weightSpecs) {
    const bytes = 4 * shape.reduce((product, extent) => product * extent, 1);
    constant(name, shape, "float32", new Uint8Array(weightData, offset, bytes));
    offset += bytes;
  }
  const { config } = modelTopology;
  const last = new Map();
  const window = ({ padding, strides }) => ({
    padding: text(padding === "same" ? "SAME" : "VALID"),
    strides: wholes(1, ...[strides, strides].flat().slice(0, 2), 1),
    dilations: wholes(1, 1, 1, 1),
    data_format: text("NHWC"),
  });
  for (const { class_name, config: own, inbound_nodes } of config.layers) {
    const name = own.name;
    const inputs = (inbound_nodes[0] ?? []).map(([from]) => last.get(from));
    const product = (op, extra) => {
      const kernel = op.includes("Depthwise") ? "depthwise_kernel" : "kernel";
      const ops = ["BiasAdd", ...(own.activation in ACTIVATIONS ? [ACTIVATIONS[own.activation]] : [])];
      const input = [inputs[0], `${name}/${kernel}`, `${name}/bias`];
      const made = node(op, `${name}/out`, input, { ...extra, fused_ops: texts(...ops), num_args: { i: "1" } });
      return own.activation === "softmax" ? node("Softmax", `${name}/softmax`, [made]) : made;
    };
    const make = {
      InputLayer: () => {
        const dim = own.batch_input_shape.map((extent) => ({ size: String(extent ?? -1) }));
        return node("Placeholder", name, [], { dtype: FLOAT, shape: { shape: { dim } } });
      },
      Activation: () =>
        node(own.activation === "softmax" ? "Softmax" : ACTIVATIONS[own.activation], `${name}/out`, inputs),
      Concatenate: () => node("ConcatV2", `${name}/out`, [...inputs, numbers(`${name}/axis`, 3)]),
      Conv2D: () => product("_FusedConv2D", window(own)),
      Dense: () => product("_FusedMatMul", {}),
      Dropout: () => inputs[0],
      Flatten: () => node("Reshape", `${name}/out`, [inputs[0], numbers(`${name}/shape`, -1, own.size)]),
      GlobalAveragePooling2D: () =>
        node("Mean", `${name}/out`, [inputs[0], numbers(`${name}/axes`, 1, 2)], { keep_dims: { b: false } }),
      MaxPooling2D: () => {
        const ksize = wholes(1, ...[own.pool_size, own.pool_size].flat().slice(0, 2), 1);
        return node("MaxPool", `${name}/out`, inputs, { ...window(own), ksize });
      },
      Softmax: () => node("Softmax", `${name}/out`, inputs),
    }[class_name];
    if (!make) throw new Error(`${name}: expected a layer of a convnet, got ${class_name}`);
    last.set(name, make());
  }
  const json = {
    format: "graph-model",
    modelTopology: { node: nodes, versions: { producer: 1 } },
    weightsManifest: [{ paths: ["weights.bin"], weights }],
  };
  return { json, bytes: new Uint8Array(Buffer.concat(parts)) };
}
