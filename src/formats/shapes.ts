/** The shape and the type that a node's value has, from those of its inputs; and how the shapes of rows are read off. */
import { outOfRange } from "../check.ts";
import { BATCH, type DataType, type GraphNode, type Layout, type Shape, type Sliding } from "./graph.ts";

export const numbersOf = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1);

/** A shape in words, the batch by its name. */
export function shapeWords(shape: Shape): string {
  return `[${shape.map((extent) => (extent % BATCH === 0 && extent > 0 ? batchWords(extent / BATCH) : extent)).join(", ")}]`;
}

const batchWords = (times: number): string => (times === 1 ? "batch" : `${times} batch`);

/** Axes of the window: all but the batch and the channels. */
export function spatialAxes(layout: Layout, rank: number): number[] {
  return Array.from({ length: rank - 2 }, (_, i) => i + (layout === "channels last" ? 1 : 2));
}

export const channelAxis = (layout: Layout, rank: number): number => (layout === "channels last" ? rank - 1 : 1);

/** The shape that inputs stretch to, extents of 1 and missing axes in front [NumPy]; undefined where they do not. */
export function broadcastShape(shapes: readonly Shape[]): number[] | undefined {
  const rank = Math.max(...shapes.map(({ length }) => length));
  const common = Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    return extents.find((extent) => extent !== 1) ?? 1;
  });
  const fits = shapes.every((shape) =>
    shape.every((extent, axis) => extent === 1 || extent === common[axis + rank - shape.length]),
  );
  return fits ? common : undefined;
}

/** The shape of what a node makes. Refuses inputs that it cannot take. */
export function inferShape(node: GraphNode, shapes: readonly Shape[]): Shape {
  const refuse = (expected: string): never =>
    outOfRange(`${node.name} (${node.op})`, expected, shapes.map(shapeWords).join(" and ") || "no input");
  const x = shapes[0] ?? refuse("an input");
  switch (node.op) {
    case "convolution": {
      const kernel = shapes[1] as Shape;
      const channels = requireWindow(node, x, kernel.slice(0, -2), refuse);
      const filters = kernel.at(-1) as number;
      if (kernel.length !== x.length || kernel.at(-2) !== channels / node.groups || filters % node.groups !== 0) {
        refuse(`a kernel [taps, ${channels} / ${node.groups}, filters]`);
      }
      return imageShape(node.layout, x, windowExtents(node, x, kernel.slice(0, -2), refuse), filters);
    }
    case "transposed convolution": {
      const kernel = shapes[1] as Shape;
      const channels = requireWindow(node, x, kernel.slice(0, -2), refuse);
      if (kernel.length !== x.length || kernel.at(-1) !== channels || channels % node.groups !== 0) {
        refuse(`a kernel [taps, filters / ${node.groups}, ${channels}]`);
      }
      const filters = (kernel.at(-2) as number) * node.groups;
      const made = imageShape(node.layout, x, node.extents, filters);
      const back = windowExtents(node, made, kernel.slice(0, -2), refuse);
      if (spatialAxes(node.layout, x.length).some((axis, side) => (back[side] as number) < (x[axis] as number))) {
        refuse(`extents that a convolution takes to its input, not [${node.extents.join(", ")}]`);
      }
      return made;
    }
    case "pool": {
      const channels = requireWindow(node, x, node.taps, refuse);
      return imageShape(node.layout, x, windowExtents(node, x, node.taps, refuse), channels);
    }
    case "matmul": {
      const y = shapes[1] as Shape;
      const leading = broadcastShape([x.slice(0, -2), y.slice(0, -2)]);
      if (x.length < 2 || y.length < 2 || x.at(-1) !== y.at(-2) || !leading) {
        return refuse("matrices [..., m, k] and [..., k, n]");
      }
      return [...leading, x.at(-2) as number, y.at(-1) as number];
    }
    case "binary":
    case "select":
      return broadcastShape(shapes) ?? refuse("shapes that stretch to one");
    case "prelu":
    case "standardise":
      if (broadcastShape(shapes)?.join() !== x.join()) refuse("shapes that stretch to the first");
      return x;
    case "reduce": {
      const kept = x.map((extent, axis) => (node.axes.includes(axis) ? 1 : extent));
      return node.keepsAxes ? kept : kept.filter((_, axis) => !node.axes.includes(axis));
    }
    case "batch normalisation": {
      const channels = x[node.axis];
      if (shapes.slice(1).some((shape) => shape.join() !== `${channels}`))
        refuse("four arrays of one number a channel");
      return x;
    }
    case "reshape":
      return reshaped(x, node.shape, refuse);
    case "transpose":
      if (node.order.toSorted((a, b) => a - b).join() !== x.map((_, axis) => axis).join()) {
        refuse(`an order of its axes, not [${node.order.join(", ")}]`);
      }
      return node.order.map((axis) => x[axis] as number);
    case "concatenate": {
      const { axis } = node;
      const without = (shape: Shape): string => [shape.length, ...shape.toSpliced(axis, 1)].join();
      if (axis >= x.length || shapes.some((shape) => without(shape) !== without(x))) {
        refuse(`inputs that differ in axis ${axis} only`);
      }
      return x.with(
        axis,
        shapes.reduce((sum, shape) => sum + (shape[axis] as number), 0),
      );
    }
    case "slice": {
      const fits = x.every((extent, axis) => {
        const [start, size, step] = [node.starts[axis], node.sizes[axis], node.steps[axis]] as [number, number, number];
        const last = start + (size - 1) * step;
        return size >= 0 && (size === 0 || (start >= 0 && start < extent && last >= 0 && last < extent));
      });
      if (node.starts.length !== x.length || !fits) refuse("a slice that lies inside");
      return node.sizes;
    }
    case "pad":
      if (node.pads.length !== x.length) refuse("a border for each axis");
      return x.map((extent, axis) => {
        const [before, after] = node.pads[axis] as readonly [number, number];
        return extent + before + after > 0 ? extent + before + after : refuse("a border that leaves something");
      });
    case "gather": {
      if (node.axis >= x.length) refuse(`an axis ${node.axis}`);
      return [...x.slice(0, node.axis), ...(shapes[1] as Shape), ...x.slice(node.axis + 1)];
    }
    case "broadcast": {
      const common = broadcastShape([x, node.shape]);
      return common?.join() === node.shape.join()
        ? common
        : refuse(`a shape that stretches to ${shapeWords(node.shape)}`);
    }
    case "tile":
      if (node.repeats.length !== x.length) refuse("a count for each axis");
      return x.map((extent, axis) => extent * (node.repeats[axis] as number));
    case "resize":
      if (node.extents.length !== x.length - 2) refuse("images with an extent for each side");
      return imageShape(node.layout, x, node.extents, x[channelAxis(node.layout, x.length)] as number);
    case "softmax":
    case "log softmax":
    case "local response":
      if (node.axis >= x.length) refuse(`an axis ${node.axis}`);
      return x;
    case "unary":
    case "cast":
      return x;
  }
}

