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

/** A window as one over images. */
export const imageSliding = (node: Sliding): Sliding => ({
  layout: node.layout,
  strides: asImage(node.strides, 1),
  dilations: asImage(node.dilations, 1),
  pads: asImage<Pads[number]>(node.pads, [0, 0]),
});

/** A product of a window with its bias and activation; `emit` makes the layer from an image. */
function lowerWindow(
  node: NodeOf<"convolution" | "transposed convolution">,
  filters: number,
  context: Context,
  emit: (name: string, image: { layer: string; shape: number[] }, config: object, biases: LayerWeight[]) => string,
): void {
  const [own] = node.inputs.length > 2 ? [context.requireConstant(node, 2, "a bias")] : [];
  const { nodes, bias, activation } = absorb(node, filters, own, context);
  const name = (nodes.at(-1) as { name: string }).name;
  const image = imageOf(node.inputs[0] as string, name, context);
  const { strides, dilations } = imageSliding(node);
  const config = {
    ...{ strides, dilation_rate: dilations, data_format: "channels_last" },
    ...{ activation, use_bias: bias !== undefined },
  };
  const made = emit(name, image, config, bias ? [weight("bias", [filters], bias)] : []);
  context.finish(nodes, backToShape(made, node.name, `${name}/sequence`, context));
}

export function lowerConvolution(node: NodeOf<"convolution">, context: Context): void {
  const { emitter } = context;
  const kernel = context.requireConstant(node, 1, "a kernel");
  const taps = asImage(kernel.shape.slice(0, -2), 1);
  const [channelsOfGroup, filters] = kernel.shape.slice(-2) as [number, number];
  const { groups } = node;
  lowerWindow(node, filters, context, (name, { layer, shape }, rest, biases) => {
    const padding = paddingOf(imageSliding(node), shape.slice(0, -1), taps);
    const config = { ...rest, kernel_size: taps, padding };
    if (groups === 1) {
      const weights = [weight("kernel", [...taps, channelsOfGroup, filters], kernel), ...biases];
      return emitter.layer(taps.length === 3 ? "Conv3D" : "Conv2D", name, [layer], { ...config, filters }, weights);
    }
    if (taps.length === 3) refuse(node, "a volume without groups", `${groups} groups`);
    if (channelsOfGroup === 1) {
      const m = filters / groups;
      const weights = [weight("depthwise_kernel", [...taps, groups, m], kernel), ...biases];
      return emitter.layer("DepthwiseConv2D", name, [layer], { ...config, depth_multiplier: m }, weights);
    }
    const weights = [weight("kernel", [...taps, channelsOfGroup, filters], kernel), ...biases];
    return emitter.layer("GroupedConv2D", name, [layer], { ...config, filters, groups }, weights);
  });
}

/** A border by its name where Keras comes to the same extents with it; else number by number, with what is left behind. */
export function lowerTransposedConvolution(node: NodeOf<"transposed convolution">, context: Context): void {
  const kernel = context.requireConstant(node, 1, "a kernel");
  const { groups } = node;
  const [filtersOfGroup, channels] = kernel.shape.slice(-2) as [number, number];
  if (kernel.shape.length === 5) refuse(node, "an image or a sequence", "a volume");
  const filters = filtersOfGroup * groups;
  const taps = asImage(kernel.shape.slice(0, -2), 1);
  const perGroup = groups > 1 && filtersOfGroup === 1 ? [groups, channels / groups] : [filtersOfGroup, channels];
  lowerWindow(node, filters, context, (name, { layer, shape }, rest, biases) => {
    const { strides, dilations, pads } = imageSliding(node);
    const extents = asImage(node.extents, 1);
    const reaches = taps.map((tap, i) => (tap - 1) * (dilations[i] as number) + 1);
    const starts = strides.map((stride, i) => ((shape[i] as number) - 1) * stride);
    const named = paddingOf(imageSliding(node), extents, taps);
    const isOfKeras =
      typeof named === "string" &&
      extents.every((extent, i) => {
        const [stride, reach] = [strides[i] as number, reaches[i] as number];
        return extent === (starts[i] as number) + (named === "same" ? stride : Math.max(stride, reach));
      });
    const left = extents.map((extent, i) => {
      const [before, after] = pads[i] as readonly [number, number];
      return extent + before + after - (starts[i] as number) - (reaches[i] as number);
    });
    const border = isOfKeras ? { padding: named } : { padding: pads, output_padding: left };
    const config = { ...rest, ...border, kernel_size: taps, filters, ...(groups > 1 && { groups }) };
    const weights = [weight("kernel", [...taps, ...perGroup], kernel), ...biases];
    const className = groups > 1 ? "GroupedConv2DTranspose" : "Conv2DTranspose";
    return context.emitter.layer(className, name, [layer], config, weights);
  });
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
