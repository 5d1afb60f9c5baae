/** Pools, reductions, and operations that move numbers. */
import type { NodeOf, Sliding } from "../graph.ts";
import { numbersOf } from "../shapes.ts";
import { type Context, refuse } from "./context.ts";
import { asImage, backToShape, imageOf, paddingOf } from "./products.ts";

const POOLS = { maximum: "MaxPooling", average: "AveragePooling" } as const;

export function lowerPool(node: NodeOf<"pool">, context: Context): void {
  const { emitter } = context;
  const { layer, shape } = imageOf(node.inputs[0] as string, node.name, context);
  const taps = asImage(node.taps, 1);
  const sliding: Sliding = {
    layout: node.layout,
    strides: asImage(node.strides, 1),
    dilations: asImage(node.dilations, 1),
    pads: asImage(node.pads, [0, 0] as const),
  };
  if (sliding.dilations.some((dilation) => dilation !== 1))
    refuse(node, "a window without gaps", `dilations ${node.dilations}`);
  const padding = paddingOf(sliding, shape.slice(0, -1), taps);
  const isCounted = node.kind === "average" && node.countsBorder && padding !== "valid";
  const from = isCounted
    ? emitter.layer("ZeroPadding2D", `${node.name}/border`, [layer], { padding: sliding.pads })
    : layer;
  const config = { pool_size: taps, strides: sliding.strides, padding: isCounted ? "valid" : padding };
  const made = emitter.layer(`${POOLS[node.kind]}${taps.length}D`, node.name, [from], config);
  context.finish([node], backToShape(made, node.name, `${node.name}/sequence`, context));
}

/** A mean, or the largest, over some axes: with those in front it is that over an image. */
export function lowerReduce(node: NodeOf<"reduce">, context: Context): void {
  const { emitter } = context;
  const row = context.rowOf(node.inputs[0] as string);
  if (node.axes.includes(0)) refuse(node, "axes behind the batch", `axes ${node.axes.join(", ")}`);
  const reduced = node.axes.map((axis) => axis - 1);
  const kept = row.flatMap((_, axis) => (reduced.includes(axis) ? [] : [axis]));
  const order = [...reduced.toSorted((a, b) => a - b), ...kept];
  let layer = context.layerOf(node.inputs[0] as string);
  if (order.some((axis, i) => axis !== i)) {
    layer = emitter.layer("Permute", `${node.name}/order`, [layer], { dims: order.map((axis) => axis + 1) });
  }
  const channels = numbersOf(kept.map((axis) => row[axis] as number));
  const image = [numbersOf(row) / channels, 1, channels];
  const shape = order.map((axis) => row[axis] as number);
  if (shape.join() !== image.join())
    layer = emitter.layer("Reshape", `${node.name}/image`, [layer], { target_shape: image });
  if (node.kind !== "mean" && node.kind !== "maximum") refuse(node, "a mean or the largest", node.kind);
  const pool = node.kind === "mean" ? "GlobalAveragePooling2D" : "GlobalMaxPooling2D";
  const made = emitter.layer(pool, node.name, [layer]);
  const target = context.rowOf(node.name);
  const isVector = target.length === 1;
  context.finish(
    [node],
    isVector ? made : emitter.layer("Reshape", `${node.name}/shape`, [made], { target_shape: target }),
  );
}

export function lowerSoftmax(node: NodeOf<"softmax" | "log softmax">, context: Context): void {
  const [x] = node.inputs as [string];
  if (node.op !== "softmax") refuse(node, "a softmax", node.op);
  if (node.axis !== context.shapeOf(x).length - 1) refuse(node, "the last axis", `axis ${node.axis}`);
  context.finish([node], context.emitter.layer("Softmax", node.name, [context.layerOf(x)], { axis: -1 }));
}

export function lowerReshape(node: NodeOf<"reshape">, context: Context): void {
  context.finish([node], context.reshaped(node.inputs[0] as string, context.rowOf(node.name), node.name));
}

export function lowerTranspose(node: NodeOf<"transpose">, context: Context): void {
  if (node.order[0] !== 0) refuse(node, "the batch to stay in front", `order ${node.order.join(", ")}`);
  const layer = context.layerOf(node.inputs[0] as string);
  context.finish([node], context.emitter.layer("Permute", node.name, [layer], { dims: node.order.slice(1) }));
}

export function lowerConcatenate(node: NodeOf<"concatenate">, context: Context): void {
  const layers = node.inputs.map((input) => context.layerOf(input));
  const [only, ...others] = layers as [string];
  context.finish(
    [node],
    others.length === 0 ? only : context.emitter.layer("Concatenate", node.name, layers, { axis: node.axis }),
  );
}

export function lowerPad(node: NodeOf<"pad">, context: Context): void {
  const row = context.rowOf(node.inputs[0] as string);
  const isOfImage =
    row.length === 3 && node.pads.every((pad, axis) => axis === 1 || axis === 2 || pad.join() === "0,0");
  if (!isOfImage || node.mode !== "constant" || node.value !== 0)
    refuse(node, "zeros around an image", `${node.mode} ${node.value}`);
  const layer = context.layerOf(node.inputs[0] as string);
  context.finish(
    [node],
    context.emitter.layer("ZeroPadding2D", node.name, [layer], { padding: node.pads.slice(1, 3) }),
  );
}
