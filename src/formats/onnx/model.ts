/**
 * An ONNX file as a plain structure: nodes in an order in which each stands behind those it takes from, constants by name,
 * inputs and outputs with their shapes. What the operations mean is not this file's business.
 */
import { outOfRange } from "../../check.ts";
import { inOrder } from "../order.ts";
import { readMessage } from "../protobuf.ts";
import { type Attribute, readAttribute } from "./attribute.ts";
import { type GraphProto, ModelProto, type NodeProto, type TensorProto, type ValueInfoProto } from "./proto.ts";
import { type ExternalFiles, locationOf, type OnnxTensor, readTensor, requireShape, typeName } from "./tensor.ts";

export interface OnnxNode {
  readonly op: string;
  /** "" for the operations of ONNX itself. */
  readonly domain: string;
  /** As errors call it: its own name, or its first output. */
  readonly name: string;
  /** Names of values; "" where an optional one is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface OnnxValue {
  readonly name: string;
  /** As ONNX names it: "float", "int64", ... */
  readonly type: string;
  /** Extents; undefined where one is not stated or has a name. No list where the shape is not stated. */
  readonly shape: readonly (number | undefined)[] | undefined;
}

export interface OnnxModel {
  /** As errors call it: the path or the name of its file. */
  readonly subject: string;
  readonly name: string;
  /** The version of each set of operations that it uses, by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly nodes: readonly OnnxNode[];
  /** What must be given: an initialiser may stand among the inputs too, and is not in this list. */
  readonly inputs: readonly OnnxValue[];
  /** Name of the value that is the network's output. */
  readonly output: string;
  /** The names of the constants. */
  readonly constants: ReadonlySet<string>;
  /** A constant by its name, decoded at each call. */
  constant(name: string): OnnxTensor;
}

const EXPECTED = "an ONNX model";
/** The bytes of a file as messages; nothing is checked but that they can be read. */
export function parseOnnx(subject: string, bytes: Uint8Array): ModelProto {
  return readMessage(subject, EXPECTED, ModelProto, bytes);
}

/** The files beside the model in which its tensors lie, by the names that it gives. */
export function externalFilesOf({ graph }: ModelProto): string[] {
  const tensors = [
    ...(graph?.initializer ?? []),
    ...(graph?.node ?? []).flatMap(({ attribute }) => attribute.flatMap(({ t }) => (t ? [t] : []))),
  ];
  const locations = tensors.map(locationOf).filter((location) => location !== undefined);
  return [...new Set(locations)];
}

export interface ReadOptions {
  /** The files that `externalFilesOf` names. */
  external?: ExternalFiles;
  /** Name of an output, of another value, or of the node that gives it; needed where a model has several outputs. */
  output?: string | undefined;
}

/** A parsed file, checked: every value has one source, nothing takes what is not there, nothing takes itself through others. */
export function readOnnx(subject: string, model: ModelProto, options: ReadOptions = {}): OnnxModel {
  const { external = new Map() } = options;
  const { graph } = model;
  if (!graph) outOfRange(subject, `${EXPECTED} with a graph`, "none");
  if (graph.sparse_initializer.length > 0) outOfRange(subject, "dense initialisers", "a sparse one");
  const opsets = opsetsOf(subject, model);
  const initialisers = byName(subject, "initialiser", graph.initializer);
  const inputs = graph.input.filter(({ name }) => !initialisers.has(name ?? "")).map((info) => inputOf(subject, info));
  byName(subject, "input", graph.input);
  byName(subject, "output", graph.output);
  const given = new Set([...initialisers.keys(), ...inputs.map(({ name }) => name)]);
  const sources = sourcesOf(subject, graph, given);
  const output = outputOf(subject, graph, sources, options.output);
  const nodes = nodesTo(subject, output, sources, given);
  const constants = new Set(initialisers.keys());
  return {
    subject,
    name: graph.name || "network",
    opsets,
    nodes: nodes.map((node) => readNode(subject, node, external)),
    inputs,
    output,
    constants,
    constant: (name) => {
      const tensor = initialisers.get(name) as TensorProto;
      return readTensor(`${subject}: initialiser ${JSON.stringify(name)}`, tensor, external);
    },
  };
}

