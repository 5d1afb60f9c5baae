/**
 * A graph as layers: their topology, in the form of a LayersModel, and their weights. Everything that a LayersModel can do, the
 * network of a graph can do too, to the same bits where the weights are the same: saved, shared with threads, bounded.
 *
 * Expects channels last (layout.ts).
 */
import { BATCH, type Graph, type GraphNode, type NodeOf } from "../graph.ts";
import { lowerBatchNormalisation, lowerBinary, lowerPrelu, lowerStandardise, lowerUnary } from "./arithmetic.ts";
import { Context, refuse } from "./context.ts";
import type { Lowered } from "./emitter.ts";
import {
  lowerBroadcast,
  lowerConcatenate,
  lowerGather,
  lowerLocalResponse,
  lowerPad,
  lowerPool,
  lowerReduce,
  lowerReshape,
  lowerResize,
  lowerSlice,
  lowerSoftmax,
  lowerTile,
  lowerTranspose,
} from "./images.ts";
import { lowerConvolution, lowerMatmul, lowerTransposedConvolution } from "./products.ts";

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
  broadcast: lowerBroadcast,
  concatenate: lowerConcatenate,
  convolution: lowerConvolution,
  gather: lowerGather,
  "local response": lowerLocalResponse,
  "log softmax": lowerSoftmax,
  matmul: lowerMatmul,
  pad: lowerPad,
  pool: lowerPool,
  prelu: lowerPrelu,
  reduce: lowerReduce,
  reshape: lowerReshape,
  resize: lowerResize,
  slice: lowerSlice,
  softmax: lowerSoftmax,
  standardise: lowerStandardise,
  tile: lowerTile,
  transpose: lowerTranspose,
  "transposed convolution": lowerTransposedConvolution,
  unary: lowerUnary,
};

/** What may be done to a value that has several rows' worth along its first axis. */
const ROW_BY_ROW: readonly GraphNode["op"][] = ["reshape", "unary", "matmul", "softmax", "log softmax", "binary"];

function lowerNode(node: GraphNode, context: Context): void {
  const folded = [node.name, node.inputs[0] as string].find(
    (value) => !context.constantOf(value) && context.shapeOf(value)[0] !== BATCH,
  );
  if (folded !== undefined && !ROW_BY_ROW.includes(node.op)) {
    refuse(node, "rows that stay apart", context.shapeOf(folded));
  }
  const lowering = LOWERINGS[node.op] as ((node: GraphNode, context: Context) => void) | undefined;
  if (lowering) lowering(node, context);
  else refuse(node, "an operation that runs here", node.op);
}
