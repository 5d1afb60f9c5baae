/** Arithmetic: of two values a layer that joins them; of a value and numbers of the model a factor and a shift. */
import type { BinaryFunction, Constant, GraphNode, NodeOf, Shape } from "../graph.ts";
import { numbersOf } from "../shapes.ts";
import { activationName, type Bounds, boundsFrom, boundsName, scalar } from "./chain.ts";
import { type Context, refuse } from "./context.ts";
import { weight } from "./emitter.ts";

/** The layers that join two values. */
const JOINS: Partial<Record<BinaryFunction, string>> = {
  add: "Add",
  divide: "Divide",
  maximum: "Maximum",
  minimum: "Minimum",
  multiply: "Multiply",
  power: "Power",
  squared_difference: "SquaredDifference",
  subtract: "Subtract",
};

/** The functions of two numbers, as the layer WithConstant names them. */
const BINARY: Partial<Record<BinaryFunction, string>> = {
  add: "sum",
  divide: "quotient",
  maximum: "largest",
  minimum: "least",
  multiply: "product",
  power: "power",
  squared_difference: "squared difference",
  subtract: "difference",
};

/** How the layer Elementwise names a function of one number, with its parameters. */
function functionOf(node: NodeOf<"unary">): { function: string; parameters?: (number | null)[] } | undefined {
  switch (node.function) {
    case "clip":
      return {
        function: "clip",
        parameters: [node.lower, node.upper].map((end) => (Number.isFinite(end) ? end : null)),
      };
    case "elu":
    case "thresholded_relu":
      return { function: node.function, parameters: [node.alpha] };
    case "hard_sigmoid":
      return { function: "hard_sigmoid", parameters: [node.alpha, node.beta] };
    case "hard_swish":
      return { function: "hard_swish", parameters: [Math.fround(1 / 6), 0.5] };
    case "abs":
    case "erf":
    case "exp":
    case "log":
    case "reciprocal":
    case "rsqrt":
    case "sqrt":
    case "square":
      return { function: node.function };
    default:
      return undefined;
  }
}

export function lowerUnary(node: NodeOf<"unary">, context: Context): void {
  const bounded = boundsFrom(node, context);
  const { emitter } = context;
  const inputs = [context.layerOf(node.inputs[0] as string)];
  const activation = activationName(node);
  const named = functionOf(node);
  const layer = (className: string, config: object) =>
    context.finish([node], emitter.layer(className, node.name, inputs, config));
  if (bounded) lowerBounds(bounded, node.inputs[0] as string, context);
  else if (activation) layer("Activation", { activation });
  else if (node.function === "leaky_relu") layer("LeakyReLU", { alpha: node.alpha });
  else if (node.function === "negate") layer("Rescaling", { scale: -1, offset: 0 });
  else if (named) layer("Elementwise", named);
  else refuse(node, "a function that runs here", node.function);
}

function lowerBounds({ nodes, bounds }: { nodes: GraphNode[]; bounds: Bounds }, from: string, context: Context): void {
  const { emitter } = context;
  const name = (nodes.at(-1) as GraphNode).name;
  const activation = boundsName(bounds);
  const [lower, upper] = bounds;
  const layer = (className: string, config: object) =>
    context.finish(nodes, emitter.layer(className, name, [context.layerOf(from)], config));
  if (activation) layer("Activation", { activation });
  else if (lower === 0) layer("ReLU", { max_value: upper });
  else layer("Elementwise", { function: "clip", parameters: bounds.map((end) => (Number.isFinite(end) ? end : null)) });
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
  const affine = affineOf(node, constant, context);
  const bounded = boundsFrom(node, context);
  const value = scalar(constant);
  const { emitter } = context;
  const layer = (className: string, config: object) =>
    context.finish([node], emitter.layer(className, node.name, [context.layerOf(x)], config));
  if (affine && isChannelwise(affine, context.shapeOf(x))) lowerAffine(node, affine, x, context);
  else if (bounded) lowerBounds(bounded, x, context);
  else if (node.function === "power" && value !== undefined && node.inputs[0] === x) {
    layer("Elementwise", { function: "power", parameters: [value] });
  } else lowerArray(node, constant, x, context);
}

