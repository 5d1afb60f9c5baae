/** Functions of two numbers as nodes of ONNX. */
import type { BinaryKind } from "../../../model/layers/index.ts";
import type { OnnxFile } from "./file.ts";

const OPERATIONS: Readonly<Record<Exclude<BinaryKind, "squared difference">, string>> = {
  sum: "Add",
  difference: "Sub",
  product: "Mul",
  quotient: "Div",
  largest: "Max",
  least: "Min",
  power: "Pow",
};

/** Writes a function of two values that ONNX stretches to one shape; returns the name of what it makes. */
export function writeBinary(file: OnnxFile, kind: BinaryKind, a: string, b: string): string {
  if (kind !== "squared difference") return file.node(OPERATIONS[kind], [a, b]);
  const difference = file.node("Sub", [a, b]);
  return file.node("Mul", [difference, difference]);
}
