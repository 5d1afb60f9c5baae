/** Functional Keras models that are a plain chain: layer after layer, as a Sequential model would list them. */
import * as v from "valibot";
import { outOfRange } from "../check.ts";
import { requireSchema } from "../schema.ts";

/** What a functional model says of a layer beside its class: which layers' outputs each call of it takes. */
const Entry = v.looseObject({
  class_name: v.string(),
  config: v.looseObject({ name: v.string() }),
  inbound_nodes: v.array(v.array(v.looseTuple([v.string()]))),
});
const Entries = v.array(Entry);
type Entry = v.InferOutput<typeof Entry>;

/** The layers of a functional model from input to output. Refuses branches, shared layers and several inputs, by name. */
export function chainOf(model: string, layers: unknown): Entry[] {
  const entries = requireSchema(`model ${model} layers`, Entries, layers);
  const starts = entries.filter((entry) => entry.inbound_nodes.length === 0);
  const [start] = starts;
  if (!start || starts.length > 1) outOfRange(`model ${model}`, "one input", list(starts));
  const chain = [start];
  for (let next = follower(entries, start); next; next = follower(entries, next)) {
    chain.push(next); // its one input is the layer before it, so it comes up once: the walk ends
  }
  const rest = entries.filter((entry) => !chain.includes(entry));
  if (rest.length > 0) outOfRange(`model ${model}`, "a plain chain of layers", `${list(rest)} apart from it`);
  return chain;
}

/** The layer that takes an entry's output, and nothing else; undefined at the end of the chain. */
function follower(entries: readonly Entry[], { config }: Entry): Entry | undefined {
  const takers = entries.filter((entry) => entry.inbound_nodes.flat().some(([name]) => name === config.name));
  if (takers.length > 1) outOfRange(config.name, "one layer that takes its output", list(takers));
  const [next] = takers;
  if (!next) return undefined;
  const subject = `${next.config.name} (${next.class_name})`;
  const calls = next.inbound_nodes.length;
  if (calls > 1) outOfRange(subject, "a layer called once", `${calls} calls`);
  const inputs = next.inbound_nodes.flat().length;
  if (inputs > 1) outOfRange(subject, "one input", `${inputs}`);
  return next;
}

function list(entries: readonly Entry[]): string {
  const names = entries.map(({ config }) => config.name).join(", ");
  return entries.length === 0 ? "none" : `${entries.length} (${names})`;
}
