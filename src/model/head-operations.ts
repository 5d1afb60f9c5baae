/** What makes scores of a head's input or of its output, where they are not the scores themselves. */
import { naturalLogarithm } from "../numeric/logarithm.ts";
import type { F32Pointer, Workspace } from "../wasm/index.ts";
import type { Operation } from "./layers/index.ts";

/** The smallest normal f32: probabilities below it have no logarithm that could be relied upon. */
export const LEAST_PROBABILITY = 2 ** -126;

/** a x + b, both in single precision. */
export interface Line {
  readonly slope: number;
  readonly offset: number;
}

/**
 * y = [even, x]: the scores of the two classes of one output, which are equal where x is `even`. Of one sigmoid that is 0, and
 * the softmax of the scores is [1 - s(x), s(x)].
 */
export class TwoClassesOperation implements Operation {
  readonly inputSize = 1;
  readonly outputSize = 2;
  private readonly workspace: Workspace;
  private readonly even: number;

  constructor(workspace: Workspace, even: number) {
    this.workspace = workspace;
    this.even = even;
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { arena } = this.workspace;
    const [from, to] = [arena.f32(x, rows), arena.f32(y, 2 * rows)];
    for (let r = 0; r < rows; r++) {
      to[2 * r] = this.even;
      to[2 * r + 1] = from[r] as number;
    }
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const { arena } = this.workspace;
    const [from, to] = [arena.f32(dy, 2 * rows), arena.f32(dx, rows)];
    for (let r = 0; r < rows; r++) to[r] = (to[r] as number) + (from[2 * r + 1] as number);
  }
}

/** y = a x + b, what a hard sigmoid cuts to [0, 1], rounded as its kernel rounds. */
export class LineOperation implements Operation {
  readonly inputSize: number;
  readonly outputSize: number;
  private readonly workspace: Workspace;
  private readonly line: Line;

  constructor(workspace: Workspace, size: number, line: Line) {
    this.workspace = workspace;
    this.line = line;
    this.inputSize = size;
    this.outputSize = size;
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { arena } = this.workspace;
    const { slope, offset } = this.line;
    const n = rows * this.inputSize;
    const [from, to] = [arena.f32(x, n), arena.f32(y, n)];
    for (let i = 0; i < n; i++) to[i] = Math.fround(slope * (from[i] as number)) + offset;
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const { arena } = this.workspace;
    const n = rows * this.inputSize;
    const { slope } = this.line;
    const [from, to] = [arena.f32(dy, n), arena.f32(dx, n)];
    for (let i = 0; i < n; i++) to[i] = (to[i] as number) + Math.fround(slope * (from[i] as number));
  }
}

/** y = ln max(x, LEAST_PROBABILITY), rounded to f32; flat below. */
export class LogarithmOperation implements Operation {
  readonly inputSize: number;
  readonly outputSize: number;
  private readonly workspace: Workspace;

  constructor(workspace: Workspace, size: number) {
    this.workspace = workspace;
    this.inputSize = size;
    this.outputSize = size;
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { arena } = this.workspace;
    const n = rows * this.inputSize;
    const [from, to] = [arena.f32(x, n), arena.f32(y, n)];
    for (let i = 0; i < n; i++) to[i] = naturalLogarithm(Math.max(from[i] as number, LEAST_PROBABILITY));
  }

  inputGradient(rows: number, x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const { arena } = this.workspace;
    const n = rows * this.inputSize;
    const [from, slope, to] = [arena.f32(x, n), arena.f32(dy, n), arena.f32(dx, n)];
    for (let i = 0; i < n; i++) {
      const p = from[i] as number;
      if (p > LEAST_PROBABILITY) to[i] = (to[i] as number) + (slope[i] as number) / p;
    }
  }
}
