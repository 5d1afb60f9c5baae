/** Arithmetic: of two values a layer that joins them; of a value and numbers of the model a factor and a shift. */
import type { BinaryFunction, Constant, GraphNode, NodeOf, Shape } from "../graph.ts";
import { broadcastShape, numbersOf } from "../shapes.ts";
import { activationName, boundsFrom, boundsName, scalar } from "./chain.ts";
import { type Context, refuse } from "./context.ts";
import { weight } from "./emitter.ts";

/** Layers that join two values. */
const JOINS: Partial<Record<BinaryFunction, string>> = {
  add: "Add",
  maximum: "Maximum",
  multiply: "Multiply",
  subtract: "Subtract",
};

export function lowerUnary(node: NodeOf<"unary">, context: Context): void {
  const bounded = boundsFrom(node, context);
  const { emitter } = context;
  const inputs = [context.layerOf(node.inputs[0] as string)];
  const activation = activationName(node);
  if (bounded) lowerBounds(bounded, node.inputs[0] as string, context);
  else if (activation) context.finish([node], emitter.layer("Activation", node.name, inputs, { activation }));
  else if (node.function === "leaky_relu") {
    context.finish([node], emitter.layer("LeakyReLU", node.name, inputs, { alpha: node.alpha }));
  } else if (node.function === "negate") {
    context.finish([node], emitter.layer("Rescaling", node.name, inputs, { scale: -1, offset: 0 }));
  } else refuse(node, "a function that runs here", node.function);
}

function lowerBounds(
  { nodes, bounds }: { nodes: GraphNode[]; bounds: readonly [number, number] },
  from: string,
  context: Context,
) {
  const { emitter } = context;
  const name = (nodes.at(-1) as GraphNode).name;
  const inputs = [context.layerOf(from)];
  const activation = boundsName(bounds);
  const [lower, upper] = bounds;
  if (activation) context.finish(nodes, emitter.layer("Activation", name, inputs, { activation }));
  else if (lower === 0) context.finish(nodes, emitter.layer("ReLU", name, inputs, { max_value: upper }));
  else refuse(nodes[0] as GraphNode, "bounds from 0 on", `[${lower}, ${upper}]`);
}

export function lowerBinary(node: NodeOf<"binary">, context: Context): void {
  const [a, b] = node.inputs as [string, string];
  const constant = context.constantOf(a) ?? context.constantOf(b);
  if (constant) {
    lowerWithConstant(node, constant, context.constantOf(a) ? b : a, context);
    return;
  }
  const join = JOINS[node.function] ?? refuse(node, "a function that joins values", node.function);
  context.finish([node], context.emitter.layer(join, node.name, [context.layerOf(a), context.layerOf(b)]));
}

/** y = x factor + shift, each one number or an array that stretches over x. */
interface Affine {
  readonly factor?: Constant;
  readonly shift?: Constant;
}

function lowerWithConstant(node: NodeOf<"binary">, constant: Constant, x: string, context: Context): void {
  const from = context.shapeOf(x);
  if (broadcastShape([from, constant.shape])?.join() !== from.join()) {
    refuse(node, "a constant that stretches to the value", constant.shape);
  }
  const affine = affineOf(node, constant, context);
  const bounded = boundsFrom(node, context);
  if (affine) lowerAffine(node, affine, x, context);
  else if (bounded) lowerBounds(bounded, x, context);
  else refuse(node, "a function that runs with a constant", node.function);
}

const mapped = (constant: Constant, f: (value: number) => number): Constant => ({
  ...constant,
  dtype: "float32",
  read: () => Float32Array.from(constant.read(), f),
});
const number = (value: number): Constant => ({ dtype: "float32", shape: [], read: () => Float32Array.of(value) });

/** What a node with a constant does, where that is a factor or a shift. A division is one by the rounded inverse. */
function affineOf(node: GraphNode, constant: Constant, context: Context): Affine | undefined {
  if (node.op !== "binary") return undefined;
  const isLeft = context.constantOf(node.inputs[0]) !== undefined;
  switch (node.function) {
    case "add":
      return { shift: constant };
    case "subtract":
      if (isLeft) return { factor: number(-1), shift: constant };
      return { shift: mapped(constant, (value) => -value) };
    case "multiply":
      return { factor: constant };
    case "divide":
      return isLeft ? undefined : { factor: mapped(constant, (value) => 1 / value) };
    default:
      return undefined;
  }
}

/** A factor, and a shift that follows it, are one layer. */
function lowerAffine(node: GraphNode, first: Affine, x: string, context: Context): void {
  const nodes = [node];
  let { factor, shift } = first;
  const next = context.follower(node.name);
  if (!shift && next?.op === "binary") {
    const constant = context.constantOf(next.inputs[0]) ?? context.constantOf(next.inputs[1]);
    const then = constant && affineOf(next, constant, context);
    if (then?.shift && !then.factor && fits(then.shift, context.shapeOf(x))) {
      shift = then.shift;
      nodes.push(next);
    }
  }
  const name = (nodes.at(-1) as GraphNode).name;
  const [scale, offset] = [factor ? scalar(factor) : 1, shift ? scalar(shift) : 0];
  const { emitter } = context;
  if (scale !== undefined && offset !== undefined) {
    context.finish(nodes, emitter.layer("Rescaling", name, [context.layerOf(x)], { scale, offset }));
    return;
  }
  factor = factor && spread(factor, context.shapeOf(x));
  shift = shift && spread(shift, context.shapeOf(x));
  context.finish(nodes, channelwise(name, x, factor, shift, context));
}

