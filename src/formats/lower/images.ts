/** Pools, reductions, and operations that move numbers. */
import type { NodeOf, ReduceKind } from "../graph.ts";
import { type Context, refuse } from "./context.ts";
import { asImage, backToShape, imageOf, imageSliding, paddingOf } from "./products.ts";

const POOLS = { maximum: "MaxPooling", average: "AveragePooling" } as const;

export function lowerPool(node: NodeOf<"pool">, context: Context): void {
  const { emitter } = context;
  const { layer, shape } = imageOf(node.inputs[0] as string, node.name, context);
  const taps = asImage(node.taps, 1);
  const sliding = imageSliding(node);
  const padding = paddingOf(sliding, shape.slice(0, -1), taps);
  const isCounted = node.kind === "average" && node.countsBorder && padding !== "valid";
  const from = isCounted
    ? emitter.layer("ZeroPadding2D", `${node.name}/border`, [layer], { padding: sliding.pads })
    : layer;
  const config = {
    ...{ pool_size: taps, strides: sliding.strides, padding: isCounted ? "valid" : padding },
    ...(sliding.dilations.some((dilation) => dilation > 1) && { dilation_rate: sliding.dilations }),
  };
  const made = emitter.layer(`${POOLS[node.kind]}${taps.length}D`, node.name, [from], config);
  context.finish([node], backToShape(made, node.name, `${node.name}/sequence`, context));
}

/** As the layer Reduce names what many numbers become. */
const REDUCTIONS: Readonly<Record<ReduceKind, string>> = {
  mean: "mean",
  sum: "sum",
  maximum: "largest",
  minimum: "least",
  product: "product",
  l1: "sum of magnitudes",
  l2: "root of squares",
  "sum of squares": "sum of squares",
  "log sum exp": "log of exponentials",
};

const GLOBAL = { mean: "GlobalAveragePooling2D", maximum: "GlobalMaxPooling2D" } as const;

/** Whether a row of a value is one number, without an axis of its own. */
const isNumber = (value: string, context: Context): boolean => context.shapeOf(value).length === 1;

/** One number a row as a vector of one. */
const one = (layer: string, name: string, context: Context): string =>
  context.emitter.layer("Reshape", `${name}/shape`, [layer], { target_shape: [1] });

/** Over a whole image a mean, or the largest, is a layer of Keras. */
export function lowerReduce(node: NodeOf<"reduce">, context: Context): void {
  const { emitter } = context;
  const [x] = node.inputs as [string];
  if (node.axes.includes(0)) refuse(node, "axes behind the batch", `axes ${node.axes.join(", ")}`);
  const axes = node.axes.toSorted((a, b) => a - b);
  const isOfImage = context.rowOf(x).length === 3 && axes.join() === "1,2";
  const target = context.rowOf(node.name);
  if (!isOfImage || (node.kind !== "mean" && node.kind !== "maximum")) {
    const config = { of: REDUCTIONS[node.kind], axes: axes.map((axis) => axis - 1), keepdims: node.keepsAxes };
    const made = emitter.layer("Reduce", node.name, [context.layerOf(x)], config);
    context.finish([node], isNumber(node.name, context) ? one(made, node.name, context) : made);
    return;
  }
  const made = emitter.layer(GLOBAL[node.kind], node.name, [context.layerOf(x)]);
  const isVector = target.length === 1;
  context.finish(
    [node],
    isVector ? made : emitter.layer("Reshape", `${node.name}/shape`, [made], { target_shape: target }),
  );
}

export function lowerSoftmax(node: NodeOf<"softmax" | "log softmax">, context: Context): void {
  const { emitter } = context;
  const layer = context.layerOf(node.inputs[0] as string);
  if (node.op === "softmax") {
    context.finish([node], emitter.layer("Softmax", node.name, [layer], { axis: -1 }));
    return;
  }
  const over = { of: "log of exponentials", axes: [node.axis - 1], keepdims: true };
  const total = emitter.layer("Reduce", `${node.name}/total`, [layer], over);
  context.finish([node], emitter.layer("Subtract", node.name, [layer, total]));
}