/** An array of the model that stretches in any way. */
function lowerArray(node: NodeOf<"binary">, constant: Constant, x: string, context: Context): void {
  const of = BINARY[node.function] ?? refuse(node, "a function that runs with a constant", node.function);
  const rank = context.shapeOf(node.name).length - 1;
  const own = constant.shape.length > rank ? constant.shape.slice(-rank) : constant.shape;
  if (numbersOf(own) !== numbersOf(constant.shape))
    refuse(node, "a constant that is the same for every row", constant.shape);
  const shape = own.length > 0 ? own : [1];
  const config = { function: of, shape, constant_first: node.inputs[0] !== x };
  const weights = [weight("constant", shape, constant)];
  const row = context.rowOf(x);
  const made = context.emitter.layer("WithConstant", node.name, [context.layerOf(x)], config, weights);
  const target = context.rowOf(node.name);
  const isSame = Math.max(row.length, shape.length) === target.length;
  context.finish(
    [node],
    isSame ? made : context.emitter.layer("Reshape", `${node.name}/shape`, [made], { target_shape: target }),
  );
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

/** Whether factor and shift are one number, or one for each place of the last axis. */
function isChannelwise({ factor, shift }: Affine, shape: Shape): boolean {
  return [factor, shift].every((constant) => {
    if (!constant || numbersOf(constant.shape) === 1) return (constant?.shape.length ?? 0) <= shape.length;
    return constant.shape.at(-1) === shape.at(-1) && numbersOf(constant.shape) === shape.at(-1);
  });
}

/** A factor, and a shift that follows it, are one layer. */
function lowerAffine(node: GraphNode, first: Affine, x: string, context: Context): void {
  const nodes = [node];
  const { factor } = first;
  let { shift } = first;
  const next = context.follower(node.name);
  if (!shift && next?.op === "binary") {
    const constant = context.constantOf(next.inputs[0]) ?? context.constantOf(next.inputs[1]);
    const then = constant && affineOf(next, constant, context);
    if (then?.shift && !then.factor && isChannelwise(then, context.shapeOf(x))) {
      shift = then.shift;
      nodes.push(next);
    }
  }
  const name = (nodes.at(-1) as GraphNode).name;
  const [scale, offset] = [factor ? scalar(factor) : 1, shift ? scalar(shift) : 0];
  const { emitter } = context;
  const input = context.layerOf(x);
  const isScalar = scale !== undefined && offset !== undefined;
  const made = isScalar
    ? emitter.layer("Rescaling", name, [input], { scale, offset })
    : channelwise(name, input, context.shapeOf(x).at(-1) as number, factor, shift, context);
  context.finish(nodes, made);
}

/**
 * A factor and a shift for each channel: BatchNormalization whose moments do nothing, (x - 0) factor + shift to the last bit, so
 * that both are parameters.
 */
function channelwise(
  name: string,
  input: string,
  channels: number,
  factor: Constant | undefined,
  shift: Constant | undefined,
  context: Context,
): string {
  const shape = [channels];
  const each = (constant: Constant) => {
    const value = scalar(constant);
    return {
      ...constant,
      read: () => (value === undefined ? constant.read() : new Float32Array(channels).fill(value)),
    };
  };
  const same = (own: string, value: number) => ({
    name: own,
    shape,
    read: () => new Float32Array(channels).fill(value),
  });
  const weights = [
    ...(factor ? [weight("gamma", shape, each(factor))] : []),
    ...(shift ? [weight("beta", shape, each(shift))] : []),
    ...[same("moving_mean", 0), same("moving_variance", 1)],
  ];
  const config = { axis: -1, epsilon: 0, center: shift !== undefined, scale: factor !== undefined };
  return context.emitter.layer("BatchNormalization", name, [input], config, weights);
}

export function lowerPrelu(node: NodeOf<"prelu">, context: Context): void {
  const [x] = node.inputs as [string];
  const alpha = context.requireConstant(node, 1, "slopes");
  const row = context.rowOf(x);
  const own = alpha.shape.length > row.length ? alpha.shape.slice(-row.length) : alpha.shape;
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

/** (x - mean) / sqrt(mean of its squares + epsilon), moments over some axes, then a scale and an offset. */
export function lowerStandardise(node: NodeOf<"standardise">, context: Context): void {
  const { emitter } = context;
  const [x, scale, offset] = node.inputs as [string, string?, string?];
  const rank = context.shapeOf(x).length;
  const input = context.layerOf(x);
  const own = (tail: string) => `${node.name}/${tail}`;
  let made: string;
  if (node.axes.join() === `${rank - 1}`) {
    const config = { axis: -1, epsilon: node.epsilon, center: false, scale: false };
    made = emitter.layer("LayerNormalization", own("standard"), [input], config);
  } else {
    const over = { of: "mean", axes: node.axes.map((axis) => axis - 1), keepdims: true };
    const mean = emitter.layer("Reduce", own("mean"), [input], over);
    const centred = emitter.layer("Subtract", own("centred"), [input, mean]);
    const square = emitter.layer("Elementwise", own("square"), [centred], { function: "square" });
    const variance = emitter.layer("Reduce", own("variance"), [square], over);
    const shifted = emitter.layer("Rescaling", own("shifted"), [variance], { scale: 1, offset: node.epsilon });
    const inverse = emitter.layer("Elementwise", own("inverse"), [shifted], { function: "rsqrt" });
    made = emitter.layer("Multiply", own("standard"), [centred, inverse]);
  }
  const channels = context.shapeOf(x).at(-1) as number;
  for (const [tail, value, of] of [
    ["scale", scale, "product"],
    ["offset", offset, "sum"],
  ] as const) {
    if (value === undefined) continue;
    const constant = context.constantOf(value) ?? refuse(node, `a ${tail} known at load`, `what ${value} computes`);
    const size = numbersOf(constant.shape);
    const isLast = size === channels && constant.shape.at(-1) === channels;
    const row = constant.shape.length === rank ? constant.shape.slice(1) : constant.shape;
    const shape = row.length > 0 ? row : [1];
    made = isLast
      ? channelwise(
          own(tail),
          made,
          channels,
          of === "product" ? constant : undefined,
          of === "sum" ? constant : undefined,
          context,
        )
      : emitter.layer("WithConstant", own(tail), [made], { function: of, shape }, [
          weight("constant", shape, constant),
        ]);
  }
  context.finish([node], made);
}
