/**
 * An ONNX model as a graph: each node is translated by the table of its operation. What no table has is refused, all at once.
 * Everything runs in single precision, whatever width of floats the file states.
 */
import { outOfRange } from "../../check.ts";
import { GraphBuilder } from "../builder.ts";
import { BATCH, type Graph } from "../graph.ts";
import { constantOf, keptAs } from "./constant.ts";
import type { OnnxModel, OnnxNode, OnnxValue } from "./model.ts";
import { NodeReader, type Translate, type Translations } from "./node-reader.ts";
import { CONSTANTS } from "./operations/constants.ts";
import { CONVOLUTIONS } from "./operations/convolutions.ts";
import { ELEMENTWISE } from "./operations/elementwise.ts";
import { NORMALISATIONS } from "./operations/normalisations.ts";
import { QUANTISATION } from "./operations/quantisation.ts";
import { REDUCTIONS } from "./operations/reductions.ts";
import { RESIZES } from "./operations/resize.ts";
import { SHAPES } from "./operations/shapes.ts";

const OPERATIONS: Translations = {
  ...CONSTANTS,
  ...CONVOLUTIONS,
  ...ELEMENTWISE,
  ...NORMALISATIONS,
  ...QUANTISATION,
  ...REDUCTIONS,
  ...RESIZES,
  ...SHAPES,
};

/** What onnxruntime adds to ONNX, by the operation of ONNX that does the same. */
const MICROSOFT: Translations = {
  Gelu: (node) => node.give({ op: "unary", function: "gelu" }, node.input(0)),
  QuickGelu: (node) => {
    if (Math.fround(node.float("alpha", 1.702)) !== 1) node.refuse("alpha 1", `${node.float("alpha", 1.702)}`);
    node.give({ op: "unary", function: "swish" }, node.input(0));
  },
};

/** The versions of ONNX's operations that are read. */
const OLDEST = 7;
const NEWEST = 22;

/** Nodes that an error names of one operation. */
const NAMED = 3;

/** @param inputShape of the input without the batch, where the file leaves extents open */
export function onnxGraph(model: OnnxModel, inputShape?: readonly number[]): Graph {
  const opset = requireOpset(model);
  requireKnown(model);
  const builder = new GraphBuilder(model.name);
  const input = inputOf(model, inputShape);
  builder.input(input.name, input.shape);
  const taken = new Set([model.output, ...model.nodes.flatMap(({ inputs }) => inputs)]);
  for (const name of model.constants) if (taken.has(name)) builder.constant(name, constantOf(model.constant(name)));
  const makers = new Map(model.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const)));
  for (const node of model.nodes) {
    const translate = translationOf(node) as Translate;
    translate(new NodeReader(node, opset, builder, makers));
  }
  return builder.finish(model.output);
}

function requireOpset({ subject, opsets }: OnnxModel): number {
  const opset = opsets.get("") as number;
  if (!(opset >= OLDEST && opset <= NEWEST)) {
    outOfRange(subject, `operations of a version (opset) from ${OLDEST} to ${NEWEST}`, opset);
  }
  return opset;
}

function translationOf({ op, domain }: OnnxNode): Translate | undefined {
  const table = domain === "" ? OPERATIONS : domain === "com.microsoft" ? MICROSOFT : {};
  return Object.hasOwn(table, op) ? table[op] : undefined;
}

/** Refuses what does not run: operations without a translation, and second outputs that something takes. */
function requireKnown({ subject, nodes, output }: OnnxModel): void {
  const taken = new Set([output, ...nodes.flatMap(({ inputs }) => inputs)]);
  const refused = new Map<string, string[]>();
  for (const node of nodes) {
    const { op, domain, name } = node;
    const of = domain === "" ? op : `${domain}.${op}`;
    const second =
      op === "Split" ? -1 : node.outputs.findIndex((value, i) => i > 0 && value !== "" && taken.has(value));
    const what = !translationOf(node) ? of : second > 0 ? `output ${second} of ${of}` : undefined;
    if (what === undefined) continue;
    refused.set(what, [...(refused.get(what) ?? []), name]);
  }
  if (refused.size === 0) return;
  const words = [...refused].map(([what, names]) => {
    const more = names.length > NAMED ? `, ${names.length - NAMED} more` : "";
    return `${what} (${names.slice(0, NAMED).join(", ")}${more})`;
  });
  outOfRange(subject, "operations that run here", words.join("; "));
}

/** The one input, its first extent the batch: open, named, or 1. Other open extents are those of `given`. */
function inputOf(model: OnnxModel, given?: readonly number[]): { name: string; shape: number[] } {
  const { subject, inputs, nodes, output } = model;
  const taken = new Set([output, ...nodes.flatMap((node) => node.inputs)]);
  const needed = inputs.filter(({ name }) => taken.has(name));
  const [input] = needed;
  if (!input || needed.length > 1) {
    const names = needed.map(({ name }) => name).join(", ");
    outOfRange(subject, "one input", needed.length === 0 ? "none" : `${needed.length} (${names})`);
  }
  const words = `${subject}: input ${JSON.stringify(input.name)}`;
  requireFloats(words, input);
  const shape =
    input.shape ?? (given && [undefined, ...given]) ?? outOfRange(words, "a shape, or the option inputShape", "none");
  const [batch, ...extents] = shape;
  if (extents.length === 0) outOfRange(words, "rows behind the batch", `${shape.length} axes`);
  if (batch !== undefined && batch !== 1) outOfRange(words, "a batch that is open or 1", batch);
  if (given && (given.length !== extents.length || extents.some((extent, i) => extent && extent !== given[i]))) {
    const stated = extents.map((extent) => extent || "?").join(", ");
    outOfRange("inputShape", `a shape that fits the file's [${stated}]`, `[${given.join(", ")}]`);
  }
  const known = extents.map((extent, i) => {
    const wanted = extent || given?.[i];
    return (
      wanted ??
      outOfRange(words, "known extents behind the batch, or the option inputShape", `an open one on axis ${i + 1}`)
    );
  });
  return { name: input.name, shape: [BATCH, ...known] };
}

function requireFloats(words: string, { type }: OnnxValue): void {
  const kept = keptAs(type);
  if (kept !== "float32") {
    outOfRange(words, "floats: whole numbers, such as token ids, have no gradient", type);
  }
}
