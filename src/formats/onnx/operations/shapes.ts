/** Operations that move numbers and change none: shapes, axes, slices, borders. */
import { BATCH, type Pads, type Shape } from "../../graph.ts";
import { numbersOf } from "../../shapes.ts";
import type { NodeReader, Translate, Translations } from "../node-reader.ts";

/** Version since which axes and the like are inputs. */
const AXES_INPUT = 13;

const identity: Translate = (node) => node.pass(node.input(0));

/** Its own extents where 0 stands, what is left where -1 stands. */
const reshape: Translate = (node) => {
  const from = node.shape(0);
  const copies = node.int("allowzero", 0) === 0;
  const wanted = (node.opset < 5 ? node.ints("shape") : node.numbers(1)) ?? node.refuse("a shape", "none");
  const shape = wanted.map((extent, axis) => {
    if (extent === 0 && copies)
      return from[axis] ?? node.refuse(`a shape of at most ${from.length} axes`, "a 0 beyond");
    return extent;
  });
  node.give({ op: "reshape", shape: filled(node, from, shape) }, node.input(0));
};

/** A shape with what is left for its -1. In a file made for one row, an extent of 1 in front of it may be that row's. */
function filled(node: NodeReader, from: Shape, shape: readonly number[]): Shape {
  const open = shape.indexOf(-1);
  if (open < 0) return shape;
  const known = numbersOf(shape.toSpliced(open, 1));
  const rest = numbersOf(from) / known;
  if (!Number.isInteger(rest) || shape.indexOf(-1, open + 1) > 0) {
    node.refuse(`a shape of as many numbers as [${from.join(", ")}]`, `[${shape.join(", ")}]`);
  }
  const isRow = open > 0 && shape[0] === 1 && from[0] === BATCH && rest % BATCH === 0;
  return isRow ? shape.with(0, BATCH).with(open, rest / BATCH) : shape.with(open, rest);
}

/** All axes before the given one become one, and so do the others. */
const flatten: Translate = (node) => {
  const shape = node.shape(0);
  const axis = node.int("axis", 1);
  const at = axis < 0 ? axis + shape.length : axis;
  const flat = [numbersOf(shape.slice(0, at)), numbersOf(shape.slice(at))];
  node.give({ op: "reshape", shape: flat }, node.input(0));
};

const transpose: Translate = (node) => {
  const rank = node.shape(0).length;
  const order = node.ints("perm") ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  node.give({ op: "transpose", order }, node.input(0));
};

const squeeze: Translate = (node) => {
  const shape = node.shape(0);
  const given = node.list("axes", 1, AXES_INPUT);
  const axes = given ? node.axes(given, shape.length) : shape.flatMap((extent, axis) => (extent === 1 ? [axis] : []));
  for (const axis of axes) {
    if (shape[axis] !== 1) node.refuse(`an extent of 1 on axis ${axis}`, axis === 0 ? "the batch" : `${shape[axis]}`);
  }
  node.give({ op: "reshape", shape: shape.filter((_, axis) => !axes.includes(axis)) }, node.input(0));
};

const unsqueeze: Translate = (node) => {
  const shape = [...node.shape(0)];
  const given = node.list("axes", 1, AXES_INPUT) ?? node.refuse("axes", "none");
  const axes = node.axes(given, shape.length + given.length).toSorted((a, b) => a - b);
  for (const axis of axes) shape.splice(axis, 0, 1);
  node.give({ op: "reshape", shape }, node.input(0));
};

const concatenate: Translate = (node) => {
  const axis = node.axis(node.int("axis", 1), node.shape(0).length);
  if (node.inputCount === 1) return node.pass(node.input(0));
  return node.give({ op: "concatenate", axis }, ...node.inputs);
};

/** Where a slice along one axis starts and how many it takes, from bounds that may lie outside and count from behind. */
function sliceOf(extent: number, from: number, to: number, step: number): readonly [start: number, size: number] {
  const isDown = step < 0;
  const inside = (at: number): number => {
    const counted = at < 0 ? at + extent : at;
    return Math.min(Math.max(counted, isDown ? -1 : 0), isDown ? extent - 1 : extent);
  };
  const start = inside(from);
  // From behind, the end before the first element cannot be written but as one far below.
  const end = inside(to);
  return [start, Math.max(0, Math.ceil((end - start) / step))];
}

