/** The nodes of a GraphModel, as TensorFlow's GraphDef says them in JSON: names, operations, inputs and attributes, checked. */
import * as v from "valibot";
import { describe, outOfRange } from "../../../check.ts";
import { requireSchema } from "../../../schema.ts";

const Node = v.looseObject({
  name: v.string(),
  op: v.string(),
  input: v.optional(v.nullable(v.array(v.string())), []),
  attr: v.optional(v.nullable(v.record(v.string(), v.unknown())), {}),
});
const Topology = v.looseObject({ node: v.array(Node) });

/** Types by the names and numbers of TensorFlow's DataType. */
const FLOATS = ["DT_FLOAT", "DT_HALF", "DT_DOUBLE", "DT_BFLOAT16", 1, 19, 2, 14];
const WHOLES = ["DT_INT32", "DT_INT64", "DT_INT16", "DT_INT8", "DT_UINT8", "DT_UINT16", 3, 9, 5, 6, 4, 17];
const TRUTHS = ["DT_BOOL", 10];

export interface TfNode {
  readonly name: string;
  readonly op: string;
  /** Values that it takes: `name` or `name:1`, control inputs left out. */
  readonly inputs: readonly string[];
  readonly attributes: Attributes;
}

/** The nodes by their names. */
export function nodesOf(subject: string, topology: unknown): Map<string, TfNode> {
  const { node } = requireSchema(`${subject}: modelTopology`, Topology, topology);
  const nodes = new Map<string, TfNode>();
  for (const { name, op, input, attr } of node) {
    if (nodes.has(name)) outOfRange(subject, "nodes of different names", `two named ${JSON.stringify(name)}`);
    const inputs = (input ?? []).filter((taken) => !taken.startsWith("^")).map(withoutZero);
    nodes.set(name, { name, op, inputs, attributes: new Attributes(`${name} (${op})`, attr ?? {}) });
  }
  return nodes;
}

/** `name:0` and `name` are one value. */
export const withoutZero = (value: string): string => value.replace(/:0$/, "");

/** The node that makes a value. */
export const makerOf = (value: string): string => value.replace(/:\d+$/, "");

/** What a node was given beside its inputs. */
export class Attributes {
  private readonly subject: string;
  private readonly all: Readonly<Record<string, unknown>>;

  constructor(subject: string, all: Readonly<Record<string, unknown>>) {
    this.subject = subject;
    this.all = all;
  }

  whole(name: string, otherwise: number): number {
    const value = this.field(name, "i") ?? this.field(name, "f");
    return value === undefined ? otherwise : this.wholeOf(name, value);
  }

  wholes(name: string): number[] {
    return this.list(name, "i").map((value) => this.wholeOf(name, value));
  }

  real(name: string, otherwise: number): number {
    const value = this.field(name, "f") ?? this.field(name, "i");
    if (value === undefined) return otherwise;
    const number = typeof value === "string" ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) ? number : this.refuse(name, "a number", value);
  }

  truth(name: string): boolean {
    const value = this.field(name, "b") ?? false;
    return typeof value === "boolean" ? value : this.refuse(name, "true or false", value);
  }

  text(name: string, otherwise: string): string {
    const value = this.field(name, "s");
    return value === undefined ? otherwise : this.textOf(name, value);
  }

  texts(name: string): string[] {
    return this.list(name, "s").map((value) => this.textOf(name, value));
  }

  /** The type, or undefined for one that is none of numbers. */
  type(name: string): "float32" | "integer" | "boolean" | undefined {
    const value = this.field(name, "type") as string | number | undefined;
    if (value === undefined || FLOATS.includes(value)) return "float32";
    if (WHOLES.includes(value)) return "integer";
    return TRUTHS.includes(value) ? "boolean" : undefined;
  }

  /** The extents, -1 for what is not known; undefined where the rank is not. */
  shape(name: string): number[] | undefined {
    return shapeOf(this.subject, this.field(name, "shape"));
  }

  private field(name: string, key: string): unknown {
    const attribute = Object.hasOwn(this.all, name) ? this.all[name] : undefined;
    return (attribute as Record<string, unknown> | null | undefined)?.[key] ?? undefined;
  }

  private list(name: string, key: string): unknown[] {
    const list = (this.field(name, "list") as Record<string, unknown> | undefined)?.[key] ?? [];
    return Array.isArray(list) ? list : this.refuse(name, "a list", list);
  }

  private wholeOf(name: string, value: unknown): number {
    const number = typeof value === "string" ? Number(value) : value;
    return Number.isSafeInteger(number) ? (number as number) : this.refuse(name, "a whole number", value);
  }

  /** In base64, or as the numbers of its characters. */
  private textOf(name: string, value: unknown): string {
    if (Array.isArray(value) && value.length < 1000) return String.fromCharCode(...value.map(Number));
    if (typeof value === "string" && /^[A-Za-z0-9+/=_-]*$/.test(value) && value.length < 1000) {
      try {
        return atob(value);
      } catch {
        // refused below
      }
    }
    return this.refuse(name, "text in base64", value);
  }

  private refuse(name: string, expected: string, value: unknown): never {
    return outOfRange(`${this.subject} ${name}`, expected, describe(value));
  }
}

/** A TensorShapeProto. */
export function shapeOf(subject: string, shape: unknown): number[] | undefined {
  const { unknownRank, dim } = (shape ?? {}) as { unknownRank?: unknown; dim?: unknown };
  if (shape === undefined || unknownRank === true || !Array.isArray(dim)) return undefined;
  return dim.map((extent: { size?: unknown } | null) => {
    const size = Number(extent?.size ?? -1);
    return Number.isSafeInteger(size) ? size : outOfRange(`${subject} shape`, "whole extents", describe(extent?.size));
  });
}
