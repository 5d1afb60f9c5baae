/**
 * One node of an ONNX file while it is translated: its attributes and inputs, checked as they are asked for, and the nodes that
 * it becomes. The last of these goes by the name of the node's output, those before it by that name and a number.
 */
import { outOfRange, wrongType } from "../../check.ts";
import type { GraphBuilder } from "../builder.ts";
import type { Constant, Operation, Shape } from "../graph.ts";
import type { Attribute } from "./attribute.ts";
import type { OnnxNode } from "./model.ts";
import type { OnnxTensor } from "./tensor.ts";

/** Makes nodes of the graph of one node of the file. */
export type Translate = (node: NodeReader) => void;
/** The operations of ONNX by name. */
export type Translations = Readonly<Record<string, Translate>>;

export class NodeReader {
  /** As errors call it: "conv1 (Conv)". */
  readonly subject: string;
  readonly op: string;
  /** The version of its set of operations. */
  readonly opset: number;
  readonly builder: GraphBuilder;
  readonly node: OnnxNode;
  private readonly makers: ReadonlyMap<string, OnnxNode>;
  private made = 0;

  /** @param makers the nodes by what they make */
  constructor(node: OnnxNode, opset: number, builder: GraphBuilder, makers: ReadonlyMap<string, OnnxNode>) {
    this.node = node;
    this.makers = makers;
    this.subject = `${node.name} (${node.op})`;
    this.op = node.op;
    this.opset = opset;
    this.builder = builder;
  }

  int(name: string): number | undefined;
  int(name: string, otherwise: number): number;
  int(name: string, otherwise?: number): number | undefined {
    const value = this.attribute(name, "int") ?? otherwise;
    return value === undefined || Number.isSafeInteger(value)
      ? value
      : outOfRange(`${this.subject} ${name}`, "a whole number below 2^53", value);
  }

  float(name: string): number | undefined;
  float(name: string, otherwise: number): number;
  float(name: string, otherwise?: number): number | undefined {
    const value = this.attribute(name, "float") ?? otherwise;
    return value === undefined || Number.isFinite(value)
      ? value
      : outOfRange(`${this.subject} ${name}`, "a finite number", value);
  }

  ints(name: string): readonly number[] | undefined {
    return this.attribute(name, "ints");
  }

  floats(name: string): readonly number[] | undefined {
    return this.attribute(name, "floats");
  }

  text(name: string, otherwise: string): string {
    return this.attribute(name, "string") ?? otherwise;
  }

  tensor(name: string): OnnxTensor | undefined {
    return this.attribute(name, "tensor");
  }

  /** One of the words that an attribute may be. */
  oneOf<Word extends string>(name: string, words: readonly Word[], otherwise: Word): Word {
    const text = this.text(name, otherwise);
    return words.find((word) => word === text) ?? this.refuse(`${name} ${words.join(" or ")}`, text);
  }

  /** Refuses an attribute of any other value than the one that does nothing here. */
  requireInt(name: string, value: number): void {
    const got = this.int(name, value);
    if (got !== value) this.refuse(`${name} ${value}`, `${got}`);
  }

  get inputCount(): number {
    return this.node.inputs.length;
  }

  get inputs(): readonly string[] {
    return this.node.inputs.map((_, i) => this.input(i));
  }

  /** The name of an input that must be there. */
  input(i: number): string {
    return this.optional(i) ?? this.refuse(`input ${i}`, "none");
  }

  /** The name of an input, undefined where it is left out. */
  optional(i: number): string | undefined {
    return this.node.inputs[i] || undefined;
  }

  shape(i: number): Shape {
    return this.builder.shapeOf(this.input(i));
  }

  constant(i: number): Constant | undefined {
    const value = this.optional(i);
    return value === undefined ? undefined : this.builder.constantOf(value);
  }

  /** The numbers of an input that must be known at load, undefined where it is left out. */
  numbers(i: number): number[] | undefined {
    const value = this.optional(i);
    return value === undefined ? undefined : this.builder.numbersOf(this.subject, value);
  }

  /** The one number of such an input. */
  number(i: number): number | undefined {
    const numbers = this.numbers(i);
    if (numbers === undefined) return undefined;
    if (numbers.length !== 1) this.refuse(`one number as input ${i}`, `${numbers.length}`);
    return numbers[0];
  }

  /** The node that makes a value, if a node does. */
  maker(value: string | undefined): OnnxNode | undefined {
    return value === undefined ? undefined : this.makers.get(value);
  }

  /** What older versions say by an attribute and newer ones by an input. */
  list(name: string, i: number, since: number): readonly number[] | undefined {
    return this.opset < since ? this.ints(name) : this.numbers(i);
  }

  /** An axis from 0 of one that may count from behind. */
  axis(axis: number, rank: number): number {
    const from = axis < 0 ? axis + rank : axis;
    return from >= 0 && from < rank ? from : this.refuse(`an axis of ${rank}`, `${axis}`);
  }

  axes(axes: readonly number[], rank: number): number[] {
    const found = axes.map((axis) => this.axis(axis, rank));
    return new Set(found).size === found.length ? found : this.refuse("different axes", `[${axes.join(", ")}]`);
  }

  /** Adds a node on the way to the output; returns the name of what it makes. */
  step(operation: Operation, ...inputs: readonly string[]): string {
    const name = `${this.outputName}:${++this.made}`;
    this.builder.add({ ...operation, name, inputs });
    return name;
  }

  /** Adds a constant on the way to the output. */
  constantStep(constant: Constant): string {
    const name = `${this.outputName}:${++this.made}`;
    this.builder.constant(name, constant);
    return name;
  }

  /** Adds a constant of one number. */
  scalar(value: number): string {
    const data = Float32Array.of(value);
    return this.constantStep({ dtype: "float32", shape: [], read: () => data });
  }

  /** Adds the node that makes one of several outputs, where something takes it. */
  giveOutput(i: number, operation: Operation, ...inputs: readonly string[]): void {
    const name = this.node.outputs[i];
    if (name) this.builder.add({ ...operation, name, inputs });
  }

  /** Adds the node that makes the output. */
  give(operation: Operation, ...inputs: readonly string[]): void {
    this.builder.add({ ...operation, name: this.outputName, inputs });
  }

  giveConstant(constant: Constant): void {
    this.builder.constant(this.outputName, constant);
  }

  /** Makes the output another name of a value. */
  pass(value: string): void {
    this.builder.alias(this.outputName, value);
  }

  /** How many outputs it has, up to the last that has a name. */
  get outputCount(): number {
    return this.node.outputs.findLastIndex((name) => name !== "") + 1;
  }

  refuse(expected: string, got: string): never {
    return outOfRange(this.subject, expected, got);
  }

  private get outputName(): string {
    return this.node.outputs[0] || this.refuse("an output", "none");
  }

  private attribute<Kind extends Attribute["kind"]>(name: string, kind: Kind) {
    const found = this.node.attributes.get(name);
    if (found === undefined) return undefined;
    if (found.kind !== kind) wrongType(`${this.subject} ${name}`, `an attribute of type ${kind}`, found.value);
    return found.value as Extract<Attribute, { kind: Kind }>["value"];
  }
}
