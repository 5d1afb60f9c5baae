/** Operations that move numbers, and those that compute shapes. */
import { outOfRange } from "../../../check.ts";
import type { GraphBuilder } from "../../builder.ts";
import { floats, integers } from "../../fold.ts";
import type { Constant, Operation, Shape } from "../../graph.ts";
import { numbersOf, shapeWords } from "../../shapes.ts";
import type { TfNode } from "./nodes.ts";
import { emit, fromFront, input, subjectOf, type Translation, wholes } from "./translate.ts";

const whole = (extent: number) => ({ start: 0, size: extent, step: 1 });

/** A slice along some axes, all of the others. */
function sliceOf(shape: Shape, at: ReadonlyMap<number, { start: number; size: number; step: number }>): Operation {
  const entries = shape.map((extent, axis) => at.get(axis) ?? whole(extent));
  return {
    op: "slice",
    starts: entries.map(({ start }) => start),
    sizes: entries.map(({ size }) => size),
    steps: entries.map(({ step }) => step),
  };
}

/** One extent may be -1. */
const reshape: Translation = (node, builder) => {
  const x = input(node, 0);
  emit(builder, node.name, [x], { op: "reshape", shape: filled(node, builder.shapeOf(x), wholes(node, builder, 1)) });
};

function filled(node: TfNode, shape: Shape, target: readonly number[]): number[] {
  const open = target.filter((extent) => extent < 0).length;
  if (open > 1) outOfRange(subjectOf(node), "one open extent at most", `[${target.join(", ")}]`);
  const known = numbersOf(target.filter((extent) => extent >= 0));
  return target.map((extent) => (extent < 0 ? numbersOf(shape) / known : extent));
}

const squeeze: Translation = (node, builder) => {
  const shape = builder.shapeOf(input(node, 0));
  const named = ["squeeze_dims", "axis"].map((name) => node.attributes.wholes(name)).find(({ length }) => length > 0);
  const axes = named
    ? fromFront(node, named, shape.length)
    : shape.flatMap((extent, axis) => (extent === 1 && axis > 0 ? [axis] : []));
  const many = axes.find((axis) => shape[axis] !== 1 && axis > 0);
  if (many !== undefined) outOfRange(subjectOf(node), "axes of extent 1", `axis ${many} of ${shapeWords(shape)}`);
  const kept = shape.filter((_, axis) => !axes.includes(axis));
  emit(builder, node.name, [input(node, 0)], { op: "reshape", shape: kept });
};

function inserted(shape: Shape, axis: number): number[] {
  return shape.toSpliced(axis < 0 ? axis + shape.length + 1 : axis, 0, 1);
}

const expandDims: Translation = (node, builder) => {
  const [axis] = wholes(node, builder, 1) as [number];
  emit(builder, node.name, [input(node, 0)], { op: "reshape", shape: inserted(builder.shapeOf(input(node, 0)), axis) });
};

const transpose: Translation = (node, builder) => {
  const shape = builder.shapeOf(input(node, 0));
  const order = node.inputs.length > 1 ? wholes(node, builder, 1) : shape.map((_, axis) => shape.length - 1 - axis);
  emit(builder, node.name, [input(node, 0)], { op: "transpose", order: fromFront(node, order, shape.length) });
};

/** The axis comes last, or first in the oldest form. */
const concatenate =
  (isAxisFirst: boolean): Translation =>
  (node, builder) => {
    const place = isAxisFirst ? 0 : node.inputs.length - 1;
    const values = node.inputs.toSpliced(place, 1);
    const rank = builder.shapeOf(values[0] ?? input(node, 0)).length;
    const [axis] = fromFront(node, wholes(node, builder, place), rank) as [number];
    emit(builder, node.name, values, { op: "concatenate", axis });
  };

