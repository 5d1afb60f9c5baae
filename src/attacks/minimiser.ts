/**
 * The two minimisers that a search can run in its seat. Both work in the box on points in the workspace, continue from a
 * point whose value and gradient are known, and stop by the same tolerance.
 */

import type { Box } from "../optimize/bounds.ts";
import { Lbfgsb } from "../optimize/lbfgsb.ts";
import { ProjectedLbfgs, type ProjectedRun } from "../optimize/projected.ts";
import type { F64Pointer, Workspace } from "../wasm/index.ts";

export const SOLVERS = ["projected", "lbfgsb"] as const;
export type SolverName = (typeof SOLVERS)[number];

export interface Minimiser {
  /** The current point and gradient, to be written before `start`; read the pointers anew after `tell`. */
  readonly x: F64Pointer;
  readonly g: F64Pointer;
  /** Value at `x`. */
  f: number;
  /** Accepted steps of the run. */
  readonly iterations: number;
  /** Why the run is over, or undefined while it is not. */
  readonly stop: string | undefined;
  /** Where the gradient at the point asked for is written before `tell`. */
  readonly gradient: F64Pointer;
  start(run: ProjectedRun): void;
  ask(): F64Pointer;
  /** Returns whether the point asked for was accepted. */
  tell(f: number): boolean;
  /** Adds (change / 2) |x - a|^2 to f, and keeps the part of the history that remains valid. */
  addQuadratic(change: number, a: F64Pointer): void;
  forget(): void;
}

/** A minimiser in a workspace. */
export function createMinimiser(name: SolverName, workspace: Workspace, box: Box, memory: number): Minimiser {
  return name === "projected" ? new ProjectedLbfgs(workspace, box, memory) : new SeatedLbfgsb(workspace, box, memory);
}

/** Bytes that a minimiser takes in its workspace. */
export function minimiserBytes(name: SolverName, n: number, memory: number): number {
  if (name === "projected") return ProjectedLbfgs.bytes(n, memory);
  return 8 * ((2 * memory + 16) * n + 3 * memory * memory);
}

/** Relative spacing of f64, the unit of `factr`. */
const EPSILON = 2 ** -52;

/**
 * L-BFGS-B in a seat. A new penalty is a new function to it: its compact representation cannot be shifted in place, so
 * each run starts without history, and it costs more than projected L-BFGS here (bench/attack.bench.mjs).
 */
class SeatedLbfgsb implements Minimiser {
  readonly x: F64Pointer;
  readonly g: F64Pointer;
  readonly gradient: F64Pointer;
  f = 0;
  private readonly workspace: Workspace;
  private readonly n: number;
  private readonly solver: Lbfgsb;
  private readonly trial: F64Pointer;

  constructor(workspace: Workspace, box: Box, memory: number) {
    const { arena } = workspace;
    this.workspace = workspace;
    this.n = box.n;
    [this.x, this.g, this.gradient, this.trial] = [0, 0, 0, 0].map(() => arena.allocateF64(box.n)) as [
      F64Pointer,
      F64Pointer,
      F64Pointer,
      F64Pointer,
    ];
    const lower = arena.f64(box.lower, box.n).slice();
    const upper = arena.f64(box.upper, box.n).slice();
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
    solver.restart(this.view(this.x));
    solver.ask();
    solver.tell(this.f, this.view(this.g));
  }

  ask(): F64Pointer {
    this.view(this.trial).set(this.solver.ask());
    return this.trial;
  }

  tell(f: number): boolean {
    const { solver } = this;
    const before = solver.iterations;
    solver.tell(f, this.view(this.gradient));
    if (solver.iterations === before) return false;
    this.f = f;
    this.view(this.x).set(this.view(this.trial));
    this.view(this.g).set(this.view(this.gradient));
    return true;
  }

  addQuadratic(change: number, a: F64Pointer): void {
    const { kernels } = this.workspace;
    this.f += (change / 2) * kernels.squared_distance_f64(this.n, this.x, a);
    kernels.axpy_f64(this.n, change, this.x, this.g);
    kernels.axpy_f64(this.n, -change, a, this.g);
  }

  /** Nothing to forget: every run starts without history. */
  forget(): void {}

  private view(at: F64Pointer): Float64Array {
    return this.workspace.arena.f64(at, this.n);
  }
}
