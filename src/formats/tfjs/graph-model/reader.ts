/**
 * A tfjs GraphModel, as a graph: the nodes that lead to its output, each translated, its weights as constants. Control flow
 * and whatever else has no translation is refused, all of it at once.
 */
import { outOfRange } from "../../../check.ts";
import { GraphBuilder } from "../../builder.ts";
import { BATCH, type Constant, type DataType, type Graph, type ModelFile, type ReadOptions } from "../../graph.ts";
import { inOrder } from "../../order.ts";
import { refuseOperations, refuseWholeInput } from "../../refusal.ts";
import type { ModelJson } from "../model-json.ts";
import { readShards } from "../shards.ts";
import { ELEMENTWISE } from "./elementwise.ts";
import { makerOf, nodesOf, shapeOf, type TfNode, withoutZero } from "./nodes.ts";
import { PRODUCTS } from "./products.ts";
import { SHAPE } from "./shape.ts";
import type { Translation } from "./translate.ts";

const TRANSLATIONS = new Map<string, Translation>(
  [PRODUCTS, ELEMENTWISE, SHAPE].flatMap((table) => Object.entries(table)),
);

const INPUT = "Placeholder";
const CONSTANT = "Const";

export async function readGraphModel(
  file: ModelFile,
  { artifacts, signature, groups }: ModelJson,
  { output, inputs }: ReadOptions,
): Promise<Graph> {
  const nodes = nodesOf(file.name, artifacts.modelTopology);
  const end = endOf(file.name, nodes, signature, output);
  const find = (value: string, taker: string): TfNode =>
    nodes.get(makerOf(value)) ?? outOfRange(taker, "inputs that are nodes of the model", JSON.stringify(value));
  const sourcesOf = (node: TfNode) => node.inputs.map((value) => find(value, node.name));
  const last = find(end, file.name);
  requireTranslations(file.name, leadingTo(last, sourcesOf));
  const ordered = inOrder(file.name, [last], sourcesOf, ({ name }) => name);
  requireOneInput(file.name, ordered);
  const constants = await readShards(file, groups);
  const builder = new GraphBuilder(file.name);
  for (const node of ordered) {
    if (node.op === INPUT) {
      builder.input(node.name, inputShape(file.name, node, signature), typeOf(file.name, node, ordered, inputs));
    } else if (node.op === CONSTANT) builder.constant(node.name, constantOf(node, constants));
    else (TRANSLATIONS.get(node.op) as Translation)(node, builder);
  }
  return builder.finish(end, inputs === undefined ? undefined : withoutZero(inputs));
}

/** The nodes that lead to one, itself first: loops, which are refused, go in circles. */
function leadingTo(end: TfNode, sourcesOf: (node: TfNode) => readonly TfNode[]): TfNode[] {
  const found = new Set([end]);
  for (const node of found) for (const source of sourcesOf(node)) found.add(source);
  return [...found];
}

function requireTranslations(model: string, nodes: readonly TfNode[]): void {
  const others = new Map<string, string[]>();
  for (const { op, name } of nodes) {
    if (op !== INPUT && op !== CONSTANT && !TRANSLATIONS.has(op)) others.set(op, [...(others.get(op) ?? []), name]);
  }
  if (others.size === 0) return;
  refuseOperations(
    model,
    others,
    "fromTfModel of blindspot/tfjs runs it on tfjs; the option output names a node before them",
  );
}

function constantOf({ name }: TfNode, constants: ReadonlyMap<string, Constant>): Constant {
  return constants.get(name) ?? outOfRange(`${name} (${CONSTANT})`, "a weight of that name", "none");
}

function requireOneInput(model: string, nodes: readonly TfNode[]): void {
  const names = nodes.filter(({ op }) => op === INPUT).map(({ name }) => name);
  if (names.length === 1) return;
  const got = names.length > 0 ? `${names.length}: ${names.join(", ")}` : "none";
  outOfRange(`model ${model}`, "one input that leads to the output", got);
}