/** One operation joins its inputs along a new axis. */
const pack: Translation = (node, builder) => {
  const rank = builder.shapeOf(input(node, 0)).length + 1;
  const [axis] = fromFront(node, [node.attributes.whole("axis", 0)], rank) as [number];
  const parts = node.inputs.map((value, i) => {
    const shape = inserted(builder.shapeOf(value), axis);
    return emit(builder, `${node.name}/${i}`, [value], { op: "reshape", shape });
  });
  emit(builder, node.name, parts, { op: "concatenate", axis });
};

const partName = (node: TfNode, i: number): string => (i === 0 ? node.name : `${node.name}:${i}`);

/** The slices of these sizes along an axis, one value each. */
function split(node: TfNode, builder: GraphBuilder, value: string, axis: number, sizes: readonly number[]): void {
  const shape = builder.shapeOf(value);
  if (sizes.reduce((sum, size) => sum + size, 0) !== shape[axis]) {
    outOfRange(subjectOf(node), `parts of axis ${axis} of ${shapeWords(shape)}`, `[${sizes.join(", ")}]`);
  }
  let start = 0;
  for (const [i, size] of sizes.entries()) {
    const slice = sliceOf(shape, new Map([[axis, { start, size, step: 1 }]]));
    emit(builder, partName(node, i), [value], slice);
    start += size;
  }
}

/** Parts that one node may make. */
const PART_LIMIT = 4096;

const evenly: Translation = (node, builder) => {
  const value = input(node, 1);
  const [axis] = fromFront(node, wholes(node, builder, 0), builder.shapeOf(value).length) as [number];
  const count = node.attributes.whole("num_split", 1);
  const extent = builder.shapeOf(value)[axis] as number;
  if (!(count >= 1 && count <= PART_LIMIT && extent % count === 0)) {
    outOfRange(subjectOf(node), `a number of parts that divides ${extent}`, `${count}`);
  }
  split(node, builder, value, axis, Array<number>(count).fill(extent / count));
};

const bySizes: Translation = (node, builder) => {
  const value = input(node, 0);
  const shape = builder.shapeOf(value);
  const [axis] = fromFront(node, wholes(node, builder, 2), shape.length) as [number];
  const sizes = wholes(node, builder, 1);
  const known = sizes.reduce((sum, size) => sum + Math.max(0, size), 0);
  split(
    node,
    builder,
    value,
    axis,
    sizes.map((size) => (size < 0 ? (shape[axis] as number) - known : size)),
  );
};

const unpack: Translation = (node, builder) => {
  const value = input(node, 0);
  const shape = builder.shapeOf(value);
  const [axis] = fromFront(node, [node.attributes.whole("axis", 0)], shape.length) as [number];
  const count = shape[axis] as number;
  if (count > PART_LIMIT) outOfRange(subjectOf(node), `at most ${PART_LIMIT} parts`, shapeWords(shape));
  for (let i = 0; i < count; i++) {
    const part = `${node.name}/${i}`;
    emit(builder, part, [value], sliceOf(shape, new Map([[axis, { start: i, size: 1, step: 1 }]])));
    emit(builder, partName(node, i), [part], { op: "reshape", shape: shape.toSpliced(axis, 1) });
  }
};

/** A size of -1 goes to the end. */
const slice: Translation = (node, builder) => {
  const shape = builder.shapeOf(input(node, 0));
  const [begin, size] = [wholes(node, builder, 1), wholes(node, builder, 2)];
  const entries = shape.map((extent, axis) => {
    const start = begin[axis] as number;
    const wanted = size[axis] as number;
    // A file made for a batch of one row says 1 where the batch is meant.
    const isBatch = axis === 0 && start === 0 && wanted === 1;
    return [axis, { start, size: wanted < 0 || isBatch ? extent - start : wanted, step: 1 }] as const;
  });
  emit(builder, node.name, [input(node, 0)], sliceOf(shape, new Map(entries)));
};

