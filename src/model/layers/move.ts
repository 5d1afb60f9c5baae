/**
 * Operations that move numbers and compute nothing: slices, borders, repetitions, gathers, permutations of axes. All but the
 * last read each axis of the input by a list of indices of its own; what lies side by side is moved in one go.
 */
import { outOfRange } from "../../check.ts";
import type { F32Pointer, I32Pointer, Workspace } from "../../wasm/index.ts";
import type { MappedOperation } from "./layer.ts";
import type { OperationMap } from "./operation-map.ts";
import { requireNumbers, sizeOf } from "./shape.ts";
import { stridedSources } from "./strided.ts";

type Shape = readonly number[];
/** Which element of an axis of the input each element of the output's takes; below zero, none. Undefined: all in their order. */
type AxisList = ArrayLike<number> | undefined;

/** A moving operation, with the shape that it gives. */
export interface Move extends MappedOperation {
  readonly outputShape: Shape;
}

/** Blocks of numbers from an index of places. */
class TakeOperation implements Move {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly outputShape: Shape;
  readonly map: OperationMap;
  private readonly workspace: Workspace;
  private readonly blocks: number;
  private readonly width: number;
  private readonly fill: number;
  private readonly index: I32Pointer;

  /** @param places where each block of `width` numbers starts in the input; below zero, `fill` */
  constructor(workspace: Workspace, inputSize: number, shape: Shape, places: Int32Array, width: number, fill: number) {
    this.workspace = workspace;
    this.inputSize = inputSize;
    this.outputShape = shape;
    this.outputSize = sizeOf(shape);
    this.blocks = places.length;
    this.width = width;
    this.fill = fill;
    this.index = workspace.arena.allocateI32(places.length);
    workspace.arena.i32(this.index, places.length).set(places);
    this.map = {
      ...{ kind: "take", fill: Math.fround(fill), copies: copiesOf(inputSize, places, width) },
      sources: () => sourcesOf(workspace.arena.i32(this.index, this.blocks), width),
    };
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { blocks, width, inputSize, index, fill } = this;
    this.workspace.kernels.take_f32(rows, blocks, width, inputSize, index, fill, x, y);
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const { blocks, width, inputSize, index } = this;
    this.workspace.kernels.take_grad_f32(rows, blocks, width, inputSize, index, dy, dx);
  }
}

function sourcesOf(places: Int32Array, width: number): Int32Array {
  const sources = new Int32Array(places.length * width);
  places.forEach((place, j) => {
    for (let i = 0; i < width; i++) sources[j * width + i] = place < 0 ? -1 : place + i;
  });
  return sources;
}

/** How often the number that is taken most is taken. */
function copiesOf(inputSize: number, places: Int32Array, width: number): number {
  const counts = new Int32Array(inputSize + 1);
  for (const place of places) {
    if (place < 0) continue;
    counts[place] = (counts[place] as number) + 1;
    counts[place + width] = (counts[place + width] as number) - 1;
  }
  let [open, most] = [0, 0];
  for (const change of counts) {
    open += change;
    most = Math.max(most, open);
  }
  return most;
}

/** Matrices turned over. */
class TransposeOperation implements Move {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly outputShape: Shape;
  readonly map: OperationMap;
  private readonly workspace: Workspace;
  private readonly extents: readonly [count: number, m: number, n: number];

  constructor(workspace: Workspace, shape: Shape, extents: readonly [number, number, number]) {
    this.workspace = workspace;
    this.outputShape = shape;
    this.extents = extents;
    const [count, m, n] = extents;
    this.inputSize = count * m * n;
    this.outputSize = this.inputSize;
    const sources = () => stridedSources([count, n, m], [m * n, 1, n]);
    this.map = { kind: "take", fill: 0, copies: 1, sources };
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const [count, m, n] = this.extents;
    this.workspace.kernels.transpose_f32(rows * count, m, n, x, y);
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const [count, m, n] = this.extents;
    this.workspace.kernels.transpose_grad_f32(rows * count, m, n, dy, dx);
  }
}

