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
    this.work = workspace.arena.allocateF64(2 * memory);
  }

  /** Bytes an instance takes in its workspace. */
  static bytes(n: number, memory: number): number {
    return 4 * ((1 + 2 * memory) * n + 4 * memory);
  }

  get pairs(): number {
    return this.history.pairs;
  }

  forget(): void {
    this.history.clear();
  }

  /** Adds change I to the Hessian: every difference of gradients gains change times its step. */
  shift(change: number): void {
    const { history } = this;
    for (let slot = 0; slot < history.pairs; slot++) {
      this.kernels.axpy_f32(this.box.n, change, history.rowOfS(slot), history.rowOfY(slot));
    }
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

  /**
   * Makes the step between two points a pair, if the slope along it grows. Overwrites the first point and its gradient:
   * the pair takes their place, and that of the oldest only if it is kept.
   */
  learn(from: F32Pointer, gFrom: F32Pointer, to: F32Pointer, gTo: F32Pointer): void {
    const { kernels, history } = this;
    const { n } = this.box;
    if (!(kernels.pair_of_points_f32(n, from, to, gFrom, gTo, from, gFrom) > 0)) return;
    kernels.copy_rows_f32(1, n, from, n, history.rowOfS(history.next), n);
    kernels.copy_rows_f32(1, n, gFrom, n, history.rowOfY(history.next), n);
    history.append();
  }
}