/** Ranges with steps, by masks in which bit i is about entry i of the ranges. */
const stridedSlice: Translation = (node, builder) => {
  const { attributes } = node;
  const shape = builder.shapeOf(input(node, 0));
  const [begin, end, strides] = [wholes(node, builder, 1), wholes(node, builder, 2), wholes(node, builder, 3)];
  const mask = (name: string) => attributes.whole(name, 0);
  const isIn = (bits: number, i: number) => i < 31 && ((bits >> i) & 1) === 1;
  const [news, shrinks, ellipsis] = [mask("new_axis_mask"), mask("shrink_axis_mask"), mask("ellipsis_mask")];
  const count = begin.filter((_, i) => !isIn(news, i) && !isIn(ellipsis, i)).length;
  const at = new Map<number, { start: number; size: number; step: number }>();
  const kept: number[] = [];
  let axis = 0;
  for (let i = 0; i < begin.length; i++) {
    if (isIn(ellipsis, i)) {
      for (let rest = shape.length - count; rest > 0; rest--) kept.push(shape[axis++] as number);
      continue;
    }
    if (isIn(news, i)) {
      kept.push(1);
      continue;
    }
    const extent = shape[axis] ?? outOfRange(subjectOf(node), `at most ${shape.length} ranges`, `${begin.length}`);
    if (isIn(shrinks, i)) {
      const start = (begin[i] as number) < 0 ? (begin[i] as number) + extent : (begin[i] as number);
      at.set(axis, { start, size: 1, step: 1 });
    } else {
      const [open, shut] = [isIn(mask("begin_mask"), i), isIn(mask("end_mask"), i)];
      const range = rangeOf(extent, open ? undefined : begin[i], shut ? undefined : end[i], strides[i] ?? 1);
      if (range.size < 1)
        outOfRange(subjectOf(node), "ranges that are not empty", `axis ${axis} of ${shapeWords(shape)}`);
      at.set(axis, range);
      kept.push(range.size);
    }
    axis++;
  }
  kept.push(...shape.slice(axis));
  const isSame = kept.length === shape.length && news === 0 && shrinks === 0;
  const part = isSame ? node.name : `${node.name}/slice`;
  emit(builder, part, [input(node, 0)], sliceOf(shape, at));
  if (!isSame) emit(builder, node.name, [part], { op: "reshape", shape: kept });
};

/** A range of Python: ends below zero count from behind, and lie within the axis. */
function rangeOf(extent: number, begin: number | undefined, end: number | undefined, step: number) {
  const place = (at: number, low: number, high: number) => Math.min(Math.max(at < 0 ? at + extent : at, low), high);
  const [low, high] = step > 0 ? [0, extent] : [-1, extent - 1];
  const start = begin === undefined ? (step > 0 ? low : high) : place(begin, low, high);
  const stop = end === undefined ? (step > 0 ? high : low) : place(end, low, high);
  return { start, size: Math.max(0, Math.ceil((stop - start) / step)), step };
}

const pairs = (list: readonly number[]): [number, number][] =>
  Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i] as number, list[2 * i + 1] as number]);

const pad: Translation = (node, builder) => {
  const value = node.inputs.length > 2 ? (wholes(node, builder, 2)[0] as number) : 0;
  const pads = pairs(wholes(node, builder, 1));
  emit(builder, node.name, [input(node, 0)], { op: "pad", pads, mode: "constant", value });
};

const mirrorPad: Translation = (node, builder) => {
  const mode = node.attributes.text("mode", "REFLECT").toLowerCase();
  if (mode !== "reflect" && mode !== "symmetric") outOfRange(subjectOf(node), "mode REFLECT or SYMMETRIC", mode);
  const pads = pairs(wholes(node, builder, 1));
  emit(builder, node.name, [input(node, 0)], { op: "pad", pads, mode, value: 0 });
};

const gather: Translation = (node, builder) => {
  const { attributes } = node;
  const [values, indices] = [input(node, 0), input(node, 1)];
  if (attributes.whole("batch_dims", 0) !== 0)
    outOfRange(subjectOf(node), "batch_dims 0", attributes.whole("batch_dims", 0));
  const shape = builder.shapeOf(values);
  const [axis] = fromFront(node, node.inputs.length > 2 ? wholes(node, builder, 2) : [0], shape.length) as [number];
  emit(builder, node.name, [values, indices], { op: "gather", axis });
};

