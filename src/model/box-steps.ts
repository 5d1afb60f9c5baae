/**
 * Interval arithmetic as operations, forward beside backward: boxes are held by their centres and radii   [Gowal et al. 2018,
 * section 3]. A linear map W takes the centre through W and the radius through |W|; a function that never falls is taken at both
 * ends; what only moves or averages numbers takes centre and radius alike. In f32, without the rounding: training minimises such a
 * bound, certificates are made elsewhere (src/certify).
 */
import type { F32Pointer, Workspace } from "../wasm/index.ts";
import {
  isLinear,
  type LinearMap,
  type LinearOperation,
  type MappedOperation,
  type OperationMap,
  operationWith,
  type Parameter,
  placeParameters,
} from "./layers/index.ts";

/** Where the centres and the radii of a value lie, f32[rows, width] each. */
export interface Boxes {
  readonly centre: F32Pointer;
  readonly radius: F32Pointer;
}

/** One operation on boxes. */
export interface BoxStep {
  readonly outputSize: number;
  /** The parameters have changed since the last pass. */
  parametersChanged?(): void;
  /** Zeroes what the step keeps of a chunk's gradient. */
  clear?(): void;
  forward(rows: number, x: Boxes, y: Boxes): void;
  /** dx = the gradient to the input, from dy, after `forward` of the same rows; without dx to the parameters alone. */
  backward(rows: number, x: Boxes, y: Boxes, dy: Boxes, dx: Boxes | undefined): void;
  /** Adds what the step kept of a chunk to the gradients of its parameters. */
  finish?(): void;
}

/** What steps have in common. */
export interface BoxRoom {
  readonly workspace: Workspace;
  /** Rows of a batch at most. */
  readonly rows: number;
  /** For the gradients of parameters. */
  readonly scratch: F32Pointer;
}

/** The step of an operation; undefined for one of another kind than those above. */
export function boxStep(operation: MappedOperation, room: BoxRoom): BoxStep | undefined {
  const { map } = operation;
  if (isLinear(map)) return new LinearStep(operation, map, room);
  if (isMonotone(map)) return new MonotoneStep(operation, room);
  const isMean = (map.kind === "pooling" || map.kind === "global pooling") && map.of === "average";
  return map.kind === "moves" || isMean ? new MeanStep(operation, room.workspace) : undefined;
}

function isMonotone(map: OperationMap): boolean {
  if (map.kind === "elementwise") return map.activation.isMonotone;
  return (map.kind === "pooling" || map.kind === "global pooling") && map.of === "maximum";
}

/** Two blocks of the workspace, for centres and radii or for both ends. */
function pair({ workspace, rows }: BoxRoom, width: number): [F32Pointer, F32Pointer] {
  const block = () => workspace.arena.allocateF32(rows * width);
  return [block(), block()];
}

/** c -> W c + b, r -> |W| r. */
class LinearStep implements BoxStep {
  readonly outputSize: number;
  private readonly operation: MappedOperation;
  private readonly kernel: Parameter;
  /** |W|, and its gradient. */
  private readonly magnitudes: Parameter;
  private readonly onRadius: LinearOperation;
  private readonly room: BoxRoom;

  constructor(operation: MappedOperation, map: LinearMap, room: BoxRoom) {
    this.operation = operation;
    this.outputSize = operation.outputSize;
    this.room = room;
    this.kernel = map.kernel;
    const { workspace } = room;
    const { name, shape, size } = map.kernel;
    const gradient = workspace.arena.allocateF32(size);
    this.magnitudes = { name: `|${name}|`, shape, size, at: map.kernel.at, gradient };
    placeParameters(workspace, [this.magnitudes]);
    this.onRadius = operationWith(map, this.magnitudes, workspace);
  }

  parametersChanged(): void {
    const { arena } = this.room.workspace;
    const { at, size } = this.kernel;
    const weights = arena.f32(at, size);
    const magnitudes = arena.f32(this.magnitudes.at, size);
    for (let i = 0; i < size; i++) magnitudes[i] = Math.abs(weights[i] as number);
    this.onRadius.parametersChanged();
  }

  clear(): void {
    const { gradient, size } = this.magnitudes;
    this.room.workspace.arena.f32(gradient as F32Pointer, size).fill(0);
  }

  forward(rows: number, x: Boxes, y: Boxes): void {
    this.operation.forward(rows, x.centre, y.centre);
    this.onRadius.forward(rows, x.radius, y.radius);
  }

  backward(rows: number, x: Boxes, y: Boxes, dy: Boxes, dx: Boxes | undefined): void {
    const { operation, onRadius, room } = this;
    operation.parameterGradient?.(rows, x.centre, dy.centre, room.scratch);
    onRadius.parameterGradient?.(rows, x.radius, dy.radius, room.scratch);
    if (!dx) return;
    const { arena } = room.workspace;
    for (const at of [dx.centre, dx.radius]) arena.f32(at, rows * operation.inputSize).fill(0);
    operation.inputGradient(rows, x.centre, y.centre, dy.centre, dx.centre);
    onRadius.inputGradient(rows, x.radius, y.radius, dy.radius, dx.radius);
  }

