/**
 * How the layers of a model hang together: the calls of its layers, each after those whose outputs it takes. A Sequential
 * model is a chain; a functional one says of each call of a layer (a node) which nodes it takes. Names only: what the
 * layers are is the business of `topology.ts`.
 */
import * as v from "valibot";
import { describe, outOfRange } from "../check.ts";
import { requireSchema } from "../schema.ts";

const Config = v.looseObject({ name: v.optional(v.string()) });
const Entry = v.looseObject({ class_name: v.string(), config: Config });
type Entry = v.InferOutput<typeof Entry>;

/** What a call takes: a layer, which of its calls, which of that call's outputs, and arguments of its own. */
const Taken = v.looseTuple([v.string(), v.number(), v.number()]);
type Taken = v.InferOutput<typeof Taken>;
const Place = v.looseTuple([v.string(), v.number(), v.number()]);
const Places = v.union([v.array(Place), Place]);
const FunctionalEntry = v.looseObject({
  class_name: v.string(),
  config: v.looseObject({ name: v.string() }),
  inbound_nodes: v.array(v.array(Taken)),
});
type FunctionalEntry = v.InferOutput<typeof FunctionalEntry>;
const Functional = v.looseObject({ layers: v.array(FunctionalEntry), input_layers: Places, output_layers: Places });
const Sequential = v.array(Entry);

export const INPUT_LAYER = "InputLayer";

/** One call of a layer. */
export interface Call {
  /** The layer's name, and its entry in the topology. */
  name: string;
  entry: Entry;
  /** The values it takes: 0 is the model's input, i + 1 what call i gives. */
  inputs: number[];
}

/** The calls of a model from its input to its output, which is what the last of them gives. */
export interface Graph {
  /** Name of the model's input. */
  inputName: string;
  /** Configuration of the layer that states the shape of the input. */
  inputConfig: Record<string, unknown>;
  calls: Call[];
  /** Layers that do not lead to the output. */
  unused: string[];
}

/** The chain of a Sequential model, up to the layer `output`. */
export function chainOf(model: string, layers: unknown, output: string | undefined): Graph {
  const entries = requireSchema(`model ${model} layers`, Sequential, layers).map((entry, index) => {
    return { name: entry.config.name ?? `${entry.class_name.toLowerCase()}_${index}`, entry };
  });
  const [first] = entries;
  const start = first?.entry.class_name === INPUT_LAYER ? 1 : 0;
  const late = entries.findIndex(({ entry }, i) => i >= start && entry.class_name === INPUT_LAYER);
  const last = output === undefined ? entries.length - 1 : positionOf(model, entries, output);
  if (!first || last < start) outOfRange(`model ${model}`, "at least one layer", "none");
  if (late >= 0) outOfRange(`model ${model}`, "an InputLayer at the start only", `one at position ${late}`);
  requireDifferentNames(model, entries);
  return {
    inputName: start === 1 ? first.name : "input",
    inputConfig: first.entry.config,
    calls: entries.slice(start, last + 1).map((entry, i) => ({ ...entry, inputs: [i] })),
    unused: entries.slice(last + 1).map(({ name }) => name),
  };
}

/** One call of a layer, by name and number. */
interface Node {
  id: string;
  entry: FunctionalEntry;
  taken: readonly Taken[];
}

