/** Tensors of an ONNX file as constants of the graph. */
import { outOfRange } from "../../check.ts";
import type { Constant, DataType, Values } from "../graph.ts";
import type { OnnxTensor } from "./tensor.ts";

/** What each type is kept as: floats of every width in single precision, whole numbers as doubles. */
const KEPT: Readonly<Record<string, DataType>> = {
  float: "float32",
  float16: "float32",
  bfloat16: "float32",
  double: "float32",
  bool: "boolean",
  int8: "integer",
  uint8: "integer",
  int16: "integer",
  uint16: "integer",
  int32: "integer",
  uint32: "integer",
  int64: "integer",
  uint64: "integer",
  int4: "integer",
  uint4: "integer",
};

export function keptAs(type: string): DataType {
  return KEPT[type] ?? outOfRange(`type ${type}`, `one of ${Object.keys(KEPT).join(", ")}`, type);
}

export function constantOf({ shape, type, read: elements }: OnnxTensor): Constant {
  const dtype = keptAs(type);
  const read = (): Values => {
    const data = elements();
    if (dtype === "float32") return data instanceof Float32Array ? data : Float32Array.from(data);
    return data instanceof Float64Array ? data : Float64Array.from(data);
  };
  return { dtype, shape, read };
}
