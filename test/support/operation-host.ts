/**
 * Operations and merges by themselves: fed with any inputs and any gradient, outside of a network. What they write starts as NaN, and what lies
 * before and behind it is watched.
 */
import "../../src/wasm/inline.ts";
import type { Merge, Operation, Parameter } from "../../src/model/layers/index.ts";
import { type F32Pointer, offset32, Workspace } from "../../src/wasm/index.ts";

/** Floats watched on either side. */
const GUARD = 8;
const MARK = 12345;

/** A block that is watched: `read` throws where something was written beside it. */
interface Guarded {
  at: F32Pointer;
  read: () => Float32Array;
}

export class OperationHost {
  readonly workspace = new Workspace();

  /** A parameter with these values. */
  parameter(name: string, shape: readonly number[], values: ArrayLike<number>): Parameter {
    const at = this.place(values);
    return { name, shape, size: values.length, at, gradient: undefined };
  }

  forward(run: Operation | Merge, rows: number, xs: readonly Float32Array[]): Float32Array {
    return this.pass(run, rows, xs).y();
  }

  /** `start` + the gradient to each input; start is zero by default. */
  gradient(
    run: Operation | Merge,
    rows: number,
    xs: readonly Float32Array[],
    dy: Float32Array,
    start?: readonly Float32Array[],
  ): Float32Array[] {
    const { ats, at } = this.pass(run, rows, xs);
    const slope = this.place(dy);
    const dxs = xs.map((x, i) => this.guarded(start?.[i] ?? new Float32Array(x.length)));
    const to = dxs.map((dx) => dx.at);
    if (isMerge(run)) run.inputGradient(rows, ats, at, slope, to, this.scratch(run, rows).at);
    else run.inputGradient(rows, ats[0] as F32Pointer, at, slope, to[0] as F32Pointer);
    return dxs.map(({ read }) => read());
  }

  /** What a parameter's gradient grows by, from zero. */
  parameterGradient(run: Operation, parameter: Parameter, x: Float32Array, dy: Float32Array): Float32Array {
    const rows = x.length / run.inputSize;
    const { arena } = this.workspace;
    parameter.gradient ??= arena.allocateF32(parameter.size);
    arena.f32(parameter.gradient, parameter.size).fill(0);
    const scratch = this.scratch(run, rows);
    run.parameterGradient?.(rows, this.place(x), this.place(dy), scratch.at);
    scratch.read();
    return arena.f32(parameter.gradient, parameter.size).slice();
  }

  private pass(run: Operation | Merge, rows: number, xs: readonly Float32Array[]) {
    const ats = xs.map((x) => this.place(x));
    const { at, read } = this.guarded(new Float32Array(rows * run.outputSize).fill(Number.NaN));
    if (isMerge(run)) run.forward(rows, ats, at);
    else run.forward(rows, ats[0] as F32Pointer, at);
    return { ats, at, y: read };
  }

  private scratch(run: Operation | Merge, rows: number): Guarded {
    return this.guarded(new Float32Array(Math.ceil((run.scratchBytes?.(rows) ?? 0) / 4)).fill(Number.NaN));
  }

  private place(values: ArrayLike<number>): F32Pointer {
    const { arena } = this.workspace;
    const at = arena.allocateF32(values.length);
    arena.f32(at, values.length).set(values);
    return at;
  }

  private guarded(values: Float32Array): Guarded {
    const { arena } = this.workspace;
    const all = values.length + 2 * GUARD;
    const start = arena.allocateF32(all);
    arena.f32(start, all).fill(MARK);
    const at = offset32(start, GUARD);
    arena.f32(at, values.length).set(values);
    const read = () => {
      const found = arena.f32(start, all);
      const around = [...found.subarray(0, GUARD), ...found.subarray(all - GUARD)];
      if (around.some((v) => v !== MARK)) throw new Error("expected nothing written beside the block, got some");
      return found.slice(GUARD, all - GUARD);
    };
    return { at, read };
  }
}

function isMerge(run: Operation | Merge): run is Merge {
  return "kind" in run;
}
