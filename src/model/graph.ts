/**
 * The graph of a model: the calls of its layers, each after the calls whose outputs it takes. A Sequential model is a chain;
 * a functional one lists for each call of a layer (a node) the nodes it takes. A model used as a layer is taken apart: its
 * layers are called in its place. This file knows only names; `topology.ts` builds the layers.
 */
import * as v from "valibot";
import { describe, outOfRange } from "../check.ts";
import { requireSchema } from "../schema.ts";
import { asKeras2, InboundNode, isByArguments, type Taken, takenBy } from "./inbound.ts";

const Config = v.looseObject({ name: v.optional(v.string()) });
const Entry = v.looseObject({ class_name: v.string(), config: Config });
type Entry = v.InferOutput<typeof Entry>;

const Place = v.looseTuple([v.string(), v.number(), v.number()]);
const Places = v.union([v.array(Place), Place]);
const WrittenEntry = v.looseObject({
  class_name: v.string(),
  config: v.looseObject({ name: v.string() }),
  inbound_nodes: v.array(InboundNode),
});
/** A layer of a functional model: for each of its calls the places that it takes. */
type FunctionalEntry = Entry & { config: { name: string }; inbound_nodes: Taken[][] };
const Functional = v.looseObject({ layers: v.array(WrittenEntry), input_layers: Places, output_layers: Places });
const Sequential = v.array(Entry);

export const INPUT_LAYER = "InputLayer";
/** What Keras calls a functional model, and what tfjs calls it. */
const FUNCTIONAL = ["Functional", "Model"];
const SEQUENTIAL = "Sequential";

const isModel = ({ class_name }: { class_name: string }): boolean =>
  FUNCTIONAL.includes(class_name) || class_name === SEQUENTIAL;

/** Models within models: those of Keras's applications go 3 deep. */
const DEPTH_LIMIT = 64;
/** Calls of layers, and values that they take: the largest of Keras's applications has 1,500. Shared models multiply both. */
export const CALL_LIMIT = 20_000;
const INPUT_LIMIT = 100_000;

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

/** The shape of an input with its batch, wherever Keras 2, tfjs or Keras 3 write it: in the layer, beside it, in its model. */
function withInputShape({ config, build_config }: Entry, model: unknown): Record<string, unknown> {
  const built = (build_config as { input_shape?: unknown } | null | undefined)?.input_shape;
  const ofModel = (model as { build_input_shape?: unknown }).build_input_shape;
  const shape = config.batch_input_shape ?? config.batch_shape ?? built ?? ofModel;
  return { ...config, ...(shape !== undefined && { batch_input_shape: shape }) };
}