const fits = (constant: Constant, shape: Shape): boolean =>
  broadcastShape([shape, constant.shape])?.join() === shape.join();

/** The extents of a constant without those of 1 in front. */
function block(constant: Constant): Shape {
  const first = constant.shape.findIndex((extent) => extent !== 1);
  return first < 0 ? [] : constant.shape.slice(first);
}

/** A constant stretched to the last axes of a shape, as far in front as it has any extent. */
function spread(constant: Constant, shape: Shape): Constant {
  const own = block(constant);
  const to = shape.slice(shape.length - Math.max(1, own.length));
  if (own.join() === to.join()) return { ...constant, shape: to };
  const strides = own.map((extent, axis) => (extent === 1 ? 0 : numbersOf(own.slice(axis + 1))));
  const read = () => {
    const values = constant.read();
    const made = new Float32Array(numbersOf(to));
    for (let i = 0; i < made.length; i++) {
      let [rest, at] = [i, 0];
      for (let axis = to.length - 1; axis >= 0; axis--) {
        const extent = to[axis] as number;
        at += (rest % extent) * (strides[axis - to.length + own.length] ?? 0);
        rest = Math.floor(rest / extent);
      }
      made[i] = values[at] as number;
    }
    return made;
  };
  return { dtype: "float32", shape: to, read };
}

/**
 * A factor and a shift for each channel, or for each number of the last axes: BatchNormalization whose moments do nothing,
 * (x - 0) factor + shift to the last bit.
 */
function channelwise(
  name: string,
  x: string,
  factor: Constant | undefined,
  shift: Constant | undefined,
  context: Context,
): string {
  const row = context.rowOf(x);
  const width = Math.max(factor?.shape.length ?? 0, shift?.shape.length ?? 0);
  const last = row.slice(row.length - width);
  const channels = numbersOf(last);
  const full = (constant: Constant) => {
    const whole = spread(
      { ...constant, shape: [...Array<number>(width - constant.shape.length).fill(1), ...constant.shape] },
      last,
    );
    return numbersOf(whole.shape) === channels ? whole : spreadOver(whole, last);
  };
  const flat = [...row.slice(0, row.length - width), channels];
  const input = context.reshaped(x, flat, `${name}/flat`);
  const same = (own: string, value: number) => ({
    ...{ name: own, shape: [channels] },
    read: () => new Float32Array(channels).fill(value),
  });
  const weights = [
    ...(factor ? [weight("gamma", [channels], full(factor))] : []),
    ...(shift ? [weight("beta", [channels], full(shift))] : []),
    ...[same("moving_mean", 0), same("moving_variance", 1)],
  ];
  const config = { axis: -1, epsilon: 0, center: shift !== undefined, scale: factor !== undefined };
  const made = context.emitter.layer("BatchNormalization", name, [input], config, weights);
  return flat.join() === row.join()
    ? made
    : context.emitter.layer("Reshape", `${name}/shape`, [made], { target_shape: row });
}

/** A constant of the last axes repeated over those before them. */
function spreadOver(constant: Constant, shape: Shape): Constant {
  const read = () => {
    const values = constant.read();
    return new Float32Array(numbersOf(shape)).map((_, i) => values[i % values.length] as number);
  };
  return { dtype: "float32", shape, read };
}

export function lowerPrelu(node: NodeOf<"prelu">, context: Context): void {
  const [x] = node.inputs as [string];
  const alpha = context.requireConstant(node, 1, "slopes");
  const row = context.rowOf(x);
  const own = alpha.shape.slice(-row.length);
  const shape = [...Array<number>(row.length - own.length).fill(1), ...own];
  const shared = shape.flatMap((extent, axis) => (extent === 1 ? [axis + 1] : []));
  const config = { shared_axes: shared.length > 0 ? shared : null };
  const layer = context.emitter.layer("PReLU", node.name, [context.layerOf(x)], config, [
    weight("alpha", shape, alpha),
  ]);
  context.finish([node], layer);
}

export function lowerBatchNormalisation(node: NodeOf<"batch normalisation">, context: Context): void {
  const [x] = node.inputs as [string];
  const channels = context.shapeOf(x)[node.axis] as number;
  const weights = ["gamma", "beta", "moving_mean", "moving_variance"].map((name, i) =>
    weight(name, [channels], context.requireConstant(node, i + 1, name)),
  );
  const config = { axis: -1, epsilon: node.epsilon, center: true, scale: true };
  context.finish([node], context.emitter.layer("BatchNormalization", node.name, [context.layerOf(x)], config, weights));
}