const resize =
  (method: "nearest" | "linear"): Translation =>
  (node, builder) => {
    const { attributes } = node;
    const corners = attributes.truth("align_corners");
    const half = attributes.truth("half_pixel_centers");
    emit(builder, node.name, [input(node, 0)], {
      ...{ op: "resize", layout: "channels last", method },
      extents: wholes(node, builder, 1),
      places: corners ? "corners" : half ? "half pixel" : "corner",
      rounding: corners || half ? "half up" : "floor",
    });
  };

const cast: Translation = (node, builder) => {
  const to = node.attributes.type("DstT") ?? outOfRange(subjectOf(node), "a type of numbers", "another");
  const x = input(node, 0);
  if (builder.typeOf(x) === to) builder.alias(node.name, x);
  else emit(builder, node.name, [x], { op: "cast", to });
};

const constant =
  (make: (shape: Shape) => Constant): Translation =>
  (node, builder) =>
    builder.constant(node.name, make(builder.shapeOf(input(node, 0))));

/** Numbers that a constant may have which is made here. */
const FILL_LIMIT = 2 ** 24;

const fill: Translation = (node, builder) => {
  const shape = wholes(node, builder, 0);
  if (numbersOf(shape) > FILL_LIMIT) outOfRange(subjectOf(node), `at most ${FILL_LIMIT} numbers`, shapeWords(shape));
  emit(builder, node.name, [input(node, 1)], { op: "broadcast", shape });
};

const range: Translation = (node, builder) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => wholes(node, builder, i)[0]) as [number, number, number];
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!(count <= FILL_LIMIT)) outOfRange(subjectOf(node), `at most ${FILL_LIMIT} numbers`, `${count}`);
  const values = Array.from({ length: count }, (_, i) => start + i * delta);
  builder.constant(node.name, builder.typeOf(input(node, 0)) === "float32" ? floats(values) : integers(values));
};

const filledWith = (value: number) =>
  constant((shape) => {
    const size = numbersOf(shape);
    if (size > FILL_LIMIT) outOfRange("a constant", `at most ${FILL_LIMIT} numbers`, shapeWords(shape));
    return floats(new Float32Array(size).fill(value), shape);
  });

/** What hands on its inputs as they are. */
const identity: Translation = (node, builder) => {
  node.inputs.forEach((value, i) => {
    builder.alias(partName(node, i), value);
  });
};

export const SHAPE: Readonly<Record<string, Translation>> = {
  BroadcastTo: (node, builder) => {
    emit(builder, node.name, [input(node, 0)], { op: "broadcast", shape: wholes(node, builder, 1) });
  },
  Cast: cast,
  Concat: concatenate(true),
  ConcatV2: concatenate(false),
  ExpandDims: expandDims,
  Fill: fill,
  Gather: gather,
  GatherV2: gather,
  Identity: identity,
  IdentityN: identity,
  MirrorPad: mirrorPad,
  OnesLike: filledWith(1),
  Pack: pack,
  Pad: pad,
  PadV2: pad,
  PlaceholderWithDefault: identity,
  PreventGradient: identity,
  Range: range,
  Rank: constant((shape) => integers([shape.length], [])),
  Reshape: reshape,
  ResizeBilinear: resize("linear"),
  ResizeNearestNeighbor: resize("nearest"),
  Shape: constant((shape) => integers(shape)),
  Size: constant((shape) => integers([numbersOf(shape)], [])),
  Slice: slice,
  Snapshot: identity,
  Split: evenly,
  SplitV: bySizes,
  Squeeze: squeeze,
  StopGradient: identity,
  StridedSlice: stridedSlice,
  Tile: (node, builder) => {
    emit(builder, node.name, [input(node, 0)], { op: "tile", repeats: wholes(node, builder, 1) });
  },
  Transpose: transpose,
  Unpack: unpack,
  ZerosLike: filledWith(0),
};
