/**
 * Turns a graph to channels last, once, at load. Every value is kept in the order of axes that the images around it have, so that
 * a transpose of the model costs nothing: it is a note on the order. Constants are permuted; where an image is flattened before
 * a product, the rows of the matrix are. Numbers move at run time only where two orders meet and nothing else is left.
 */
import type { Graph, GraphNode, NodeOf } from "../graph.ts";
import { numbersOf } from "../shapes.ts";
import { identity, imageOrder, lastOrder, type Order, reshapeKept, toKept, without } from "./order.ts";
import { type Kept, Values } from "./values.ts";

export function channelsLast(graph: Graph): Graph {
  if (!graph.nodes.some((node) => isOutOfOrder(node, graph))) return graph;
  const values = new Values(graph);
  const shape = values.shapeOf(graph.input);
  const order = isImage(graph) ? imageOrder("channels first", shape.length) : identity(shape.length);
  values.builder.input(graph.input, toKept(shape, order));
  values.set(graph.input, { value: graph.input, order });
  for (const node of graph.nodes) {
    const turn = TURNS[node.op] as Turn<GraphNode["op"]> | undefined;
    values.set(node.name, turn ? turn(node as never, values) : plain(node, values));
  }
  return values.builder.finish(values.plain(graph.output));
}

/** Whether a node has channels that are not last, or moves axes. */
function isOutOfOrder(node: GraphNode, { shapes }: Graph): boolean {
  if ("layout" in node) return node.layout === "channels first";
  if ("axis" in node && node.op !== "concatenate" && node.op !== "gather") {
    return node.axis !== (shapes.get(node.name) ?? []).length - 1;
  }
  return node.op === "transpose";
}

type Turn<Op extends GraphNode["op"]> = (node: NodeOf<Op>, values: Values) => Kept;

const first = (node: GraphNode): string => node.inputs[0] as string;

/** Operations through which the order of an input reaches what they make. */
const ORDERLY: readonly GraphNode["op"][] = [
  "unary",
  "binary",
  "prelu",
  "pad",
  "slice",
  "concatenate",
  "batch normalisation",
  "cast",
];

/** Whether the input is an image with channels first: what is done to it leads to a window over such images. */
function isImage({ input, nodes, shapes }: Graph): boolean {
  const rank = (shapes.get(input) ?? []).length;
  const alike = new Set([input]);
  for (const node of nodes) {
    if (!node.inputs.some((value) => alike.has(value))) continue;
    if ("layout" in node) {
      if (alike.has(first(node)) && node.layout === "channels first") return true;
    } else if (ORDERLY.includes(node.op) && shapes.get(node.name)?.length === rank) alike.add(node.name);
  }
  return false;
}

/** An operation that takes its inputs as they are. */
function plain(node: GraphNode, values: Values): Kept {
  const inputs = node.inputs.map((value) => (values.constantOf(value) ? values.of(value).value : values.plain(value)));
  values.emit(node.name, node, inputs);
  return { value: node.name, order: identity(values.shapeOf(node.name).length) };
}

/** A window over images, which come with channels last. */
function windowed(node: NodeOf<"convolution" | "transposed convolution" | "pool" | "resize">, values: Values): Kept {
  const order = imageOrder(node.layout, values.shapeOf(first(node)).length);
  const others = node.inputs
    .slice(1)
    .map((value) => (values.constantOf(value) ? values.of(value).value : values.plain(value)));
  values.emit(node.name, { ...node, layout: "channels last" }, [values.inOrder(first(node), order), ...others]);
  return { value: node.name, order };
}

/** A function of each number. */
function each(node: NodeOf<"unary" | "cast">, values: Values): Kept {
  const kept = values.of(first(node));
  values.emit(node.name, node, [kept.value]);
  return { ...kept, value: node.name };
}

/** The order that several values are brought to: that of the first which has one of its own. */
function commonOrder(inputs: readonly string[], rank: number, values: Values): Order {
  const orders = inputs.filter((value) => !values.constantOf(value)).map((value) => values.of(value));
  const own = orders.find(
    ({ order, before }) => !before && order.length === rank && order.some((at, axis) => at !== axis),
  );
  return own?.order ?? identity(rank);
}

/** Values and constants that stretch over one another. */
function stretching(node: NodeOf<"binary" | "prelu" | "standardise">, values: Values): Kept {
  const rank = values.shapeOf(node.name).length;
  const order = commonOrder(node.inputs, rank, values);
  const inputs = node.inputs.map((value) => {
    if (values.constantOf(value)) return values.stretched(value, order);
    return values.shapeOf(value).length === rank ? values.inOrder(value, order) : values.plain(value);
  });
  const axes = "axes" in node ? { axes: node.axes.map((axis) => order[axis] as number) } : {};
  values.emit(node.name, { ...node, ...axes }, inputs);
  return { value: node.name, order };
}

/**
 * An operation on a flattened image and on constants over its numbers: the image stays as it is kept, and the constants are
 * brought to that order.
 */