  /** d|w| / dw = sgn w, 0 at 0. */
  finish(): void {
    const { arena } = this.room.workspace;
    const { at, size } = this.kernel;
    const weights = arena.f32(at, size);
    const own = arena.f32(this.kernel.gradient as F32Pointer, size);
    const found = arena.f32(this.magnitudes.gradient as F32Pointer, size);
    for (let i = 0; i < size; i++) {
      const weight = weights[i] as number;
      if (weight > 0) own[i] = (own[i] as number) + (found[i] as number);
      else if (weight < 0) own[i] = (own[i] as number) - (found[i] as number);
    }
  }
}

/** c -> (f(c + r) + f(c - r)) / 2, r -> (f(c + r) - f(c - r)) / 2. */
class MonotoneStep implements BoxStep {
  readonly outputSize: number;
  private readonly operation: MappedOperation;
  private readonly room: BoxRoom;
  /** Both ends of the input and of the output, and the gradients to them; lower ends first. */
  private readonly x: readonly [F32Pointer, F32Pointer];
  private readonly y: readonly [F32Pointer, F32Pointer];
  private readonly dx: readonly [F32Pointer, F32Pointer];
  private readonly dy: readonly [F32Pointer, F32Pointer];

  constructor(operation: MappedOperation, room: BoxRoom) {
    const { inputSize, outputSize } = operation;
    this.operation = operation;
    this.outputSize = outputSize;
    this.room = room;
    [this.x, this.dx] = [pair(room, inputSize), pair(room, inputSize)];
    [this.y, this.dy] = [pair(room, outputSize), pair(room, outputSize)];
  }

  forward(rows: number, x: Boxes, y: Boxes): void {
    const { kernels } = this.room.workspace;
    const [n, m] = [rows * this.operation.inputSize, rows * this.outputSize];
    for (const [end, sign] of [-1, 1].entries()) {
      const at = this.x[end] as F32Pointer;
      kernels.scale_f32(n, 1, x.centre, at);
      kernels.axpy_f32(n, sign, x.radius, at);
      this.operation.forward(rows, at, this.y[end] as F32Pointer);
    }
    const [lower, upper] = this.y;
    kernels.scale_f32(m, 0.5, upper, y.centre);
    kernels.scale_f32(m, 0.5, upper, y.radius);
    kernels.axpy_f32(m, 0.5, lower, y.centre);
    kernels.axpy_f32(m, -0.5, lower, y.radius);
  }

  backward(rows: number, _x: Boxes, _y: Boxes, dy: Boxes, dx: Boxes | undefined): void {
    if (!dx) return;
    const { kernels, arena } = this.room.workspace;
    const { operation } = this;
    const [n, m] = [rows * operation.inputSize, rows * this.outputSize];
    for (const [end, sign] of [-1, 1].entries()) {
      const [slope, found] = [this.dy[end] as F32Pointer, this.dx[end] as F32Pointer];
      kernels.scale_f32(m, 0.5, dy.centre, slope);
      kernels.axpy_f32(m, 0.5 * sign, dy.radius, slope);
      arena.f32(found, n).fill(0);
      operation.inputGradient(rows, this.x[end] as F32Pointer, this.y[end] as F32Pointer, slope, found);
    }
    const [lower, upper] = this.dx;
    for (const [to, sign] of [
      [dx.centre, 1],
      [dx.radius, -1],
    ] as const) {
      kernels.scale_f32(n, 1, upper, to);
      kernels.axpy_f32(n, sign, lower, to);
    }
  }
}

/** A linear map of weights that are not negative, and no bias. */
class MeanStep implements BoxStep {
  readonly outputSize: number;
  private readonly operation: MappedOperation;
  private readonly workspace: Workspace;

  constructor(operation: MappedOperation, workspace: Workspace) {
    this.operation = operation;
    this.outputSize = operation.outputSize;
    this.workspace = workspace;
  }

  forward(rows: number, x: Boxes, y: Boxes): void {
    this.operation.forward(rows, x.centre, y.centre);
    this.operation.forward(rows, x.radius, y.radius);
  }

  backward(rows: number, x: Boxes, y: Boxes, dy: Boxes, dx: Boxes | undefined): void {
    if (!dx) return;
    const { arena } = this.workspace;
    for (const part of ["centre", "radius"] as const) {
      arena.f32(dx[part], rows * this.operation.inputSize).fill(0);
      this.operation.inputGradient(rows, x[part], y[part], dy[part], dx[part]);
    }
  }
}
