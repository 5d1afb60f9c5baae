/**
 * A graph as layers: their topology, in the form of a LayersModel, and their weights. Everything that a LayersModel can do, the
 * network of a graph can do too, to the same bits where the weights are the same: saved, shared with threads, bounded.
 *
 * Expects channels last (layout.ts).
 */
import type { Graph, GraphNode, NodeOf } from "../graph.ts";
import { lowerBatchNormalisation, lowerBinary, lowerPrelu, lowerUnary } from "./arithmetic.ts";
import { Context, refuse } from "./context.ts";
import type { Lowered } from "./emitter.ts";
import {
  lowerConcatenate,
  lowerPad,
  lowerPool,
  lowerReduce,
  lowerReshape,
  lowerSoftmax,
  lowerTranspose,
} from "./images.ts";
import { lowerConvolution, lowerMatmul } from "./products.ts";

export function lower(graph: Graph): Lowered {
  const context = new Context(graph);
  for (const node of graph.nodes) if (!context.isDone(node)) lowerNode(node, context);
  const last = context.layerOf(graph.output);
  const row = context.rowOf(graph.output);
  const output = row.length === 1 ? last : context.emitter.layer("Flatten", `${graph.output}/flat`, [last]);
  return context.emitter.finish(graph.name, output);
}

type Lowerings = { readonly [Op in GraphNode["op"]]?: (node: NodeOf<Op>, context: Context) => void };

const LOWERINGS: Lowerings = {
  "batch normalisation": lowerBatchNormalisation,
  binary: lowerBinary,
  concatenate: lowerConcatenate,
  convolution: lowerConvolution,
  matmul: lowerMatmul,
  pad: lowerPad,
  pool: lowerPool,
  prelu: lowerPrelu,
  reduce: lowerReduce,
  reshape: lowerReshape,
  softmax: lowerSoftmax,
  transpose: lowerTranspose,
  unary: lowerUnary,
};

function lowerNode(node: GraphNode, context: Context): void {
  const lowering = LOWERINGS[node.op] as ((node: GraphNode, context: Context) => void) | undefined;
  if (lowering) lowering(node, context);
  else refuse(node, "an operation that runs here", node.op);
}