const slice: Translate = (node) => {
  const shape = node.shape(0);
  const isOld = node.opset < 10;
  const starts = (isOld ? node.ints("starts") : node.numbers(1)) ?? node.refuse("starts", "none");
  const ends = (isOld ? node.ints("ends") : node.numbers(2)) ?? node.refuse("ends", "none");
  const axes = node.axes((isOld ? node.ints("axes") : node.numbers(3)) ?? starts.map((_, i) => i), shape.length);
  const steps = (isOld ? undefined : node.numbers(4)) ?? starts.map(() => 1);
  if ([ends, axes, steps].some(({ length }) => length !== starts.length) || steps.includes(0)) {
    node.refuse("as many ends, axes and steps as starts", "others");
  }
  const whole = { starts: shape.map(() => 0), sizes: [...shape], steps: shape.map(() => 1) };
  axes.forEach((axis, i) => {
    const [from, to, step] = [starts[i], ends[i], steps[i]] as [number, number, number];
    const [start, size] = sliceOf(shape[axis] as number, from, to, step);
    whole.starts[axis] = start;
    whole.sizes[axis] = size;
    whole.steps[axis] = step;
  });
  node.give({ op: "slice", ...whole }, node.input(0));
};

/** Sizes are stated, or the parts are as equal as they can be, the last one smaller. */
const split: Translate = (node) => {
  const shape = node.shape(0);
  const axis = node.axis(node.int("axis", 0), shape.length);
  const extent = shape[axis] as number;
  const count = node.int("num_outputs", node.outputCount);
  const part = Math.ceil(extent / count);
  const sizes =
    node.list("split", 1, AXES_INPUT) ?? Array.from({ length: count }, (_, i) => Math.min(part, extent - i * part));
  if (sizes.length !== node.outputCount || sizes.reduce((sum, size) => sum + size, 0) !== extent) {
    node.refuse(`${node.outputCount} parts of ${extent}`, `[${sizes.join(", ")}]`);
  }
  let start = 0;
  sizes.forEach((size, i) => {
    const starts = shape.map((_, at) => (at === axis ? start : 0));
    node.giveOutput(
      i,
      { op: "slice", starts, sizes: shape.with(axis, size), steps: shape.map(() => 1) },
      node.input(0),
    );
    start += size;
  });
};

const PAD_MODES = { constant: "constant", edge: "edge", reflect: "reflect" } as const;

/** Borders below zero take pixels off. */
const pad: Translate = (node) => {
  const shape = node.shape(0);
  const isOld = node.opset < 11;
  const list = (isOld ? node.ints("pads") : node.numbers(1)) ?? node.refuse("pads", "none");
  const axes = node.axes((isOld ? undefined : node.numbers(3)) ?? shape.map((_, axis) => axis), shape.length);
  if (list.length !== 2 * axes.length) node.refuse(`${2 * axes.length} pads`, `${list.length}`);
  const pads = shape.map((_, axis): readonly [number, number] => {
    const i = axes.indexOf(axis);
    return i < 0 ? [0, 0] : [list[i] as number, list[i + axes.length] as number];
  });
  const mode = PAD_MODES[node.oneOf("mode", ["constant", "edge", "reflect"], "constant")];
  const value = (isOld ? node.float("value") : node.number(2)) ?? 0;
  padded(node, shape, pads, mode, value);
};

function padded(
  node: NodeReader,
  shape: Shape,
  pads: Pads,
  mode: "constant" | "edge" | "reflect",
  value: number,
): void {
  const cut = pads.map(([before, after]) => [Math.max(-before, 0), Math.max(-after, 0)] as const);
  const added = pads.map(([before, after]) => [Math.max(before, 0), Math.max(after, 0)] as const);
  let x = node.input(0);
  if (cut.some(([before, after]) => before + after > 0)) {
    const starts = cut.map(([before]) => before);
    const sizes = shape.map((extent, axis) => extent - (cut[axis]?.[0] ?? 0) - (cut[axis]?.[1] ?? 0));
    x = node.step({ op: "slice", starts, sizes, steps: shape.map(() => 1) }, x);
  }
  if (added.every(([before, after]) => before + after === 0)) node.pass(x);
  else node.give({ op: "pad", pads: added, mode, value }, x);
}

