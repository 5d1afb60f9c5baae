/**
 * The part of a graph behind a layer, whose output becomes the input: how a model is attacked that takes whole numbers, such as
 * tokens. What lies before the layer is not built; of an Embedding only the shape of its output is read.
 */
import * as v from "valibot";
import { outOfRange } from "../check.ts";
import { requireSchema } from "../schema.ts";
import type { Call, Graph } from "./graph.ts";
import { Extent } from "./layers/index.ts";

export const EMBEDDING = "Embedding";
const Embedding = v.looseObject({ output_dim: Extent, mask_zero: v.optional(v.nullable(v.boolean())) });

/** Behind a layer: the graph, and the call of that layer with those that lead to it, for whoever asks for its shape. */
export interface GraphPart {
  graph: Omit<Graph, "inputConfig">;
  before: readonly Call[];
}

/** Takes a graph apart behind the layer `inputs`. Throws for a layer that a later one bypasses. */
export function partBehind(model: string, graph: Graph, inputs: string): GraphPart {
  const { calls } = graph;
  const found = calls.flatMap(({ name }, i) => (name === inputs ? [i] : []));
  const [call] = found;
  if (call === undefined) {
    const names = [...new Set(calls.map(({ name }) => name))].join(", ");
    outOfRange("inputs", `a layer of ${model} (${names})`, JSON.stringify(inputs));
  }
  if (found.length > 1) outOfRange("inputs", "a layer that is called once", `${inputs}, called ${found.length} times`);
  const cut = call + 1;
  const behind = calls.slice(cut).map((one) => {
    if (one.inputs.some((value) => value < cut)) {
      outOfRange(
        "inputs",
        "a layer that everything behind it goes through",
        `${inputs}, which ${one.name} goes around`,
      );
    }
    return { ...one, inputs: one.inputs.map((value) => value - cut) };
  });
  if (behind.length === 0) outOfRange("inputs", "a layer below the last", inputs);
  const before = calls.slice(0, cut);
  const used = new Set(behind.map(({ name }) => name));
  const left = before.map(({ name }) => name).filter((name) => !used.has(name));
  return { graph: { inputName: inputs, calls: behind, unused: [...graph.unused, ...new Set(left)] }, before };
}

/** The shape that an Embedding gives for so many tokens. */
export function embeddedShape({ name, entry }: Call, tokens: readonly number[]): number[] {
  const { output_dim, mask_zero } = requireSchema(`${name} (${EMBEDDING})`, Embedding, entry.config);
  if (mask_zero) outOfRange(`${name} mask_zero`, "false (no steps are left out here)", "true");
  return [...tokens, output_dim];
}