/** The type of what a node makes, from those of its inputs. */
export function inferType(node: GraphNode, types: readonly DataType[]): DataType {
  if (node.op === "cast") return node.to;
  if (node.op === "select") return types[1] as DataType;
  if (node.op !== "binary") return types[0] as DataType;
  switch (node.function) {
    case "and":
    case "or":
    case "equal":
    case "not_equal":
    case "greater":
    case "greater_equal":
    case "less":
    case "less_equal":
      return "boolean";
    default:
      return types[0] as DataType;
  }
}

/** A file made for a batch of one row says 1 where the batch is meant. */
function reshaped(x: Shape, shape: Shape, refuse: (expected: string) => never): Shape {
  if (numbersOf(x) === numbersOf(shape)) return shape;
  if (shape[0] === 1 && numbersOf(x) === BATCH * numbersOf(shape)) return shape.with(0, BATCH);
  return refuse(`as many numbers as in ${shapeWords(shape)}`);
}

type Refuse = (expected: string) => never;

/** Checks a window against its image; returns the image's channels. */
function requireWindow(node: Sliding, x: Shape, taps: readonly number[], refuse: Refuse): number {
  const sides = x.length - 2;
  if (sides < 1 || sides > 3) refuse("a sequence, an image or a volume, with batch and channels");
  const { strides, dilations, pads } = node;
  if ([taps, strides, dilations, pads].some((list) => list.length !== sides)) {
    refuse(`a window of ${sides} ${sides === 1 ? "side" : "sides"}`);
  }
  if ([...taps, ...strides, ...dilations].some((extent) => !(extent >= 1))) refuse("a window of extents of 1 and more");
  return x[channelAxis(node.layout, x.length)] as number;
}

/** How often a window fits, side by side. */
function windowExtents(node: Sliding, x: Shape, taps: readonly number[], refuse: Refuse): number[] {
  return spatialAxes(node.layout, x.length).map((axis, side) => {
    const [before, after] = node.pads[side] as readonly [number, number];
    const reach = ((taps[side] as number) - 1) * (node.dilations[side] as number) + 1;
    const room = (x[axis] as number) + before + after - reach;
    return room >= 0
      ? Math.floor(room / (node.strides[side] as number)) + 1
      : refuse("an image that the window fits in");
  });
}

function imageShape(layout: Layout, x: Shape, extents: readonly number[], channels: number): number[] {
  const batch = x[0] as number;
  return layout === "channels last" ? [batch, ...extents, channels] : [batch, channels, ...extents];
}
