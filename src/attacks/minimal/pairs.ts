/**
 * The curvature of an objective that is to grow: L-BFGS pairs, and the quasi-Newton step on the components that are free. The
 * pairs are of the objective, not of the region it grows in, so they outlive every change of radius or multiplier.
 */
import { History } from "../../optimize/history.ts";
import type { F64Pointer, I64Pointer, Workspace } from "../../wasm/index.ts";

/** Least cosine of the angle between the two vectors of a pair. */
const LEAST_COSINE = 1e-12;

export class Pairs {
  private readonly workspace: Workspace;
  private readonly n: number;
  private readonly history: History;
  private readonly work: F64Pointer;
  private curvature = 0;

  constructor(workspace: Workspace, n: number, memory: number) {
    this.workspace = workspace;
    this.n = n;
    this.history = new History(workspace.arena, n, n, memory);
    this.work = workspace.arena.allocateF64(2 * memory);
  }

  /** Bytes of `memory` pairs of n numbers. */
  static bytes(n: number, memory: number): number {
    return 8 * memory * (2 * n + 2);
  }

  clear(): void {
    this.history.clear();
  }

  /** How many there are. */
  get count(): number {
    return this.history.pairs;
  }

  /** Pair k, the oldest first: the step and the change of minus the gradient, f64[n] each. */
  pair(k: number): [step: Float64Array, change: Float64Array] {
    const { history, n } = this;
    const { arena } = this.workspace;
    const slot = (history.head + k) % history.capacity;
    return [arena.f64(history.rowOfS(slot), n), arena.f64(history.rowOfY(slot), n)];
  }

  /** Takes (curvature / 2) |p|^2 off the objective: its pairs are then those of the difference. 0 at first. */
  takeOff(curvature: number): void {
    const { history, n } = this;
    const change = curvature - this.curvature;
    this.curvature = curvature;
    for (let k = 0; k < history.pairs; k++) {
      const slot = (history.head + k) % history.capacity;
      this.workspace.kernels.axpy_f64(n, change, history.rowOfS(slot), history.rowOfY(slot));
    }
  }

  /**
   * Adds the pair of two points and the gradients there, unless the objective did not curve downwards between them.
   *
   * @param from f64[n], like `to` and the gradients of each
   */
  add(from: F64Pointer, to: F64Pointer, gradientFrom: F64Pointer, gradientTo: F64Pointer): void {
    const { history, n } = this;
    const { kernels } = this.workspace;
    const slot = history.next;
    const [s, y] = [history.rowOfS(slot), history.rowOfY(slot)];
    let curvature = kernels.pair_of_points_f64(n, from, to, gradientTo, gradientFrom, s, y);
    if (this.curvature > 0) {
      kernels.axpy_f64(n, this.curvature, s, y);
      curvature = kernels.dot_f64(n, s, y);
    }
    const lengths = kernels.norm2_f64(n, s) * kernels.norm2_f64(n, y);
    if (curvature > LEAST_COSINE * lengths) history.append();
    else history.spoil();
  }

  /**
   * d = minus the step to where the quadratic model of the objective is largest, on the free components; 0 on the others.
   *
   * @param gamma scales the gradient where no pair does
   * @returns the slope of the objective along d: negative
   */
  step(free: I64Pointer, gradient: F64Pointer, d: F64Pointer, gamma: number): number {
    const { history, n, work } = this;
    return this.workspace.kernels.two_loop_f64(n, history.pairs, history, free, gradient, d, gamma, work);
  }
}
