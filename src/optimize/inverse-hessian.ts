/**
 * The inverse Hessian that a limited-memory history stands for, on the variables that are free in a box, in single
 * precision: what projected L-BFGS takes its directions from, and whoever else needs the curvature it has found.
 */
import type { F32Pointer, F64Pointer, I32Pointer, Kernels, Workspace } from "../wasm/index.ts";
import type { Box } from "./bounds.ts";
import { History32 } from "./history.ts";

export class InverseHessian {
  private readonly kernels: Kernels;
  private readonly box: Box;
  private readonly history: History32;
  private readonly free: I32Pointer;
  private readonly work: F64Pointer;

  constructor(workspace: Workspace, box: Box, memory: number) {
    this.kernels = workspace.kernels;
    this.box = box;
    this.history = new History32(workspace.arena, box.n, memory);
    this.free = workspace.arena.allocateI32(box.n);
    this.work = workspace.arena.allocateF64(2 * this.history.slots);
  }

  /** Bytes an instance takes in its workspace. */
  static bytes(n: number, memory: number): number {
    return 4 * ((3 + 2 * memory) * n + 4 * (memory + 1));
  }

  get pairs(): number {
    return this.history.pairs;
  }

  forget(): void {
    this.history.clear();
  }

  /** Adds change I to the Hessian: every difference of gradients gains change times its step. */
  shift(change: number): void {
    const { s, y, end } = this.history;
    this.kernels.axpy_f32(end * this.box.n, change, s, y);
  }

  /** Sets which variables are free: all but those at a bound with this gradient pushing out. */
  setFree(x: F32Pointer, g: F32Pointer): void {
    const { n, lower, upper } = this.box;
    this.kernels.free_set_f32(n, x, g, lower, upper, this.free);
  }

  /** d = -H v on the free variables, with H = gamma I where no pair says more; returns <v, d>. */
  apply(v: F32Pointer, gamma: number, d: F32Pointer): number {
    const { history, free, work } = this;
    return this.kernels.two_loop_f32(this.box.n, history.pairs, history, free, v, d, gamma, work);
  }

  /** Makes the step between two points a pair, if the slope along it grows; the oldest goes only then. */
  learn(from: F32Pointer, gFrom: F32Pointer, to: F32Pointer, gTo: F32Pointer): void {
    const { kernels, history } = this;
    const { next } = history;
    const [s, y] = [history.rowOfS(next), history.rowOfY(next)];
    if (kernels.pair_of_points_f32(this.box.n, from, to, gFrom, gTo, s, y) > 0) history.append();
  }
}
