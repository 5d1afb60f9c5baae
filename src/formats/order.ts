/** The nodes of a format that lead to its outputs, each behind those it takes: what a reader translates, in that order. */
import { outOfRange } from "../check.ts";

/** Nodes that lead to an output at most. */
const NODE_LIMIT = 20_000;
/** Values that they take in all. */
const INPUT_LIMIT = 200_000;

/**
 * @param model its name, for error messages
 * @param ends the nodes that make the outputs
 * @param sourcesOf the nodes whose values one takes; throws where there is none
 * @param nameOf what a node is called in an error
 */
export function inOrder<N extends object>(
  model: string,
  ends: readonly N[],
  sourcesOf: (node: N) => readonly N[],
  nameOf: (node: N) => string,
): N[] {
  const ordered: N[] = [];
  const state = new Map<N, "open" | "done">();
  const path: { node: N; sources: readonly N[]; next: number }[] = [];
  let taken = 0;
  const enter = (node: N) => {
    const sources = sourcesOf(node);
    taken += sources.length;
    state.set(node, "open");
    if (state.size > NODE_LIMIT) outOfRange(`model ${model}`, `at most ${NODE_LIMIT} nodes`, "more");
    if (taken > INPUT_LIMIT) outOfRange(`model ${model}`, `at most ${INPUT_LIMIT} inputs of nodes in all`, "more");
    path.push({ node, sources, next: 0 });
  };
  for (const end of ends) {
    if (!state.has(end)) enter(end);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const source = top.sources[top.next++];
      if (!source) {
        path.pop();
        state.set(top.node, "done");
        ordered.push(top.node);
      } else if (state.get(source) === "open") {
        const start = path.findIndex(({ node }) => node === source);
        const cycle = [...path.slice(start).map(({ node }) => nameOf(node)), nameOf(source)].reverse();
        outOfRange(`model ${model}`, "nodes without a cycle", cycle.join(" -> "));
      } else if (!state.has(source)) {
        enter(source);
      }
    }
  }
  return ordered;
}