function opsetsOf(subject: string, { opset_import }: ModelProto): Map<string, number> {
  const opsets = new Map<string, number>();
  for (const { domain = "", version = 0 } of opset_import) opsets.set(domain === "ai.onnx" ? "" : domain, version);
  if (!opsets.has("")) outOfRange(subject, "the version of its operations (opset_import)", "none");
  return opsets;
}

/** The named entries of a list; refuses two of one name. */
function byName<T extends { name?: string | undefined }>(
  subject: string,
  what: string,
  list: readonly T[],
): Map<string, T> {
  const found = new Map<string, T>();
  for (const entry of list) {
    const name = entry.name ?? "";
    if (name === "") outOfRange(subject, `a name for every ${what}`, "none");
    if (found.has(name)) outOfRange(subject, `one ${what} of each name`, `two named ${JSON.stringify(name)}`);
    found.set(name, entry);
  }
  return found;
}

function inputOf(subject: string, { name = "", type }: ValueInfoProto): OnnxValue {
  const input = `${subject}: input ${JSON.stringify(name)}`;
  const tensor = type?.tensor_type ?? outOfRange(input, "a tensor", "another type");
  const shape = tensor.shape?.dim.map(({ dim_value }) => {
    return dim_value === undefined || dim_value < 0 ? undefined : dim_value;
  });
  requireShape(
    input,
    (shape ?? []).map((extent) => extent ?? 0),
  );
  return { name, type: typeName(tensor.elem_type), shape };
}

function nameOf({ name, output, op_type }: NodeProto): string {
  return name || output.find((value) => value !== "") || `${op_type}`;
}

function readNode(subject: string, node: NodeProto, external: ExternalFiles): OnnxNode {
  const { op_type = "", domain = "", input, output, attribute } = node;
  const name = nameOf(node);
  const attributes = new Map<string, Attribute>();
  for (const each of attribute) {
    const key = each.name ?? "";
    if (attributes.has(key)) outOfRange(`${subject}: ${name}`, `one attribute ${key}`, "two");
    attributes.set(key, readAttribute(`${subject}: ${name} ${key}`, each, external));
  }
  return { op: op_type, domain: domain === "ai.onnx" ? "" : domain, name, inputs: input, outputs: output, attributes };
}

/** Which node gives each value. */
function sourcesOf(subject: string, { node }: GraphProto, given: ReadonlySet<string>): Map<string, NodeProto> {
  const sources = new Map<string, NodeProto>();
  for (const each of node) {
    for (const value of each.output) {
      if (value === "") continue;
      if (sources.has(value) || given.has(value)) {
        outOfRange(subject, "one source of each value", `two of ${JSON.stringify(value)}`);
      }
      sources.set(value, each);
    }
  }
  return sources;
}

/** The value that is asked for: the model's only output, or a value or a node by its name. */
function outputOf(
  subject: string,
  graph: GraphProto,
  sources: ReadonlyMap<string, NodeProto>,
  wanted: string | undefined,
): string {
  const names = graph.output.map(({ name }) => name as string);
  if (wanted === undefined) {
    const [only] = names;
    if (!only || names.length > 1) {
      const list = names.length === 0 ? "none" : `${names.length} (${names.join(", ")})`;
      outOfRange(subject, "one output, or the option output", list);
    }
    return only;
  }
  if (names.includes(wanted) || sources.has(wanted)) return wanted;
  const node = graph.node.find(({ name, output }) => name === wanted && output[0]);
  return node?.output[0] ?? outOfRange("output", `a value of ${subject} (${names.join(", ")})`, JSON.stringify(wanted));
}

/** The nodes that lead to a value, each behind those it takes from. */
function nodesTo(
  subject: string,
  output: string,
  sources: ReadonlyMap<string, NodeProto>,
  given: ReadonlySet<string>,
): NodeProto[] {
  const sourceOf = (value: string, taker: string): NodeProto | undefined => {
    if (value === "" || given.has(value)) return undefined;
    return sources.get(value) ?? outOfRange(`${subject}: ${taker}`, "values that are there", JSON.stringify(value));
  };
  const end = sourceOf(output, `output ${JSON.stringify(output)}`);
  const sourcesOf = (node: NodeProto): NodeProto[] => {
    const found = node.input.map((value) => sourceOf(value, nameOf(node)));
    return [...new Set(found)].filter((source) => source !== undefined);
  };
  return end ? inOrder(subject, [end], sourcesOf, nameOf) : [];
}
