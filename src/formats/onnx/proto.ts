/**
 * The messages of an ONNX file, as far as they are used: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. Subgraphs
 * (the bodies of If, Loop and Scan) stay bytes, so nothing here contains itself.
 */
import {
  byteStrings,
  bytes,
  doubles,
  float,
  floats,
  int64,
  int64s,
  type Message,
  message,
  messages,
  string,
  strings,
} from "../protobuf.ts";

const Entry = { key: string(1), value: string(2) };

export const TensorProto = {
  dims: int64s(1),
  data_type: int64(2),
  segment: bytes(3),
  float_data: floats(4),
  int32_data: int64s(5),
  string_data: byteStrings(6),
  int64_data: int64s(7),
  name: string(8),
  raw_data: bytes(9),
  double_data: doubles(10),
  uint64_data: int64s(11),
  external_data: messages(13, Entry),
  data_location: int64(14),
};
export type TensorProto = Message<typeof TensorProto>;

export const AttributeProto = {
  name: string(1),
  f: float(2),
  i: int64(3),
  s: bytes(4),
  t: message(5, TensorProto),
  g: bytes(6),
  floats: floats(7),
  ints: int64s(8),
  strings: byteStrings(9),
  type: int64(20),
};
export type AttributeProto = Message<typeof AttributeProto>;

const NodeProto = {
  input: strings(1),
  output: strings(2),
  name: string(3),
  op_type: string(4),
  attribute: messages(5, AttributeProto),
  domain: string(7),
};
export type NodeProto = Message<typeof NodeProto>;

const Dimension = { dim_value: int64(1), dim_param: string(2) };
const TensorType = { elem_type: int64(1), shape: message(2, { dim: messages(1, Dimension) }) };
const ValueInfoProto = { name: string(1), type: message(2, { tensor_type: message(1, TensorType) }) };
export type ValueInfoProto = Message<typeof ValueInfoProto>;

const GraphProto = {
  node: messages(1, NodeProto),
  name: string(2),
  initializer: messages(5, TensorProto),
  input: messages(11, ValueInfoProto),
  output: messages(12, ValueInfoProto),
  sparse_initializer: byteStrings(15),
};
export type GraphProto = Message<typeof GraphProto>;

const OperatorSetIdProto = { domain: string(1), version: int64(2) };

export const ModelProto = {
  ir_version: int64(1),
  producer_name: string(2),
  producer_version: string(3),
  graph: message(7, GraphProto),
  opset_import: messages(8, OperatorSetIdProto),
};
export type ModelProto = Message<typeof ModelProto>;

/** `TensorProto.DataType`: what the elements of a tensor are. */
export const DATA_TYPES: Readonly<Record<number, string>> = {
  1: "float",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  8: "string",
  9: "bool",
  10: "float16",
  11: "double",
  12: "uint32",
  13: "uint64",
  14: "complex64",
  15: "complex128",
  16: "bfloat16",
  17: "float8e4m3fn",
  18: "float8e4m3fnuz",
  19: "float8e5m2",
  20: "float8e5m2fnuz",
  21: "uint4",
  22: "int4",
  23: "float4e2m1",
};