/** y[i, j, ...] = x[lists[0][i], lists[1][j], ...], or `fill` where one of them is below zero. */
export function takeAlong(workspace: Workspace, shape: Shape, lists: readonly AxisList[], fill = 0): Move {
  const outputShape = shape.map((extent, axis) => lists[axis]?.length ?? extent);
  requireNumbers("value", outputShape);
  lists.forEach((list, axis) => {
    const extent = shape[axis] as number;
    if (!list) return;
    if (list.length === 0) outOfRange(`axis ${axis}`, "indices", "none");
    for (let i = 0; i < list.length; i++) {
      const at = list[i] as number;
      if (!(Number.isInteger(at) && at < extent)) outOfRange(`axis ${axis}`, `indices below ${extent}`, at);
    }
  });
  // Axes from behind that are taken whole, and one more that is taken in a run, are one block.
  let width = 1;
  let start = 0;
  let axis = shape.length;
  for (let isWhole = true; isWhole && axis > 0; axis--) {
    const [extent, list] = [shape[axis - 1] as number, lists[axis - 1]];
    const first = list?.[0] ?? 0;
    if (list && !(first >= 0 && Array.from(list).every((at, i) => at === first + i))) break;
    start += first * width;
    isWhole = list === undefined || list.length === extent;
    width *= list?.length ?? extent;
  }
  const extents = outputShape.slice(0, axis);
  let places = Int32Array.of(start);
  for (let outer = axis - 1; outer >= 0; outer--) {
    const [stride, list, inner] = [sizeOf(shape.slice(outer + 1)), lists[outer], places];
    places = new Int32Array((extents[outer] as number) * inner.length);
    for (let i = 0; i < (extents[outer] as number); i++) {
      const at = list ? (list[i] as number) : i;
      for (let k = 0; k < inner.length; k++) {
        const place = inner[k] as number;
        places[i * inner.length + k] = at < 0 || place < 0 ? -1 : at * stride + place;
      }
    }
  }
  return new TakeOperation(workspace, sizeOf(shape), outputShape, places, width, fill);
}

function listOf(extent: number, at: (i: number) => number): number[] {
  requireNumbers("axis", [extent]);
  return Array.from({ length: extent }, (_, i) => at(i));
}

/** Of each axis `sizes` elements from `starts` on, `steps` apart, which may be below zero. */
export function sliceOperation(
  workspace: Workspace,
  shape: Shape,
  starts: readonly number[],
  sizes: readonly number[],
  steps: readonly number[] = shape.map(() => 1),
): Move {
  const lists = shape.map((extent, axis) => {
    const [start, size, step] = [starts[axis], sizes[axis], steps[axis]] as [number, number, number];
    const last = start + (size - 1) * step;
    if (!(size >= 1 && start >= 0 && start < extent && last >= 0 && last < extent)) {
      outOfRange(`slice of axis ${axis}`, `places within [0, ${extent})`, `${size} from ${start} in steps of ${step}`);
    }
    const isWhole = step === 1 && size === extent;
    return isWhole ? undefined : listOf(size, (i) => start + i * step);
  });
  return takeAlong(workspace, shape, lists);
}

export type PadMode = "constant" | "edge" | "reflect" | "symmetric";

/** A border before and behind each axis: of one value, of the edge, or mirrored with the edge once (reflect) or twice (symmetric). */
export function padOperation(
  workspace: Workspace,
  shape: Shape,
  pads: readonly (readonly [before: number, after: number])[],
  mode: PadMode,
  value = 0,
): Move {
  const lists = shape.map((extent, axis) => {
    const [before, after] = pads[axis] as readonly [number, number];
    if (!(before >= 0 && after >= 0)) outOfRange(`border of axis ${axis}`, "numbers >= 0", `${before} and ${after}`);
    if (before + after === 0) return undefined;
    return listOf(before + extent + after, (i) => paddedFrom(mode, extent, i - before));
  });
  return takeAlong(workspace, shape, lists, mode === "constant" ? value : 0);
}

