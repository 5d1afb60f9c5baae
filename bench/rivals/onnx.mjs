/** LayersModel artifacts as an ONNX model, as far as the benchmarks need it: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. */
import { channelsFirst, filtersFirst, layersOf } from "../peer-models.mjs";
import { rival } from "./rival.mjs";

const SCHEMA = `
syntax = "proto3";
message Attribute { string name = 1; int64 i = 3; repeated int64 ints = 8; int32 type = 20; }
message Node { repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; repeated Attribute attribute = 5; }
message Tensor { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
message Dimension { int64 dim_value = 1; }
message Shape { repeated Dimension dim = 1; }
message TensorType { int32 elem_type = 1; Shape shape = 2; }
message Type { TensorType tensor_type = 1; }
message ValueInfo { string name = 1; Type type = 2; }
message Graph { repeated Node node = 1; string name = 2; repeated Tensor initializer = 5; repeated ValueInfo input = 11; repeated ValueInfo output = 12; }
message OperatorSet { string domain = 1; int64 version = 2; }
message Model { int64 ir_version = 1; Graph graph = 7; repeated OperatorSet opset_import = 8; }`;

const FLOAT = 1;
const INT = 2;
const INTS = 7;

/** The model's bytes.   dims  of its input, images as [n, c, h, w] */
export async function onnxModel(artifacts, dims) {
  const protobuf = (await rival("protobufjs")).default;
  const Model = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType("Model");
  const node = [];
  const initializer = [];
  const add = (op_type, input, output, attributes = {}) => {
    const attribute = Object.entries(attributes).map(([name, value]) =>
      Array.isArray(value) ? { name, ints: value, type: INTS } : { name, i: value, type: INT },
    );
    node.push({ op_type, input, output: [output], name: output, attribute });
  };
  const tensor = (name, shape, values) => {
    const raw_data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    initializer.push({ name, dims: shape, data_type: FLOAT, raw_data });
    return name;
  };
  let last;
  for (const { class_name, name, config, inputs, kernel, bias } of layersOf(artifacts)) {
    last = name;
    if (class_name === "InputLayer") continue;
    const isActive = config.activation && config.activation !== "linear";
    const out = isActive ? `${name}_linear` : name;
    if (class_name === "Dense") {
      const weights = [tensor(`${name}_w`, kernel.shape, kernel.values), tensor(`${name}_b`, bias.shape, bias.values)];
      add("Gemm", [...inputs, ...weights], out);
    } else if (class_name === "Conv2D") {
      const [h, w, c, filters] = kernel.shape;
      const weights = [
        tensor(`${name}_w`, [filters, c, h, w], filtersFirst(kernel)),
        tensor(`${name}_b`, bias.shape, bias.values),
      ];
      const border = config.padding === "same" ? (h - 1) / 2 : 0;
      const pads = new Array(4).fill(border);
      add("Conv", [...inputs, ...weights], out, { kernel_shape: [h, w], pads, strides: config.strides });
    } else if (class_name === "MaxPooling2D") {
      add("MaxPool", inputs, out, { kernel_shape: config.pool_size, strides: config.strides });
    } else if (class_name === "Concatenate") add("Concat", inputs, out, { axis: 1 });
    else if (class_name === "GlobalAveragePooling2D") {
      add("GlobalAveragePool", inputs, `${name}_image`);
      add("Flatten", [`${name}_image`], out, { axis: 1 });
    } else throw new Error(`onnx: expected a layer of the benchmarks' models, got ${class_name}`);
    if (isActive) add({ sigmoid: "Sigmoid", relu: "Relu" }[config.activation], [out], name);
  }
  const info = (name, shape) => ({
    name,
    type: { tensor_type: { elem_type: FLOAT, shape: { dim: shape.map((dim_value) => ({ dim_value })) } } },
  });
  const input = layersOf(artifacts)[0].name;
  const output = { name: last, type: { tensor_type: { elem_type: FLOAT } } };
  const graph = { node, name: "graph", initializer, input: [info(input, dims)], output: [output] };
  const model = { ir_version: 8, graph, opset_import: [{ domain: "", version: 13 }] };
  return { bytes: Model.encode(Model.fromObject(model)).finish(), input, output: last };
}

/** `rows` as the model takes them, f32 of `dims`. */
export function onnxRows(rows, count, shape) {
  if (shape.length === 1) return { dims: [count, ...shape], values: rows };
  const [h, w, c] = shape;
  return { dims: [count, c, h, w], values: channelsFirst(rows, count, h * w, c) };
}
