/**
 * Collects the nodes and constants of an ONNX file. Values remember how their numbers lie: rows as the network has them, images
 * with channels last; or images with channels first, as ONNX's operations take them. A transposition is written where a node
 * needs the other order, once for each value.
 */
import { numbersOf } from "../../shapes.ts";
import type { OnnxConstant, WrittenAttribute, WrittenNode } from "../write.ts";

export interface FileValue {
  readonly name: string;
  /** Of one row, as the network has it. */
  readonly shape: readonly number[];
  /** Whether it is an image [height, width, channels] that lies in the file as [channels, height, width]. */
  readonly isFirst: boolean;
}

export const int = (value: number): WrittenAttribute => ({ kind: "int", value });
export const ints = (value: readonly number[]): WrittenAttribute => ({ kind: "ints", value });
export const float = (value: number): WrittenAttribute => ({ kind: "float", value });
export const text = (value: string): WrittenAttribute => ({ kind: "string", value });

export class OnnxFile {
  readonly nodes: WrittenNode[] = [];
  readonly constants = new Map<string, OnnxConstant>();
  private readonly names = new Set<string>();
  private readonly turned = new Map<string, FileValue>();
  /** The layer that is being written: what it makes is named after it. */
  private scope = "";
  /** The oldest version that has all operations in the file. */
  private version: number;

  constructor(version: number) {
    this.version = version;
  }

  get opset(): number {
    return this.version;
  }

  /** Names what follows after a layer. */
  begin(scope: string): void {
    this.scope = scope;
  }

  /** Says that an operation is there since that version only. */
  require(version: number): void {
    this.version = Math.max(this.version, version);
  }

  /** The name itself, or with a number behind it where it is taken. */
  unique(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.names.has(name); i++) name = `${wanted}_${i}`;
    this.names.add(name);
    return name;
  }

  /** Writes a node; returns the name of what it makes. */
  node(op: string, inputs: readonly string[], attributes: Readonly<Record<string, WrittenAttribute>> = {}): string {
    const name = this.unique(`${this.scope}/${op}`);
    this.nodes.push({ op, name, inputs, outputs: [name], attributes });
    return name;
  }

  /** Writes a node of two outputs; returns their names. */
  nodeOfTwo(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, WrittenAttribute>>,
  ): readonly [string, string] {
    const outputs = [this.unique(`${this.scope}/${op}`), this.unique(`${this.scope}/${op}_last`)] as const;
    this.nodes.push({ op, name: outputs[0], inputs, outputs, attributes });
    return outputs;
  }

  /** The same function of each number, in whatever order the numbers lie. */
  each(value: FileValue, op: string, attributes: Readonly<Record<string, WrittenAttribute>> = {}): FileValue {
    return { ...value, name: this.node(op, [value.name], attributes) };
  }

  floats(wanted: string, shape: readonly number[], data: Float32Array): string {
    const name = this.unique(`${this.scope}/${wanted}`);
    this.constants.set(name, { type: "float", shape, data });
    return name;
  }

  scalar(value: number): string {
    return this.floats("scalar", [], Float32Array.of(value));
  }

  wholes(wanted: string, data: readonly number[]): string {
    const name = this.unique(`${this.scope}/${wanted}`);
    this.constants.set(name, { type: "int64", shape: [data.length], data });
    return name;
  }

  /** An image with channels first. */
  first(value: FileValue): FileValue {
    return value.isFirst ? value : this.turn(value, [0, 3, 1, 2]);
  }

  /** A value with its numbers in the network's order. */
  last(value: FileValue): FileValue {
    return value.isFirst ? this.turn(value, [0, 2, 3, 1]) : value;
  }

  /** The same numbers in another shape. */
  shaped(value: FileValue, shape: readonly number[]): FileValue {
    if (value.shape.join() === shape.join()) return value;
    const [height, width] = value.shape;
    // One pixel lies alike in both orders.
    const from = value.isFirst && height === 1 && width === 1 ? value : this.last(value);
    const name = this.node("Reshape", [from.name, this.wholes("shape", [-1, ...shape])]);
    return { name, shape, isFirst: false };
  }

  /** The value of a node that makes an image with channels first. */
  image(name: string, shape: readonly number[]): FileValue {
    return { name, shape, isFirst: true };
  }

  rows(name: string, shape: readonly number[]): FileValue {
    return { name, shape, isFirst: false };
  }

  private turn(value: FileValue, order: readonly number[]): FileValue {
    const known = this.turned.get(value.name);
    if (known) return known;
    const name = this.node("Transpose", [value.name], { perm: ints(order) });
    const made = { name, shape: value.shape, isFirst: !value.isFirst };
    this.turned.set(value.name, made);
    this.turned.set(name, value);
    return made;
  }
}

/** An array of the given extents with its axes in another order: axis k of the result is axis order[k]. */
export function transposed(data: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => numbersOf(shape.slice(axis + 1)));
  const extents = order.map((axis) => shape[axis] as number);
  const steps = order.map((axis) => strides[axis] as number);
  const made = new Float32Array(data.length);
  const index = extents.map(() => 0);
  let from = 0;
  for (let to = 0; to < made.length; to++) {
    made[to] = data[from] as number;
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      from += steps[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (extents[axis] as number)) break;
      from -= (extents[axis] as number) * (steps[axis] as number);
      index[axis] = 0;
    }
  }
  return made;
}
