/** Nodes that one layer takes in: a bias behind a product, the activation behind that, several bounds as one function. */
import type { Constant, GraphNode, NodeOf, Operation } from "../graph.ts";
import { numbersOf } from "../shapes.ts";
import type { Context } from "./context.ts";

/** Activations that a configuration names, by the functions of the graph. */
const NAMES: Readonly<Record<string, string>> = {
  relu: "relu",
  relu6: "relu6",
  selu: "selu",
  sigmoid: "sigmoid",
  softplus: "softplus",
  softsign: "softsign",
  swish: "swish",
  tanh: "tanh",
  gelu: "gelu",
  gelu_tanh: "gelu_new",
  mish: "mish",
};

/** How a configuration names a function of one number, where it has a name and no parameters. */
export function activationName(operation: Operation): string | undefined {
  if (operation.op !== "unary") return undefined;
  if (operation.function === "elu") return operation.alpha === 1 ? "elu" : undefined;
  return Object.hasOwn(NAMES, operation.function) ? NAMES[operation.function] : undefined;
}

/** The ends that a function holds its argument within, where it does that and nothing else. */
export type Bounds = readonly [lower: number, upper: number];

function boundsOf(node: GraphNode, context: Context): Bounds | undefined {
  if (node.op === "unary") {
    if (node.function === "relu") return [0, Number.POSITIVE_INFINITY];
    if (node.function === "relu6") return [0, 6];
    return node.function === "clip" ? [Math.fround(node.lower), Math.fround(node.upper)] : undefined;
  }
  if (node.op !== "binary" || (node.function !== "maximum" && node.function !== "minimum")) return undefined;
  const end = scalar(context.constantOf(node.inputs[0]) ?? context.constantOf(node.inputs[1]));
  if (end === undefined) return undefined;
  return node.function === "maximum" ? [end, Number.POSITIVE_INFINITY] : [Number.NEGATIVE_INFINITY, end];
}

/** Nodes from this one on that hold their argument within bounds, each taken by the next alone, as one function. */
export function boundsFrom(
  node: GraphNode | undefined,
  context: Context,
): { nodes: GraphNode[]; bounds: Bounds } | undefined {
  const nodes: GraphNode[] = [];
  let [lower, upper]: Bounds = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let next = node; next; next = context.follower(next.name)) {
    const found = boundsOf(next, context);
    if (!found) break;
    const hold = (end: number) => Math.min(Math.max(end, found[0]), found[1]);
    [lower, upper] = [hold(lower), hold(upper)];
    nodes.push(next);
  }
  return nodes.length > 0 ? { nodes, bounds: [lower, upper] } : undefined;
}

/** The one number of a constant. */
export function scalar(constant: Constant | undefined): number | undefined {
  return constant && numbersOf(constant.shape) === 1 ? constant.read()[0] : undefined;
}

export interface Absorbed {
  /** The product and what its layer takes in, in their order. */
  readonly nodes: GraphNode[];
  readonly bias: Constant | undefined;
  readonly activation: string;
}

/** What stands behind a product and goes into its layer. */
export function absorb(node: GraphNode, units: number, own: Constant | undefined, context: Context): Absorbed {
  const nodes: GraphNode[] = [node];
  let bias = own;
  const next = context.follower(node.name);
  if (!bias && next?.op === "binary" && next.function === "add") {
    bias = biasOf(next, units, context);
    if (bias) nodes.push(next);
  }
  const last = () => context.follower((nodes.at(-1) as GraphNode).name);
  const bounded = boundsFrom(last(), context);
  const name = bounded ? boundsName(bounded.bounds) : undefined;
  if (bounded && name) return { nodes: [...nodes, ...bounded.nodes], bias, activation: name };
  const function_ = last();
  const activation = function_ && nameBehind(function_, context);
  if (!function_ || !activation) return { nodes, bias, activation: "linear" };
  return { nodes: [...nodes, function_], bias, activation };
}

/** A softmax over the last axis counts as an activation too. */
function nameBehind(node: GraphNode, context: Context): string | undefined {
  if (node.op === "softmax") return node.axis === context.shapeOf(node.name).length - 1 ? "softmax" : undefined;
  return activationName(node);
}

export function boundsName([lower, upper]: Bounds): string | undefined {
  if (lower !== 0) return undefined;
  if (upper === Number.POSITIVE_INFINITY) return "relu";
  return upper === 6 ? "relu6" : undefined;
}

/** The constant that an addition adds, one number for all units or one each. */
function biasOf(node: NodeOf<"binary">, units: number, context: Context): Constant | undefined {
  const constant = context.constantOf(node.inputs[0]) ?? context.constantOf(node.inputs[1]);
  const count = constant && numbersOf(constant.shape);
  if (!constant || (count !== 1 && !(count === units && constant.shape.at(-1) === units))) return undefined;
  if (count === units) return constant;
  const value = constant.read()[0] as number;
  return { dtype: "float32", shape: [units], read: () => new Float32Array(units).fill(value) };
}
