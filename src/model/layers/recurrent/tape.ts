/**
 * What a recurrent layer keeps of its steps: one value of the network, which holds for each step some blocks of [rows, units]
 * numbers (gates, states), the blocks one behind the other so that a function of each number runs over a whole one. Nothing but the
 * layer itself reads it. The gradient to it has the same blocks: steps taken back leave in each the gradient to that block.
 */
import { type F32Pointer, type Kernels, offset32, type Workspace } from "../../../wasm/index.ts";
import type { Activation } from "../operation-map.ts";

/** Blocks that belong to no step: the state before the first, which is zero, and one to work in. */
const EXTRA = 2;

/** A function of each number of a block; where it is none, the numbers themselves. */
export type Bend = Activation | undefined;

export class TapeShape {
  readonly steps: number;
  readonly units: number;
  /** Blocks of a step. */
  readonly blocks: number;
  /** Numbers of a row. */
  readonly size: number;

  constructor(steps: number, units: number, blocks: number) {
    this.steps = steps;
    this.units = units;
    this.blocks = blocks;
    this.size = (steps * blocks + EXTRA) * units;
  }
}

/** The blocks of so many rows, at one place. */
export class Tape {
  private readonly shape: TapeShape;
  private readonly at: F32Pointer;
  /** Numbers of a block. */
  readonly length: number;

  constructor(shape: TapeShape, at: F32Pointer, rows: number) {
    this.shape = shape;
    this.at = at;
    this.length = rows * shape.units;
  }

  block(step: number, block: number): F32Pointer {
    return offset32(this.at, (step * this.shape.blocks + block) * this.length);
  }

  /** The block of the step before, or the zeros before the first. */
  before(step: number, block: number): F32Pointer {
    return step > 0 ? this.block(step - 1, block) : this.zero;
  }

  get zero(): F32Pointer {
    return this.block(this.shape.steps, 0);
  }

  /** A block to work in. */
  get spare(): F32Pointer {
    return offset32(this.zero, this.length);
  }
}

/** y = f(x).   n numbers */
export function bendForward(bend: Bend, kernels: Kernels, n: number, x: F32Pointer, y: F32Pointer): void {
  if (bend) bend.forward(kernels, n, x, y);
  else if (x !== y) kernels.copy_rows_f32(1, n, x, n, y, n);
}

/** dx = f'(x) dy, whatever dx held.   n numbers; x and y as in `bendForward` */
export function bendBackward(
  bend: Bend,
  { kernels, arena }: Workspace,
  n: number,
  { x, y, dy, dx }: Readonly<Record<"x" | "y" | "dy" | "dx", F32Pointer>>,
): void {
  arena.f32(dx, n).fill(0);
  if (bend) bend.gradient(kernels, n, bend.gradientFrom === "output" ? y : x, dy, dx);
  else kernels.add_f32(n, dy, dx);
}