/** Along an axis what stands at constant indices; one index without an axis takes the axis away. */
const gather: Translate = (node) => {
  const shape = node.shape(0);
  const axis = node.axis(node.int("axis", 0), shape.length);
  const { indices, of } = indicesOf(node, shape[axis] as number);
  if (of.length > 0) return node.give({ op: "gather", axis }, node.input(0), indices);
  const one = node.step({ op: "gather", axis }, node.input(0), indices);
  return node.give({ op: "reshape", shape: shape.toSpliced(axis, 1) }, one);
};

/** Constant indices from 0, one at least. */
function indicesOf(node: NodeReader, extent: number): { indices: string; of: Shape } {
  const constant = node.constant(1) ?? node.refuse("indices that are known at load", "what is computed from the input");
  const values = Array.from(constant.read(), (index) => (index < 0 ? index + extent : index));
  if (values.some((index) => !(index >= 0 && index < extent))) node.refuse(`indices in [0, ${extent})`, "others");
  const shape = constant.shape.length === 0 ? [1] : constant.shape;
  const data = Float64Array.from(values);
  return { indices: node.constantStep({ dtype: "integer", shape, read: () => data }), of: constant.shape };
}

const expand: Translate = (node) => {
  const from = node.shape(0);
  const wanted = node.numbers(1) ?? node.refuse("a shape", "none");
  const rank = Math.max(from.length, wanted.length);
  const shape = Array.from({ length: rank }, (_, axis) => {
    const [own, other] = [from[axis - rank + from.length] ?? 1, wanted[axis - rank + wanted.length] ?? 1];
    return other === 1 ? own : other;
  });
  if (shape.join() === from.join()) return node.pass(node.input(0));
  return node.give({ op: "broadcast", shape }, node.input(0));
};

const tile: Translate = (node) => {
  const repeats = node.numbers(1) ?? node.refuse("repeats", "none");
  if (repeats.every((times) => times === 1)) return node.pass(node.input(0));
  return node.give({ op: "tile", repeats }, node.input(0));
};

/** Blocks of b x b pixels from channels, or back. */
const depthToSpace: Translate = (node) => {
  const [batch, channels, h, w] = image(node);
  const b = node.int("blocksize", 0);
  if (b < 1 || channels % (b * b) !== 0) node.refuse(`a blocksize whose square divides ${channels}`, `${b}`);
  const mode = node.oneOf("mode", ["DCR", "CRD"], "DCR");
  const c = channels / (b * b);
  const parts = mode === "DCR" ? [batch, b, b, c, h, w] : [batch, c, b, b, h, w];
  const order = mode === "DCR" ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3];
  const apart = node.step({ op: "reshape", shape: parts }, node.input(0));
  const moved = node.step({ op: "transpose", order }, apart);
  node.give({ op: "reshape", shape: [batch, c, h * b, w * b] }, moved);
};

const spaceToDepth: Translate = (node) => {
  const [batch, channels, h, w] = image(node);
  const b = node.int("blocksize", 0);
  if (b < 1 || h % b !== 0 || w % b !== 0) node.refuse(`a blocksize that divides ${h} and ${w}`, `${b}`);
  const apart = node.step({ op: "reshape", shape: [batch, channels, h / b, b, w / b, b] }, node.input(0));
  const moved = node.step({ op: "transpose", order: [0, 3, 5, 1, 2, 4] }, apart);
  node.give({ op: "reshape", shape: [batch, channels * b * b, h / b, w / b] }, moved);
};

function image(node: NodeReader): readonly [number, number, number, number] {
  const shape = node.shape(0);
  if (shape.length !== 4) node.refuse("[batch, channels, height, width]", `rank ${shape.length}`);
  return shape as unknown as readonly [number, number, number, number];
}

export const SHAPES: Translations = {
  Concat: concatenate,
  DepthToSpace: depthToSpace,
  Dropout: identity,
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  Identity: identity,
  Pad: pad,
  Reshape: reshape,
  Slice: slice,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};