/**
 * The type of the input. Whole numbers are taken as real ones if nothing sees them but casts to real numbers, and stand where
 * another value is to be the input.
 */
function typeOf(model: string, input: TfNode, nodes: readonly TfNode[], inputs: string | undefined): DataType {
  const type = input.attributes.type("dtype");
  if (type === "float32") return type;
  const takers = nodes.filter((node) => node.inputs.some((value) => makerOf(value) === input.name));
  const others = takers.filter(({ op, attributes }) => op !== "Cast" || attributes.type("DstT") !== "float32");
  if (others.length === 0) return "float32";
  if (inputs !== undefined) return "integer";
  const names = others.map(({ name, op }) => `${name} (${op})`).join(", ");
  return refuseWholeInput(`model ${model}`, input.name, names);
}

interface Signature {
  readonly inputs?: Readonly<Record<string, { name?: unknown; tensorShape?: unknown } | null>>;
  readonly outputs?: Readonly<Record<string, { name?: unknown } | null>>;
}

const entriesOf = <T>(table: Readonly<Record<string, T>> | undefined): [string, T][] =>
  typeof table === "object" && table !== null ? Object.entries(table) : [];

/** The input's shape: as its node says, or else the signature, with the batch in front. */
function inputShape(model: string, node: TfNode, signature: unknown): number[] {
  const { inputs } = (signature ?? {}) as Signature;
  const signed = entriesOf(inputs).find(([, entry]) => withoutZero(String(entry?.name ?? "")) === node.name)?.[1];
  const own = node.attributes.shape("shape");
  const theirs = shapeOf(model, signed?.tensorShape);
  const shape = own?.every((extent, axis) => axis === 0 || extent > 0) ? own : (theirs ?? own);
  if (shape === undefined || shape.length === 0) {
    return outOfRange(`model ${model}: input ${node.name}`, "a shape with the batch in front", shape ? "[]" : "none");
  }
  const [batch, ...rest] = shape as [number, ...number[]];
  if (batch !== -1 && batch !== 1) {
    outOfRange(`model ${model}: input ${node.name}`, "an open batch in front, or one row", `[${shape.join(", ")}]`);
  }
  if (rest.some((extent) => extent < 1)) {
    outOfRange(`model ${model}: input ${node.name}`, "known extents beyond the batch", `[${shape.join(", ")}]`);
  }
  return [BATCH, ...rest];
}

/** The value that is the output: that of the option, by its name in the signature or as a node, or the only one. */
function endOf(model: string, nodes: ReadonlyMap<string, TfNode>, signature: unknown, output?: string): string {
  const { outputs } = (signature ?? {}) as Signature;
  const signed = new Map(entriesOf(outputs).map(([key, entry]) => [key, withoutZero(String(entry?.name ?? key))]));
  if (output !== undefined) {
    const value = signed.get(output) ?? withoutZero(output);
    if (nodes.has(makerOf(value))) return value;
    const names = signed.size > 0 ? `${[...signed.keys()].join(", ")}, or the name of a node` : "the name of a node";
    outOfRange("output", `an output of ${model}: ${names}`, JSON.stringify(output));
  }
  const ends = signed.size > 0 ? [...new Set(signed.values())] : unused(nodes);
  const [only] = ends;
  if (!only || ends.length > 1) {
    const names = signed.size > 0 ? [...signed.keys()] : ends;
    outOfRange(
      `model ${model}`,
      "one output, or the option output",
      names.length > 0 ? `${names.length} (${names.join(", ")})` : "none",
    );
  }
  return only;
}

/** Nodes whose values nothing takes. */
function unused(nodes: ReadonlyMap<string, TfNode>): string[] {
  const taken = new Set([...nodes.values()].flatMap(({ inputs }) => inputs.map(makerOf)));
  return [...nodes.values()]
    .filter(({ name, op }) => !taken.has(name) && op !== CONSTANT && op !== INPUT && op !== "NoOp")
    .map(({ name }) => name);
}