/** The calls that lead to the output of a model, or to its layer `output`. */
export function graphOf(model: string, className: string, config: unknown, output: string | undefined): Graph {
  if (className !== SEQUENTIAL && !FUNCTIONAL.includes(className)) {
    outOfRange("model", "a Sequential or a functional model", className);
  }
  if (className === SEQUENTIAL) {
    const entries = chainEntries(model, config);
    if (!entries.some(({ entry }) => isModel(entry))) return chainOf(model, config, entries, output);
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
function chainOf(model: string, config: unknown, entries: readonly Named[], output: string | undefined): Graph {
  const [first] = entries;
  const start = first?.entry.class_name === INPUT_LAYER ? 1 : 0;
  const last = output === undefined ? entries.length - 1 : positionOf(model, entries, output);
  if (!first || last < start) outOfRange(`model ${model}`, "at least one layer", "none");
  if (last + 1 - start > CALL_LIMIT) {
    outOfRange(`model ${model}`, `at most ${CALL_LIMIT} calls of layers`, `${last + 1 - start}`);
  }
  return {
    inputName: start === 1 ? first.name : "input",
    inputConfig: withInputShape(first.entry, config),
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
  outer?: { use: Use; name: string; taken: readonly Taken[] };
  /** What its places were found to name, by call and layer: each is looked for once. */
  found: Map<string, Node>;
  /** The calls of the models within. */
  uses: Map<string, Use>;
}

/** One call of a layer. */
interface Node {
  entry: FunctionalEntry;
  taken: readonly Taken[];
  use: Use;
}

/** Keras numbers the calls of a model from 1, as making it is call 0. */
const firstCallOf = (entry: Entry): number => (isModel(entry) ? 1 : 0);

/** @param depth of models within models */
function scopeOf(model: string, className: string, config: unknown, depth = 1): Scope {
  if (depth > DEPTH_LIMIT)
    outOfRange(`model ${model}`, `models within models, ${DEPTH_LIMIT} deep at most`, "deeper ones");
  if (className === SEQUENTIAL) return sequentialScope(model, config, depth);
  const { layers, inputs, outputs } = readFunctional(requireSchema(`model ${model}`, Functional, config));
  requireDifferentNames(
    model,
    layers.map(({ config }) => config),
  );
  const within = layers
    .filter(isModel)
    .map(({ class_name, config }) => [config.name, scopeOf(config.name, class_name, config, depth + 1)] as const);
  return {
    model,
    layers: new Map(layers.map((entry) => [entry.config.name, entry])),
    inputs,
    outputs,
    within: new Map(within),
  };
}

/** The layers of a functional model and its ends, places as Keras 2 counts them. */
function readFunctional({ layers, input_layers, output_layers }: v.InferOutput<typeof Functional>) {
  const isKeras3 = layers.some(({ inbound_nodes }) => inbound_nodes.some(isByArguments));
  const models = new Set(isKeras3 ? layers.filter(isModel).map(({ config }) => config.name) : []);
  const counted = (places: readonly Taken[]) => places.map((place) => asKeras2(place, models));
  return {
    layers: layers.map((entry): FunctionalEntry => {
      return { ...entry, inbound_nodes: entry.inbound_nodes.map((node) => counted(takenBy(entry.config.name, node))) };
    }),
    inputs: counted(placesOf(input_layers)),
    outputs: counted(placesOf(output_layers)),
  };
}

/** A Sequential model as a functional one. */
function sequentialScope(model: string, config: unknown, depth: number): Scope {
  const entries = chainEntries(model, config);
  const [first] = entries;
  if (!first) outOfRange(`model ${model}`, "at least one layer", "none");
  const within = new Map(
    entries
      .filter(({ entry }) => isModel(entry))
      .map(({ name, entry }) => [name, scopeOf(name, entry.class_name, entry.config, depth + 1)]),
  );
  const start = { ...inputConfigOf(first, within, config), name: `${model}_input` };
  const input = { name: start.name, entry: { class_name: INPUT_LAYER, config: start } };
  const chain = first.entry.class_name === INPUT_LAYER ? entries : [input, ...entries];
  const placeOf = ({ name, entry }: Named): Taken => [name, firstCallOf(entry), 0];
  const layers = chain.map(({ name, entry }, i): FunctionalEntry => {
    const before = chain[i - 1];
    return { ...entry, config: { ...entry.config, name }, inbound_nodes: before ? [[placeOf(before)]] : [] };
  });
  requireDifferentNames(model, chain);
  return {
    model,
    layers: new Map(layers.map((entry) => [entry.config.name, entry])),
    inputs: [placeOf(chain[0] as Named)],
    outputs: [placeOf(chain.at(-1) as Named)],
    within,
  };
}

/** The configuration that states the shape of what a layer takes: its own, or of a model that of its input. */
function inputConfigOf(
  { name, entry }: Named,
  within: ReadonlyMap<string, Scope>,
  model: unknown,
): Record<string, unknown> {
  const scope = within.get(name);
  if (!scope) return withInputShape(entry, model);
  const input = scope.layers.get(scope.inputs[0]?.[0] ?? "");
  return input ? withInputShape(input, model) : {};
}

/** The calls that lead to the output of a functional model, or to the layer `output`. */
function functionalGraph(model: string, scope: Scope, output: string | undefined): Graph {
  const use: Use = { scope, found: new Map(), uses: new Map() };
  const end = nodeAt(use, `model ${model}`, outputOf(model, scope.outputs, scope.layers, output));
  const { ordered, sources } = inOrder(model, end);
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
  const values = new Map([[input, 0], ...calls.map((node, i) => [node, i + 1] as const)]);
  const used = new Set(ordered.map(({ entry }) => entry.config.name));
  return {
    inputName: input.entry.config.name,
    inputConfig: withInputShape(input.entry, {}),
    calls: calls.map((node) => {
      const taken = sources.get(node) as readonly Node[];
      return {
        name: node.entry.config.name,
        entry: node.entry,
        inputs: taken.map((from) => values.get(from) as number),
      };
    }),
    unused: namesIn(scope).filter((name) => !used.has(name)),
  };
}

/** What a place names: a call of a layer, in a model used as a layer the call that its output comes from. */
function nodeAt(use: Use, taker: string, place: Taken): Node {
  /** The places on the way, of which each only names the next. */
  const passed = new Map<Map<string, Node>, Set<string>>();
  const way: { found: Map<string, Node>; key: string; layer: string }[] = [];
  let at: { use: Use; taker: string; place: Taken } | Node = { use, taker, place };
  while ("place" in at) {
    const { found } = at.use;
    const [layer, call] = at.place;
    const key = `${call}:${layer}`;
    const seen = passed.get(found) ?? new Set();
    if (seen.has(key)) {
      const start = way.findIndex((step) => step.found === found && step.key === key);
      const cycle = [...way.slice(start).map((step) => step.layer), layer];
      outOfRange(`model ${at.use.scope.model}`, "layers without a cycle", cycle.join(" -> "));
    }
    passed.set(found, seen.add(key));
    way.push({ found, key, layer });
    at = stepFrom(at.use, at.taker, at.place);
  }
  for (const { found, key } of way) found.set(key, at);
  return at;
}

/** The call of a layer that a place names; or, where that hands on what another place gives, that other place. */
function stepFrom(use: Use, taker: string, place: Taken): { use: Use; taker: string; place: Taken } | Node {
  const [layer, call, tensor] = place;
  const { scope, outer } = use;
  requireInference(taker, place[3]);
  if (tensor !== 0) outOfRange(taker, `output 0 of ${layer}, its only one`, `output ${tensor}`);
  const key = `${call}:${layer}`;
  const known = use.found.get(key);
  if (known) return known;
  const entry =
    scope.layers.get(layer) ?? outOfRange(taker, "inputs that are layers of the model", JSON.stringify(layer));
  const isInput = entry.class_name === INPUT_LAYER;
  if (isInput && outer) {
    const [given] = outer.taken;
    if (!given || outer.taken.length > 1) outOfRange(`${outer.name} (model)`, "one input", `${outer.taken.length}`);
    return { use: outer.use, taker: outer.name, place: given };
  }
  const first = firstCallOf(entry);
  const taken = isInput && call === 0 ? [] : entry.inbound_nodes[call - first];
  if (!taken) {
    const range = first > 0 ? `in [1, ${entry.inbound_nodes.length}]` : `below ${entry.inbound_nodes.length}`;
    outOfRange(taker, `a call of ${layer} ${range}`, `call ${call}`);
  }
  if (!isInput && taken.length === 0) outOfRange(`${layer} (${entry.class_name})`, "at least one input", "none");
  const inner = scope.within.get(layer);
  if (!inner) return { entry, taken, use };
  if (inner.inputs.length > 1) {
    outOfRange(`${layer} (model)`, "one input", list(inner.inputs.map(([name]) => name)));
  }
  const [end] = inner.outputs;
  if (!end || inner.outputs.length > 1) {
    outOfRange(`${layer} (model)`, "one output", list(inner.outputs.map(([name]) => name)));
  }
  const within: Use = use.uses.get(key) ?? {
    scope: inner,
    outer: { use, name: layer, taken },
    found: new Map(),
    uses: new Map(),
  };
  use.uses.set(key, within);
  return { use: within, taker: layer, place: end };
}

/** Names of all layers of a model, and of the models within. */
function namesIn({ layers, within }: Scope): string[] {
  return [...layers.keys(), ...[...within.values()].flatMap(namesIn)];
}

interface Order {
  ordered: Node[];
  /** What each of them takes. */
  sources: ReadonlyMap<Node, readonly Node[]>;
}

/** The end and everything it takes, directly or not, each behind what it takes itself. Refuses cycles. */
function inOrder(model: string, end: Node): Order {
  const ordered: Node[] = [];
  const sources = new Map<Node, readonly Node[]>();
  const done = new Set<Node>();
  const open = new Set<Node>();
  /** The way from the end to where we are, and of each node which of its sources comes next. */
  const path: { node: Node; next: number }[] = [];
  let inputs = 0;
  const enter = (node: Node) => {
    const taken = node.taken.map((place) => nodeAt(node.use, node.entry.config.name, place));
    sources.set(node, taken);
    inputs += taken.length;
    if (sources.size > CALL_LIMIT) outOfRange(`model ${model}`, `at most ${CALL_LIMIT} calls of layers`, "more");
    if (inputs > INPUT_LIMIT) outOfRange(`model ${model}`, `at most ${INPUT_LIMIT} inputs of layers in all`, "more");
    open.add(node);
    path.push({ node, next: 0 });
  };
  enter(end);
  for (let top = path.at(-1); top; top = path.at(-1)) {
    const source = sources.get(top.node)?.[top.next++];
    if (!source) {
      path.pop();
      open.delete(top.node);
      done.add(top.node);
      ordered.push(top.node);
    } else if (open.has(source)) {
      const start = path.findIndex(({ node }) => node === source);
      const cycle = [...path.slice(start).map(({ node }) => node), source].map(({ entry }) => entry.config.name);
      outOfRange(`model ${model}`, "layers without a cycle", cycle.reverse().join(" -> "));
    } else if (!done.has(source)) {
      enter(source);
    }
  }
  return { ordered, sources };
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
