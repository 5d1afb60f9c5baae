/** Convolutions and products of matrices, each with its bias and activation, as Keras's layers of them. */
import type { NodeOf, Pads, Shape, Sliding } from "../graph.ts";
import { numbersOf } from "../shapes.ts";
import { absorb } from "./chain.ts";
import { type Context, refuse } from "./context.ts";
import { type LayerWeight, weight } from "./emitter.ts";

/** The border of a "same" window. */
function isSame({ strides, dilations, pads }: Sliding, sides: Shape, taps: readonly number[]): boolean {
  return pads.every(([before, after], i) => {
    const [extent, tap, stride, dilation] = [sides[i], taps[i], strides[i], dilations[i]] as number[];
    const outputs = Math.ceil((extent as number) / (stride as number));
    const reach = ((tap as number) - 1) * (dilation as number) + 1;
    const border = Math.max(0, (outputs - 1) * (stride as number) + reach - (extent as number));
    return before === Math.floor(border / 2) && after === Math.ceil(border / 2);
  });
}

/** How a configuration says a border: by a name where one fits. */
export function paddingOf(node: Sliding, sides: Shape, taps: readonly number[]): "valid" | "same" | Pads {
  if (node.pads.every(([before, after]) => before === 0 && after === 0)) return "valid";
  return isSame(node, sides, taps) ? "same" : node.pads;
}

/** A sequence as an image of one row. */
export function asImage<T>(list: readonly T[], one: T): T[] {
  return list.length === 1 ? [one, ...list] : [...list];
}

/** The layer of a value as an image, a sequence as one of one row. */
export function imageOf(value: string, name: string, context: Context): { layer: string; shape: number[] } {
  const row = context.rowOf(value);
  const shape = row.length === 2 ? [1, ...row] : row;
  return { layer: context.reshaped(value, shape, `${name}/image`), shape };
}

/** Takes an image back to the shape of the value that it is. */
export function backToShape(layer: string, value: string, name: string, context: Context): string {
  const row = context.rowOf(value);
  return row.length === 2 ? context.emitter.layer("Reshape", name, [layer], { target_shape: row }) : layer;
}

export function lowerConvolution(node: NodeOf<"convolution">, context: Context): void {
  const kernel = context.requireConstant(node, 1, "a kernel");
  const [own] = node.inputs.length > 2 ? [context.requireConstant(node, 2, "a bias")] : [];
  const taps = asImage(kernel.shape.slice(0, -2), 1);
  const [channelsOfGroup, filters] = kernel.shape.slice(-2) as [number, number];
  const { nodes, bias, activation } = absorb(node, filters, own, context);
  const name = (nodes.at(-1) as { name: string }).name;
  const sliding: Sliding = {
    layout: node.layout,
    strides: asImage(node.strides, 1),
    dilations: asImage(node.dilations, 1),
    pads: asImage<Pads[number]>(node.pads, [0, 0]),
  };
  const { layer, shape } = imageOf(node.inputs[0] as string, name, context);
  const config = {
    ...{ kernel_size: taps, strides: sliding.strides, dilation_rate: sliding.dilations },
    ...{ padding: paddingOf(sliding, shape.slice(0, -1), taps), data_format: "channels_last" },
    ...{ activation, use_bias: bias !== undefined },
  };
  const biases = bias ? [weight("bias", [filters], bias)] : [];
  const made = emitConvolution(layer, config, biases);
  context.finish(nodes, backToShape(made, node.name, `${name}/sequence`, context));

  function emitConvolution(image: string, config: object, biases: LayerWeight[]): string {
    const { emitter } = context;
    const { groups } = node;
    if (groups === 1) {
      const weights = [weight("kernel", [...taps, channelsOfGroup, filters], kernel), ...biases];
      return emitter.layer(taps.length === 3 ? "Conv3D" : "Conv2D", name, [image], { ...config, filters }, weights);
    }
    if (taps.length === 3) refuse(node, "a volume without groups", `${groups} groups`);
    if (channelsOfGroup === 1) {
      const m = filters / groups;
      const weights = [weight("depthwise_kernel", [...taps, groups, m], kernel), ...biases];
      return emitter.layer("DepthwiseConv2D", name, [image], { ...config, depth_multiplier: m }, weights);
    }
    const weights = [weight("kernel", [...taps, channelsOfGroup, filters], kernel), ...biases];
    return emitter.layer("GroupedConv2D", name, [image], { ...config, filters, groups }, weights);
  }
}

/** A constant matrix on the right is a Dense layer over the last axis; other products are layers of our own. */
export function lowerMatmul(node: NodeOf<"matmul">, context: Context): void {
  const [left, right] = node.inputs as [string, string];
  const matrix = context.constantOf(right);
  const [k, n] = (matrix?.shape.slice(-2) ?? []) as [number, number];
  if (!matrix || numbersOf(matrix.shape) !== k * n) {
    lowerProduct(node, context);
    return;
  }
  const { nodes, bias, activation } = absorb(node, n, undefined, context);
  const name = (nodes.at(-1) as { name: string }).name;
  const weights = [weight("kernel", [k, n], matrix), ...(bias ? [weight("bias", [n], bias)] : [])];
  const config = { units: n, activation, use_bias: bias !== undefined };
  context.finish(nodes, context.emitter.layer("Dense", name, [context.layerOf(left)], config, weights));
}

/** A product of two values, or of a value and a constant that is on the left or differs along an axis. */
function lowerProduct(node: NodeOf<"matmul">, context: Context): void {
  const { emitter } = context;
  const [left, right] = node.inputs as [string, string];
  const isFirst = context.constantOf(left) !== undefined;
  const constant = context.constantOf(left) ?? context.constantOf(right);
  const values = [left, right].filter((name) => !context.constantOf(name));
  // The axis of the batch is none of a matrix.
  for (const name of values) {
    const shape = context.rowOf(name);
    if (shape.length < 2) refuse(node, "matrices in each row", `rows of shape [${shape.join(", ")}]`);
  }
  const layers = values.map((name) => context.layerOf(name));
  if (!constant) {
    context.finish([node], emitter.layer("MatMul", node.name, layers));
    return;
  }
  const rank = context.rowOf(values[0] as string).length;
  const shape = constant.shape.length > rank && constant.shape[0] === 1 ? constant.shape.slice(1) : constant.shape;
  if (shape.length < 2 || shape.length > rank) refuse(node, "a constant of matrices for all rows", constant.shape);
  const config = { shape: [...shape], constant_first: isFirst };
  const made = emitter.layer("MatMulWithConstant", node.name, layers, config, [
    weight("constant", [...shape], constant),
  ]);
  context.finish([node], made);
}
