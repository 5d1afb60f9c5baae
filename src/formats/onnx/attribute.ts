/** Attributes of the nodes of an ONNX file. */
import { outOfRange } from "../../check.ts";
import type { AttributeProto } from "./proto.ts";
import { type ExternalFiles, type OnnxTensor, readTensor } from "./tensor.ts";

export type Attribute =
  | { readonly kind: "float" | "int"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "floats" | "ints"; readonly value: readonly number[] }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "tensor"; readonly value: OnnxTensor }
  /** A type that no operation here has. */
  | { readonly kind: "other"; readonly value: undefined };

const KINDS: Readonly<Record<number, Attribute["kind"]>> = {
  1: "float",
  2: "int",
  3: "string",
  4: "tensor",
  6: "floats",
  7: "ints",
  8: "strings",
};

const decoder = new TextDecoder();

/** Reads an attribute; files older than the field `type` have none, and what is there says it. */
export function readAttribute(subject: string, attribute: AttributeProto, external: ExternalFiles): Attribute {
  const kind = attribute.type === undefined ? kindOf(attribute) : (KINDS[attribute.type] ?? "other");
  switch (kind) {
    case "float":
      return { kind, value: attribute.f ?? 0 };
    case "int":
      return { kind, value: attribute.i ?? 0 };
    case "string":
      return { kind, value: decoder.decode(attribute.s) };
    case "floats":
      return { kind, value: [...attribute.floats] };
    case "ints":
      return { kind, value: [...attribute.ints] };
    case "strings":
      return { kind, value: attribute.strings.map((each) => decoder.decode(each)) };
    case "tensor": {
      const tensor = attribute.t ?? outOfRange(subject, "a tensor", "none");
      return { kind, value: readTensor(subject, tensor, external) };
    }
    case "other":
      return { kind, value: undefined };
  }
}

function kindOf(attribute: AttributeProto): Attribute["kind"] {
  if (attribute.f !== undefined) return "float";
  if (attribute.i !== undefined) return "int";
  if (attribute.s !== undefined) return "string";
  if (attribute.t !== undefined) return "tensor";
  if (attribute.floats.length > 0) return "floats";
  if (attribute.strings.length > 0) return "strings";
  return attribute.g === undefined ? "ints" : "other";
}
