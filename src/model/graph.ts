/**
 * How the layers of a model hang together: the calls of its layers, each after those whose outputs it takes. A Sequential
 * model is a chain; a functional one says of each call of a layer (a node) which nodes it takes. A model used as a layer is
 * taken apart: its layers are called where it is. Names only: what the layers are is the business of `topology.ts`.
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
/** What Keras calls a functional model, and what tfjs calls it. */
const FUNCTIONAL = ["Functional", "Model"];
const SEQUENTIAL = "Sequential";

const isModel = ({ class_name }: { class_name: string }): boolean =>
  FUNCTIONAL.includes(class_name) || class_name === SEQUENTIAL;

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

/** The calls that lead to the output of a model, or to its layer `output`. */
export function graphOf(model: string, className: string, config: unknown, output: string | undefined): Graph {
  if (className !== SEQUENTIAL && !FUNCTIONAL.includes(className)) {
    outOfRange("model", "a Sequential or a functional model", className);
  }
  if (className === SEQUENTIAL) {
    const entries = chainEntries(model, config);
    if (!entries.some(({ entry }) => isModel(entry))) return chainOf(model, entries, output);
  }
  return functionalGraph(model, scopeOf(model, className, config), output);
}

interface Named<E extends Entry = Entry> {
  name: string;
  entry: E;
}

/** The layers of a Sequential model, whose configuration was once their bare list. */
function chainEntries(model: string, config: unknown): Named[] {
  const layers = Array.isArray(config) ? config : (config as { layers?: unknown }).layers;
  const entries = requireSchema(`model ${model} layers`, Sequential, layers).map((entry, index) => {
    return { name: entry.config.name ?? `${entry.class_name.toLowerCase()}_${index}`, entry };
  });
  const start = entries[0]?.entry.class_name === INPUT_LAYER ? 1 : 0;
  const late = entries.findIndex(({ entry }, i) => i >= start && entry.class_name === INPUT_LAYER);
  if (late >= 0) outOfRange(`model ${model}`, "an InputLayer at the start only", `one at position ${late}`);
  requireDifferentNames(model, entries);
  return entries;
}

/** The chain of a Sequential model, up to the layer `output`. */
function chainOf(model: string, entries: readonly Named[], output: string | undefined): Graph {
  const [first] = entries;
  const start = first?.entry.class_name === INPUT_LAYER ? 1 : 0;
  const last = output === undefined ? entries.length - 1 : positionOf(model, entries, output);
  if (!first || last < start) outOfRange(`model ${model}`, "at least one layer", "none");
  return {
    inputName: start === 1 ? first.name : "input",
    inputConfig: first.entry.config,
    calls: entries.slice(start, last + 1).map((entry, i) => ({ ...entry, inputs: [i] })),
    unused: entries.slice(last + 1).map(({ name }) => name),
  };
}

/** A model: the layers that its names stand for, where it begins and where it ends. */
interface Scope {
  model: string;
  layers: ReadonlyMap<string, FunctionalEntry>;
  inputs: readonly Taken[];
  outputs: readonly Taken[];
  /** The models that are used as layers in it. */
  within: ReadonlyMap<string, Scope>;
}

/** A call of a model as a layer: who called it, and what it was given. The outermost model has none. */
interface Use {
  scope: Scope;
  /** Tells the nodes of one call from those of another. */
  path: string;
  outer?: { use: Use; name: string; taken: readonly Taken[] };
}

/** One call of a layer, by name and number. */
interface Node {
  id: string;
  entry: FunctionalEntry;
  taken: readonly Taken[];
  use: Use;
}

/** Keras numbers the calls of a model from 1, as making it is call 0. */
const firstCallOf = (entry: Entry): number => (isModel(entry) ? 1 : 0);

function scopeOf(model: string, className: string, config: unknown): Scope {
  const { layers, input_layers, output_layers } =
    className === SEQUENTIAL ? asFunctional(model, config) : requireSchema(`model ${model}`, Functional, config);
  const entries = layers.map((entry) => ({ name: entry.config.name, entry }));
  requireDifferentNames(model, entries);
  const models = layers.filter(isModel);
  return {
    model,
    layers: new Map(layers.map((entry) => [entry.config.name, entry])),
    inputs: placesOf(input_layers),
    outputs: placesOf(output_layers),
    within: new Map(models.map(({ class_name, config }) => [config.name, scopeOf(config.name, class_name, config)])),
  };
}

/** A Sequential model written as a functional one. */
function asFunctional(model: string, config: unknown): v.InferOutput<typeof Functional> {
  const entries = chainEntries(model, config);
  const [first] = entries;
  if (!first) outOfRange(`model ${model}`, "at least one layer", "none");
  const input = { class_name: INPUT_LAYER, config: { ...inputConfigOf(first.entry), name: `${model}_input` } };
  const chain =
    first.entry.class_name === INPUT_LAYER ? entries : [{ name: input.config.name, entry: input }, ...entries];
  const placeOf = ({ name, entry }: Named): Taken => [name, firstCallOf(entry), 0];
  const layers = chain.map(({ name, entry }, i): FunctionalEntry => {
    const before = chain[i - 1];
    return { ...entry, config: { ...entry.config, name }, inbound_nodes: before ? [[placeOf(before)]] : [] };
  });
  const [start, end] = [chain[0] as Named, chain.at(-1) as Named];
  return { layers, input_layers: [placeOf(start)], output_layers: [placeOf(end)] };
}

