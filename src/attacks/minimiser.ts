/**
 * The two minimisers that a search can run in its seat. Both work in the box on points in the workspace, continue from a
 * point whose value and gradient are known, and stop by the same tolerance.
 */

import type { Box } from "../optimize/bounds.ts";
import { InverseHessian } from "../optimize/inverse-hessian.ts";
import { Lbfgsb } from "../optimize/lbfgsb.ts";
import { ProjectedLbfgs, type ProjectedRun } from "../optimize/projected.ts";
import type { F32Pointer, Workspace } from "../wasm/index.ts";

export const SOLVERS = ["projected", "lbfgsb"] as const;
/** The minimiser of `lbfgsAttack`: projected L-BFGS, or L-BFGS-B as in the paper. */
export type SolverName = (typeof SOLVERS)[number];

export interface Minimiser {
  /** The current point and gradient, to be written before `start`; read the pointers anew after `tell`. */
  readonly x: F32Pointer;
  readonly g: F32Pointer;
  /** Value at `x`. */
  f: number;
  /** Accepted steps of the run. */
  readonly iterations: number;
  /** Why the run is over, or undefined while it is not. */
  readonly stop: string | undefined;
  /** Where the gradient at the point asked for is written before `tell`. */
  readonly gradient: F32Pointer;
  start(run: ProjectedRun): void;
  ask(): F32Pointer;
  /** Returns whether the point asked for was accepted. */
  tell(f: number): boolean;
  /** Adds (change / 2) |x - a|^2 to f, and keeps the part of the history that remains valid. */
  addQuadratic(change: number, a: F32Pointer): void;
  /** Drops the curvature. */
  forget(): void;
  /** The curvature found so far, which steps along the boundary use and extend. */
  readonly curvature: InverseHessian;
}

/** A minimiser in a workspace. */
export function createMinimiser(name: SolverName, workspace: Workspace, box: Box, memory: number): Minimiser {
  return name === "projected" ? new ProjectedLbfgs(workspace, box, memory) : new SeatedLbfgsb(workspace, box, memory);
}

/** Bytes that a minimiser takes in its workspace. */
export function minimiserBytes(name: SolverName, n: number, memory: number): number {
  if (name === "projected") return ProjectedLbfgs.bytes(n, memory);
  return 8 * ((2 * memory + 16) * n + 3 * memory * memory) + InverseHessian.bytes(n, memory);
}

/** Relative spacing of f64, the unit of `factr`. */
const EPSILON = 2 ** -52;

/**
 * L-BFGS-B in a seat. A new penalty is a new function to it: its compact representation cannot be shifted in place, so
 * each run starts without history, and it costs more than projected L-BFGS here (bench/attack.bench.mjs).
 */
class SeatedLbfgsb implements Minimiser {
  readonly x: F32Pointer;
  readonly g: F32Pointer;
  readonly gradient: F32Pointer;
  /** What the steps along the boundary find: the solver's own, compact model is not shared. */
  readonly curvature: InverseHessian;
  f = 0;
  private readonly workspace: Workspace;
  private readonly n: number;
  private readonly solver: Lbfgsb;
  private readonly trial: F32Pointer;

  constructor(workspace: Workspace, box: Box, memory: number) {
    const { arena } = workspace;
    this.workspace = workspace;
    this.n = box.n;
    [this.x, this.g, this.gradient, this.trial] = [0, 0, 0, 0].map(() => arena.allocateF32(box.n)) as [
      F32Pointer,
      F32Pointer,
      F32Pointer,
      F32Pointer,
    ];
    this.curvature = new InverseHessian(workspace, box, memory);
    const bounds = (at: F32Pointer) => Float64Array.from(arena.f32(at, box.n));
    const [lower, upper] = [bounds(box.lower), bounds(box.upper)];
    this.solver = new Lbfgsb(lower, { lower, upper, memory, pgtol: 0 }, workspace);
  }

  get iterations(): number {
    return this.solver.iterations;
  }

  get stop(): string | undefined {
    return this.solver.done ? this.solver.status : undefined;
  }

  start({ tolerance, maxIterations, noise }: ProjectedRun): void {
    const { solver } = this;
    Object.assign(solver.settings, { factr: tolerance / EPSILON, maxIterations, noise });
    solver.restart(Float64Array.from(this.view(this.x)));
    solver.ask();
    solver.tell(this.f, Float64Array.from(this.view(this.g)));
  }

  ask(): F32Pointer {
    this.view(this.trial).set(this.solver.ask());
    return this.trial;
  }

  tell(f: number): boolean {
    const { solver } = this;
    const before = solver.iterations;
    solver.tell(f, Float64Array.from(this.view(this.gradient)));
    if (solver.iterations === before) return false;
    this.f = f;
    this.view(this.x).set(this.view(this.trial));
    this.view(this.g).set(this.view(this.gradient));
    return true;
  }

  addQuadratic(change: number, a: F32Pointer): void {
    const { kernels } = this.workspace;
    this.f += (change / 2) * kernels.penalty_gradient_f32(this.n, change / 2, this.x, a, this.g, this.g);
    this.curvature.shift(change);
  }

  /** Every run of the solver itself starts without history. */
  forget(): void {
    this.curvature.forget();
  }

  private view(at: F32Pointer): Float32Array {
    return this.workspace.arena.f32(at, this.n);
  }
}
