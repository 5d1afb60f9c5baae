/** A graph of nodes as the bytes of an ONNX file. The same graph gives the same bytes. */
import { littleEndianOf } from "../../data/little-endian.ts";
import { writeMessage } from "../protobuf.ts";
import type { Attribute } from "./attribute.ts";
import { type AttributeProto, type GraphProto, ModelProto, type NodeProto, type TensorProto } from "./proto.ts";

/** Numbers that the file carries: f32, or whole numbers of 64 or of 8 bits. */
export type OnnxConstant =
  | { readonly shape: readonly number[]; readonly type: "float"; readonly data: Float32Array }
  | { readonly shape: readonly number[]; readonly type: "int64" | "int8"; readonly data: readonly number[] };

/** A node as it is written. */
export interface WrittenNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, WrittenAttribute>>;
  readonly name?: string;
  readonly domain?: string;
}

export type WrittenAttribute =
  | Exclude<Attribute, { kind: "tensor" | "other" }>
  | { readonly kind: "tensor"; readonly value: OnnxConstant };

/** An input or output: f32, a name in the place of an extent leaves it open. An output's shape may be left out. */
export interface WrittenValue {
  readonly name: string;
  readonly shape?: readonly (number | string)[];
}

export interface WrittenModel {
  readonly name: string;
  readonly producer: string;
  readonly opset: number;
  readonly nodes: readonly WrittenNode[];
  readonly constants: ReadonlyMap<string, OnnxConstant>;
  readonly inputs: readonly WrittenValue[];
  readonly outputs: readonly WrittenValue[];
}

/** The version of the file's own structure that ONNX 1.12 writes, which has operations up to version 17. */
const IR_VERSION = 8;
const FLOAT = 1;
const INT8 = 3;
const INT64 = 7;

export function writeOnnx({
  name,
  producer,
  opset,
  nodes,
  constants,
  inputs,
  outputs,
}: WrittenModel): Uint8Array<ArrayBuffer> {
  const graph: Partial<GraphProto> = {
    node: nodes.map(nodeOf),
    name,
    initializer: [...constants].map(([key, constant]) => ({ ...tensorOf(constant), name: key })),
    input: inputs.map(infoOf),
    output: outputs.map(infoOf),
  };
  return writeMessage(ModelProto, {
    ir_version: IR_VERSION,
    producer_name: producer,
    graph: graph as GraphProto,
    opset_import: [{ domain: "", version: opset }],
  });
}

function nodeOf({ op, inputs, outputs, attributes = {}, name, domain }: WrittenNode): NodeProto {
  return {
    input: [...inputs],
    output: [...outputs],
    name,
    op_type: op,
    attribute: Object.entries(attributes).map(([key, value]) => attributeOf(key, value)),
    domain,
  };
}

const encoder = new TextEncoder();

function attributeOf(name: string, attribute: WrittenAttribute): AttributeProto {
  return { name, ...valueOfAttribute(attribute) } as AttributeProto;
}

function valueOfAttribute({ kind, value }: WrittenAttribute): Partial<AttributeProto> {
  switch (kind) {
    case "float":
      return { type: 1, f: value };
    case "int":
      return { type: 2, i: value };
    case "string":
      return { type: 3, s: encoder.encode(value) };
    case "tensor":
      return { type: 4, t: tensorOf(value) as TensorProto };
    case "floats":
      return { type: 6, floats: Float32Array.from(value) };
    case "ints":
      return { type: 7, ints: Float64Array.from(value) };
    case "strings":
      return { type: 8, strings: value.map((each) => encoder.encode(each)) };
  }
}

function tensorOf(constant: OnnxConstant): TensorProto {
  const dims = Float64Array.from(constant.shape);
  if (constant.type === "float") {
    return { dims, data_type: FLOAT, raw_data: littleEndianOf(constant.data) } as TensorProto;
  }
  const data = Float64Array.from(constant.data);
  const tensor: Partial<TensorProto> =
    constant.type === "int8" ? { data_type: INT8, int32_data: data } : { data_type: INT64, int64_data: data };
  return { dims, ...tensor } as TensorProto;
}

function infoOf({ name, shape }: WrittenValue): GraphProto["input"][number] {
  const dim = shape?.map((extent) =>
    typeof extent === "string"
      ? { dim_param: extent, dim_value: undefined }
      : { dim_value: extent, dim_param: undefined },
  );
  return { name, type: { tensor_type: { elem_type: FLOAT, shape: dim && { dim } } } };
}