/** The configuration that states the shape of what a layer takes: its own, or of a model that of its input. */
function inputConfigOf(entry: Entry): Record<string, unknown> {
  if (!isModel(entry)) return entry.config;
  const { layers, inputs } = scopeOf(entry.config.name ?? "model", entry.class_name, entry.config);
  return layers.get(inputs[0]?.[0] ?? "")?.config ?? {};
}

/** The calls that lead to the output of a functional model, or to the layer `output`. */
function functionalGraph(model: string, scope: Scope, output: string | undefined): Graph {
  const use: Use = { scope, path: "" };
  const end = nodeAt(use, `model ${model}`, outputOf(model, scope.outputs, scope.layers, output));
  const ordered = inOrder(model, end);
  const inputs = ordered.filter(({ entry }) => entry.class_name === INPUT_LAYER);
  const [input] = inputs;
  const names = inputs.map(({ entry }) => entry.config.name);
  if (!input || names.length > 1) outOfRange(`model ${model}`, "one input", list(names));
  const calls = ordered.filter((node) => node !== input);
  if (calls.length === 0) outOfRange(`model ${model}`, "at least one layer", "none");
  requireDifferentNames(
    model,
    [...new Set(calls.map(({ entry }) => entry))].map((entry) => ({ name: entry.config.name })),
  );
  const values = new Map([[input.id, 0], ...calls.map(({ id }, i) => [id, i + 1] as const)]);
  const used = new Set(ordered.map(({ entry }) => entry.config.name));
  return {
    inputName: input.entry.config.name,
    inputConfig: input.entry.config,
    calls: calls.map((node) => {
      const { name } = node.entry.config;
      return { name, entry: node.entry, inputs: sourcesOf(node).map(({ id }) => values.get(id) as number) };
    }),
    unused: namesIn(scope).filter((name) => !used.has(name)),
  };
}

/** What a place names: a call of a layer, in a model used as a layer the call that its output comes from. */
function nodeAt(use: Use, taker: string, place: Taken, passed: readonly string[] = []): Node {
  const [layer, call, tensor] = place;
  const { scope, path, outer } = use;
  requireInference(taker, place[3]);
  const entry =
    scope.layers.get(layer) ?? outOfRange(taker, "inputs that are layers of the model", JSON.stringify(layer));
  if (tensor !== 0) outOfRange(taker, `output 0 of ${layer}, its only one`, `output ${tensor}`);
  const id = `${path}${layer}:${call}`;
  if (passed.includes(id)) outOfRange(`model ${scope.model}`, "layers without a cycle", [...passed, id].join(" -> "));
  const isInput = entry.class_name === INPUT_LAYER;
  if (isInput && outer) {
    const [given] = outer.taken;
    if (!given || outer.taken.length > 1) outOfRange(`${outer.name} (model)`, "one input", `${outer.taken.length}`);
    return nodeAt(outer.use, outer.name, given, [...passed, id]);
  }
  const first = firstCallOf(entry);
  const taken = isInput && call === 0 ? [] : entry.inbound_nodes[call - first];
  if (!taken) {
    const range = first > 0 ? `in [1, ${entry.inbound_nodes.length}]` : `below ${entry.inbound_nodes.length}`;
    outOfRange(taker, `a call of ${layer} ${range}`, `call ${call}`);
  }
  if (!isInput && taken.length === 0) outOfRange(`${layer} (${entry.class_name})`, "at least one input", "none");
  const inner = scope.within.get(layer);
  if (!inner) return { id, entry, taken, use };
  if (inner.inputs.length > 1) {
    outOfRange(`${layer} (model)`, "one input", list(inner.inputs.map(([name]) => name)));
  }
  const [end] = inner.outputs;
  if (!end || inner.outputs.length > 1) {
    outOfRange(`${layer} (model)`, "one output", list(inner.outputs.map(([name]) => name)));
  }
  return nodeAt({ scope: inner, path: `${id}/`, outer: { use, name: layer, taken } }, layer, end, [...passed, id]);
}

/** The nodes that a node takes. */
const sourcesOf = ({ use, entry, taken }: Node): Node[] => taken.map((place) => nodeAt(use, entry.config.name, place));

/** Names of all layers of a model, and of the models within. */
function namesIn({ layers, within }: Scope): string[] {
  return [...layers.keys(), ...[...within.values()].flatMap(namesIn)];
}

/** The end and everything it takes, directly or not, each behind what it takes itself. Refuses cycles. */
function inOrder(model: string, end: Node): Node[] {
  const ordered: Node[] = [];
  const done = new Set<string>();
  const path: Node[] = [end];
  for (let node = path.at(-1); node; node = path.at(-1)) {
    const next = sourcesOf(node).find(({ id }) => !done.has(id));
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
  return [output, firstCallOf(entry), 0];
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