export function lowerLocalResponse(node: NodeOf<"local response">, context: Context): void {
  const { radius, bias, alpha, beta } = node;
  const layer = context.layerOf(node.inputs[0] as string);
  const config = { depth_radius: radius, bias, alpha, beta };
  context.finish([node], context.emitter.layer("LocalResponseNormalization", node.name, [layer], config));
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

const isNothing = ([before, after]: readonly [number, number]): boolean => before === 0 && after === 0;

/** Zeros around an image are a layer of Keras. */
export function lowerPad(node: NodeOf<"pad">, context: Context): void {
  const { pads, mode, value } = node;
  if (!isNothing(pads[0] as readonly [number, number])) refuse(node, "a border within rows", "one of the batch");
  const layer = context.layerOf(node.inputs[0] as string);
  const isOfImage = pads.length === 4 && isNothing(pads[3] as readonly [number, number]);
  const made =
    isOfImage && mode === "constant" && value === 0
      ? context.emitter.layer("ZeroPadding2D", node.name, [layer], { padding: pads.slice(1, 3) })
      : context.emitter.layer("Pad", node.name, [layer], { pads: pads.slice(1), mode, value });
  context.finish([node], made);
}

/** A part of an image with all its channels is a layer of Keras. */
export function lowerSlice(node: NodeOf<"slice">, context: Context): void {
  const [x] = node.inputs as [string];
  const { starts, sizes, steps } = node;
  const shape = context.shapeOf(x);
  const isWhole = (axis: number) => starts[axis] === 0 && sizes[axis] === shape[axis] && steps[axis] === 1;
  if (!isWhole(0)) refuse(node, "a slice within rows", "one of the batch");
  const inputs = [context.layerOf(x)];
  const isOfImage = shape.length === 4 && isWhole(3) && steps.every((step) => step === 1);
  const cropping = [1, 2].map((axis) => {
    const [start, size] = [starts[axis] as number, sizes[axis] as number];
    return [start, (shape[axis] as number) - start - size];
  });
  const made = isOfImage
    ? context.emitter.layer("Cropping2D", node.name, inputs, { cropping })
    : context.emitter.layer("Slice", node.name, inputs, {
        ...{ starts: starts.slice(1), sizes: sizes.slice(1), steps: steps.slice(1) },
      });
  context.finish([node], made);
}

export function lowerGather(node: NodeOf<"gather">, context: Context): void {
  const [x] = node.inputs as [string];
  const indices = context.requireConstant(node, 1, "indices");
  if (node.axis === 0) refuse(node, "an axis within rows", "the batch");
  const config = { axis: node.axis - 1, indices: Array.from(indices.read()), index_shape: indices.shape };
  const made = context.emitter.layer("Gather", node.name, [context.layerOf(x)], config);
  context.finish([node], isNumber(node.name, context) ? one(made, node.name, context) : made);
}

export function lowerTile(node: NodeOf<"tile">, context: Context): void {
  if (node.repeats[0] !== 1) refuse(node, "rows that are not repeated", `${node.repeats[0]} times`);
  const layer = context.layerOf(node.inputs[0] as string);
  const repeats = node.repeats.slice(1);
  context.finish([node], context.emitter.layer("Tile", node.name, [layer], { repeats }));
}

export function lowerBroadcast(node: NodeOf<"broadcast">, context: Context): void {
  const layer = context.layerOf(node.inputs[0] as string);
  context.finish([node], context.emitter.layer("Broadcast", node.name, [layer], { shape: context.rowOf(node.name) }));
}

/** The pixel of an axis that each pixel of the resized axis takes. */
function nearest(node: NodeOf<"resize">, from: number, to: number): number[] {
  const round = {
    floor: Math.floor,
    ceil: Math.ceil,
    "half down": (at: number) => Math.ceil(at - 1 / 2),
    "half up": (at: number) => Math.floor(at + 1 / 2),
  }[node.rounding];
  return Array.from({ length: to }, (_, i) => {
    const at = {
      "half pixel": ((i + 1 / 2) * from) / to - 1 / 2,
      corners: to > 1 ? (i * (from - 1)) / (to - 1) : 0,
      corner: (i * from) / to,
    }[node.places];
    return Math.min(Math.max(round(at), 0), from - 1);
  });
}

/** The nearest pixels: each as often as the next is a layer of Keras, otherwise rows and columns are gathered; or both neighbours. */
export function lowerResize(node: NodeOf<"resize">, context: Context): void {
  const { emitter } = context;
  const [x] = node.inputs as [string];
  const sides = context.rowOf(x).slice(0, -1);
  if (node.method !== "nearest") {
    if (sides.length !== 2) refuse(node, "images with two sides", `${sides.length}`);
    const { extents, method, places, rounding } = node;
    const config = { extents: [...extents], method, places, rounding };
    context.finish([node], emitter.layer("Resize", node.name, [context.layerOf(x)], config));
    return;
  }
  const lists = sides.map((side, i) => nearest(node, side, node.extents[i] as number));
  const factors = sides.map((side, i) => (node.extents[i] as number) / side);
  const isRepeated = lists.every((list, i) => list.every((at, k) => at === Math.floor(k / (factors[i] as number))));
  let layer = context.layerOf(x);
  if (isRepeated && factors.every(Number.isInteger) && sides.length === 2) {
    layer = emitter.layer("UpSampling2D", node.name, [layer], { size: factors, interpolation: "nearest" });
  } else {
    for (const [axis, indices] of lists.entries()) {
      const name = axis === lists.length - 1 ? node.name : `${node.name}/${axis}`;
      layer = emitter.layer("Gather", name, [layer], { axis, indices });
    }
  }
  context.finish([node], layer);
}