function flattened(node: NodeOf<"matmul" | "binary" | "batch normalisation">, values: Values): Kept | undefined {
  const [value, ...more] = node.inputs.filter((input) => !values.constantOf(input));
  const kept = value === undefined ? undefined : values.of(value);
  if (value === undefined || !kept?.before || more.length > 0 || kept.order[0] !== 0) return undefined;
  const shape = values.shapeOf(value);
  const [, numbers] = shape;
  if (shape.length !== 2 || kept.before[0] !== shape[0]) return undefined;
  const isOver = (constant: string) => {
    const own = values.shapeOf(constant);
    return own[0] === numbers || numbersOf(own) === 1 || (own.length === 2 && own[1] === numbers);
  };
  if (!node.inputs.every((input) => input === value || isOver(input))) return undefined;
  if (node.op === "matmul" && node.inputs[0] !== value) return undefined;
  const flat = values.beside(value, { op: "reshape", shape }, [kept.value]);
  const inputs = node.inputs.map((input) => (input === value ? flat : values.reordered(input, kept)));
  const made = values.emit(node.name, node, inputs);
  if (node.op === "matmul") return { value: made, order: identity(2) };
  const image = values.beside(made, { op: "reshape", shape: values.builder.shapeOf(kept.value) }, [made]);
  return { ...kept, value: image };
}

/** A product over the last axis, whatever the order of those before it. */
function product(node: NodeOf<"matmul">, values: Values): Kept {
  const [left, right] = node.inputs as [string, string];
  const { order, before, value } = values.of(left);
  const isLast = !before && order.at(-1) === order.length - 1;
  if (values.constantOf(left) || !isLast || !values.constantOf(right) || values.shapeOf(right).length !== 2) {
    return plain(node, values);
  }
  values.emit(node.name, node, [value, values.of(right).value]);
  return { value: node.name, order };
}

const TURNS: { readonly [Op in GraphNode["op"]]?: Turn<Op> } = {
  "batch normalisation": (node, values) => {
    const over = flattened(node, values);
    if (over) return over;
    const rank = values.shapeOf(first(node)).length;
    const kept = values.of(first(node));
    const isLast = !kept.before && kept.order[node.axis] === rank - 1;
    const order = isLast ? kept.order : lastOrder(node.axis, rank);
    const constants = node.inputs.slice(1).map((value) => values.of(value).value);
    values.emit(node.name, { ...node, axis: rank - 1 }, [values.inOrder(first(node), order), ...constants]);
    return { value: node.name, order };
  },
  binary: (node, values) => flattened(node, values) ?? stretching(node, values),
  cast: each,
  concatenate: (node, values) => {
    const order = commonOrder(node.inputs, values.shapeOf(node.name).length, values);
    const inputs = node.inputs.map((value) => values.inOrder(value, order));
    values.emit(node.name, { ...node, axis: order[node.axis] as number }, inputs);
    return { value: node.name, order };
  },
  convolution: windowed,
  gather: (node, values) => {
    const kept = values.of(first(node));
    if (kept.before || values.constantOf(first(node)) || values.shapeOf(node.inputs[1] as string).length !== 1) {
      return plain(node, values);
    }
    const indices = values.of(node.inputs[1] as string).value;
    values.emit(node.name, { ...node, axis: kept.order[node.axis] as number }, [kept.value, indices]);
    return { value: node.name, order: kept.order };
  },
  "local response": along,
  matmul: (node, values) => flattened(node, values) ?? product(node, values),
  pad: (node, values) => {
    const { value, order } = unfolded(first(node), values);
    values.emit(node.name, { ...node, pads: toKept(node.pads, order) }, [value]);
    return { value: node.name, order };
  },
  pool: windowed,
  prelu: stretching,
  reduce: (node, values) => {
    const { value, order } = unfolded(first(node), values);
    const axes = node.axes.map((axis) => order[axis] as number);
    values.emit(node.name, { ...node, axes }, [value]);
    return { value: node.name, order: node.keepsAxes ? order : without(order, node.axes) };
  },
  reshape: (node, values) => {
    const kept = values.of(first(node));
    const from = values.shapeOf(first(node));
    const to = values.shapeOf(node.name);
    if (kept.before) return plain(node, values);
    const turned = reshapeKept(kept.order, from, to);
    if (!turned) return { value: kept.value, order: kept.order, before: from };
    values.emit(node.name, { op: "reshape", shape: turned.shape }, [kept.value]);
    return { value: node.name, order: turned.order };
  },
  resize: windowed,
  slice: (node, values) => {
    const { value, order } = unfolded(first(node), values);
    const [starts, sizes, steps] = [node.starts, node.sizes, node.steps].map((list) => toKept(list, order));
    values.emit(node.name, { ...node, starts, sizes, steps } as NodeOf<"slice">, [value]);
    return { value: node.name, order };
  },
  softmax: along,
  "log softmax": along,
  standardise: stretching,
  tile: (node, values) => {
    const { value, order } = unfolded(first(node), values);
    values.emit(node.name, { ...node, repeats: toKept(node.repeats, order) }, [value]);
    return { value: node.name, order };
  },
  transpose: (node, values) => {
    const { value, order } = unfolded(first(node), values);
    return { value, order: node.order.map((axis) => order[axis] as number) };
  },
  "transposed convolution": windowed,
  unary: each,
};

/** What is done along one axis, which comes last. */
function along(node: NodeOf<"softmax" | "log softmax" | "local response">, values: Values): Kept {
  const rank = values.shapeOf(first(node)).length;
  const kept = values.of(first(node));
  const isLast = !kept.before && kept.order[node.axis] === rank - 1;
  const order = isLast ? kept.order : lastOrder(node.axis, rank);
  values.emit(node.name, { ...node, axis: rank - 1 }, [values.inOrder(first(node), order)]);
  return { value: node.name, order };
}

/** A value in whatever order it is kept, but with the axes that it has. */
function unfolded(value: string, values: Values): Kept {
  const kept = values.of(value);
  return kept.before ? { value: values.plain(value), order: identity(values.shapeOf(value).length) } : kept;
}