/** The calls that lead to the output of a functional model, or to the layer `output`. */
export function graphOf(model: string, config: unknown, output: string | undefined): Graph {
  const { layers, output_layers } = requireSchema(`model ${model}`, Functional, config);
  const entries = layers.map((entry) => ({ name: entry.config.name, entry }));
  requireDifferentNames(model, entries);
  const byName = new Map(layers.map((entry) => [entry.config.name, entry]));
  const nodeAt = (taker: string, [layer, call, tensor]: Taken): Node => {
    const entry = byName.get(layer) ?? outOfRange(taker, "inputs that are layers of the model", JSON.stringify(layer));
    if (tensor !== 0) outOfRange(taker, `output 0 of ${layer}, its only one`, `output ${tensor}`);
    const isInput = entry.class_name === INPUT_LAYER;
    const taken = isInput && call === 0 ? [] : entry.inbound_nodes[call];
    if (!taken) outOfRange(taker, `a call of ${layer} below ${entry.inbound_nodes.length}`, `call ${call}`);
    if (!isInput && taken.length === 0) outOfRange(`${layer} (${entry.class_name})`, "at least one input", "none");
    return { id: `${layer}:${call}`, entry, taken };
  };
  const end = nodeAt(`model ${model}`, outputOf(model, placesOf(output_layers), byName, output));
  const ordered = inOrder(model, end, nodeAt);
  const inputs = ordered.filter(({ entry }) => entry.class_name === INPUT_LAYER);
  const [input] = inputs;
  const names = inputs.map(({ entry }) => entry.config.name);
  if (!input || names.length > 1) outOfRange(`model ${model}`, "one input", list(names));
  const calls = ordered.filter((node) => node !== input);
  if (calls.length === 0) outOfRange(`model ${model}`, "at least one layer", "none");
  const values = new Map([[input.id, 0], ...calls.map(({ id }, i) => [id, i + 1] as const)]);
  const used = new Set(ordered.map(({ entry }) => entry.config.name));
  return {
    inputName: input.entry.config.name,
    inputConfig: input.entry.config,
    calls: calls.map(({ entry, taken }) => {
      const { name } = entry.config;
      for (const place of taken) requireInference(name, place[3]);
      return { name, entry, inputs: taken.map(([layer, call]) => values.get(`${layer}:${call}`) as number) };
    }),
    unused: [...byName.keys()].filter((name) => !used.has(name)),
  };
}

/** The end and everything it takes, directly or not, each behind what it takes itself. Refuses cycles. */
function inOrder(model: string, end: Node, nodeAt: (taker: string, place: Taken) => Node): Node[] {
  const ordered: Node[] = [];
  const done = new Set<string>();
  const path: Node[] = [end];
  for (let node = path.at(-1); node; node = path.at(-1)) {
    const { entry, taken } = node;
    const next = taken.map((place) => nodeAt(entry.config.name, place)).find(({ id }) => !done.has(id));
    if (!next) {
      path.pop();
      done.add(node.id);
      ordered.push(node);
      continue;
    }
    const open = path.findIndex(({ id }) => id === next.id);
    if (open >= 0) {
      const cycle = [...path.slice(open), next].map((n) => n.entry.config.name).reverse();
      outOfRange(`model ${model}`, "layers without a cycle", cycle.join(" -> "));
    }
    path.push(next);
  }
  return ordered;
}

/** Where the output is: the model's only one, or that of the layer that is asked for. */
function outputOf(
  model: string,
  outputs: readonly Taken[],
  byName: ReadonlyMap<string, FunctionalEntry>,
  output: string | undefined,
): Taken {
  const names = outputs.map(([name]) => name);
  if (output === undefined) {
    const [only] = outputs;
    if (!only || names.length > 1) outOfRange(`model ${model}`, "one output, or the option output", list(names));
    return only;
  }
  const declared = outputs.filter(([name]) => name === output);
  const [place] = declared;
  if (place && declared.length === 1) return place;
  const entries = [...byName.values()].map((entry) => ({ name: entry.config.name, entry }));
  const entry = entries[positionOf(model, entries, output)]?.entry as FunctionalEntry;
  const calls = entry.inbound_nodes.length;
  if (calls > 1) outOfRange("output", "a layer that is called once", `${output}, called ${calls} times`);
  return [output, 0, 0];
}

function positionOf(model: string, entries: readonly { name: string }[], output: string): number {
  const position = entries.findIndex(({ name }) => name === output);
  const names = entries.map(({ name }) => name).join(", ");
  return position >= 0 ? position : outOfRange("output", `a layer of ${model} (${names})`, JSON.stringify(output));
}

/** Keras writes several places as a list, a single one sometimes bare. */
function placesOf(places: v.InferOutput<typeof Places>): Taken[] {
  return (typeof places[0] === "string" ? [places] : places) as Taken[];
}

/** A call may carry arguments; all that may stand there is that this is no training. */
function requireInference(name: string, args: unknown): void {
  const extra = Object.entries(args ?? {}).filter(([key, value]) => value !== null && !(key === "training" && !value));
  const [first] = extra;
  if (first) outOfRange(name, "a call without arguments", `${first[0]}: ${describe(first[1])}`);
}

function requireDifferentNames(model: string, entries: readonly { name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of entries) {
    if (seen.has(name)) outOfRange(`model ${model}`, "layers of different names", `two named ${JSON.stringify(name)}`);
    seen.add(name);
  }
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "none" : `${names.length} (${names.join(", ")})`;
}