/** Which element stands at a place outside of an axis. */
function paddedFrom(mode: PadMode, extent: number, at: number): number {
  if (at >= 0 && at < extent) return at;
  if (mode === "constant") return -1;
  if (mode === "edge") return at < 0 ? 0 : extent - 1;
  const twice = mode === "symmetric" ? 1 : 0;
  const period = Math.max(1, 2 * (extent - 1 + twice));
  const within = ((at % period) + period) % period;
  return within < extent ? within : period - within - (twice ? 1 : 0);
}

/** Elements of one axis by their indices, which count from behind where they are below zero; the axis becomes those of the indices. */
export function gatherOperation(
  workspace: Workspace,
  shape: Shape,
  axis: number,
  indices: ArrayLike<number>,
  indexShape: Shape = [indices.length],
): Move {
  const extent = shape[axis] as number;
  const list = Array.from(indices, (at) => (at < 0 ? at + extent : at));
  if (list.some((at) => at < 0)) outOfRange(`axis ${axis}`, `indices from -${extent}`, `${Math.min(...list) - extent}`);
  const move = takeAlong(
    workspace,
    shape,
    shape.map((_, i) => (i === axis ? list : undefined)),
  );
  return Object.assign(move, { outputShape: shape.toSpliced(axis, 1, ...indexShape) });
}

/** The whole so often along each axis. */
export function tileOperation(workspace: Workspace, shape: Shape, repeats: readonly number[]): Move {
  const lists = shape.map((extent, axis) => {
    const times = repeats[axis] ?? 1;
    return times === 1 ? undefined : listOf(extent * times, (i) => i % extent);
  });
  return takeAlong(workspace, shape, lists);
}

/** Axes of extent 1, and missing ones in front, repeated to a shape. */
export function broadcastOperation(workspace: Workspace, shape: Shape, outputShape: Shape): Move {
  const whole = [...outputShape.slice(shape.length).map(() => 1), ...shape];
  const lists = outputShape.map((extent, axis) => {
    if (whole[axis] === extent) return undefined;
    if (whole[axis] !== 1) outOfRange(`axis ${axis}`, `an extent of 1 or ${extent}`, whole[axis]);
    return listOf(extent, () => 0);
  });
  return takeAlong(workspace, whole, lists);
}

/** Axis k of the output is axis order[k] of the input. */
export function transposeOperation(workspace: Workspace, shape: Shape, order: readonly number[]): Move {
  if (order.toSorted((a, b) => a - b).join() !== shape.map((_, axis) => axis).join()) {
    outOfRange("order of axes", `each of 0 to ${shape.length - 1} once`, `[${order.join(", ")}]`);
  }
  const outputShape = order.map((axis) => shape[axis] as number);
  const matrices = matricesOf(shape, order);
  if (matrices) return new TransposeOperation(workspace, outputShape, matrices);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  // Axes that stay last move as one block.
  let kept = 0;
  while (order.at(-1 - kept) === shape.length - 1 - kept) kept++;
  const moved = order.slice(0, order.length - kept);
  const places = stridedSources(
    moved.map((axis) => shape[axis] as number),
    moved.map((axis) => strides[axis] as number),
  );
  const width = sizeOf(shape.slice(shape.length - kept));
  return new TakeOperation(workspace, sizeOf(shape), outputShape, places, width, 0);
}

/** The matrices that a permutation turns over, if it is that: axes that stay in front, then two groups that change places. */
function matricesOf(shape: Shape, order: readonly number[]): [count: number, m: number, n: number] | undefined {
  const axes = order.filter((axis) => shape[axis] !== 1);
  const ascending = axes.toSorted((a, b) => a - b);
  let front = 0;
  while (front < axes.length && axes[front] === ascending[front]) front++;
  const [behind, before] = [axes.slice(front), ascending.slice(front)];
  const turn = before.indexOf(behind[0] as number);
  if (turn < 0 || [...before.slice(turn), ...before.slice(0, turn)].join() !== behind.join()) return undefined;
  const extentOf = (some: readonly number[]) => sizeOf(some.map((axis) => shape[axis] as number));
  return [extentOf(axes.slice(0, front)), extentOf(before.slice(0, turn)), extentOf(before.slice(turn))];
}
