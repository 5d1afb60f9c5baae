/** Small ONNX files for tests, by the writer of the library; the bytes of damaged ones are made by hand. */
import { networkOf } from "../../src/formats/index.ts";
import type { Attribute } from "../../src/formats/onnx/attribute.ts";
import { type OnnxConstant, type WrittenAttribute, type WrittenNode, writeOnnx } from "../../src/formats/onnx/write.ts";
import type { Network, NetworkOptions } from "../../src/model/index.ts";

/** The network of a file that needs no other beside it. */
export function fromBytes(bytes: Uint8Array<ArrayBuffer>, options: NetworkOptions = {}): Promise<Network> {
  const beside = (path: string) => Promise.reject(new Error(`nothing beside it, but ${path} asked for`));
  return networkOf({ name: "model.onnx", bytes, beside }, options);
}

export interface FileOptions {
  opset?: number;
  inputs?: readonly { name: string; shape: readonly (number | string)[] }[];
  outputs?: readonly string[];
  constants?: Readonly<Record<string, OnnxConstant>>;
}

/** A model of these nodes, from `x` to `y` unless others are named. */
export function onnxFile(nodes: readonly WrittenNode[], options: FileOptions = {}): Uint8Array<ArrayBuffer> {
  const { opset = 17, inputs = [{ name: "x", shape: ["batch", 4] }], outputs = ["y"], constants = {} } = options;
  return writeOnnx({
    ...{ name: "test", producer: "test", opset, nodes, inputs, outputs: outputs.map((name) => ({ name })) },
    constants: new Map(Object.entries(constants)),
  });
}

export function onnxNode(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[] | string,
  attributes: Readonly<Record<string, WrittenAttribute>> = {},
): WrittenNode {
  const all = typeof outputs === "string" ? [outputs] : outputs;
  return { op, inputs, outputs: all, name: `${all[0]}_node`, attributes };
}

export const int = (value: number): WrittenAttribute => ({ kind: "int", value });
export const ints = (...value: number[]): WrittenAttribute => ({ kind: "ints", value });
export const float = (value: number): WrittenAttribute => ({ kind: "float", value });
export const floatList = (...value: number[]): WrittenAttribute => ({ kind: "floats", value });
export const text = (value: string): Extract<Attribute, { kind: "string" }> => ({ kind: "string", value });
export const floats = (shape: readonly number[], data: ArrayLike<number>): OnnxConstant => ({
  ...{ shape, type: "float", data: Float32Array.from(data) },
});
export const wholes = (...data: number[]): OnnxConstant => ({ shape: [data.length], type: "int64", data });
