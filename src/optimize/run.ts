/** Runs a solver on a function. Its memory is released however the run ends. */
import { requireLength, wrongType } from "../check.ts";
import { type SolverWorkspace, solverWorkspace } from "../wasm/index.ts";
import type { Descent } from "./descent.ts";
import type { Objective, Result, RunOptions } from "./options.ts";

/** Runs share one workspace as a stack: a run that `fg` starts ends before the run that called `fg`. */
let shared: SolverWorkspace | undefined;
let depth = 0;

/** A workspace that grew beyond this many bytes is dropped after its last run, since its memory cannot shrink. */
const KEEP = 1 << 26;

/** Calls `fg` until the solver that `create` makes is done. */
export function run(fg: Objective, options: RunOptions, create: (workspace: SolverWorkspace) => Descent): Result {
  if (typeof fg !== "function") wrongType("fg", "a function of x and g", fg);
  if (typeof options !== "object" || options === null) wrongType("options", "an object", options);
  const { onIteration, signal } = options;
  if (onIteration !== undefined && typeof onIteration !== "function")
    wrongType("onIteration", "a function", onIteration);
  if (signal !== undefined && typeof signal?.aborted !== "boolean") wrongType("signal", "an AbortSignal", signal);
  shared ??= solverWorkspace();
  const { arena } = shared;
  const top = arena.mark();
  depth++;
  try {
    const solver = create(shared);
    const gradient = new Float64Array(solver.n);
    while (!solver.done) {
      if (signal?.aborted) {
        solver.abort();
        break;
      }
      const x = solver.ask();
      const before = solver.iterations;
      const f = evaluate(fg, x, gradient, solver.n);
      solver.tell(f, gradient);
      if (onIteration && solver.iterations > before) {
        const { iterations: iteration, evaluations, projectedGradient } = solver;
        onIteration({ iteration, evaluations, f: solver.f, projectedGradient, x });
      }
    }
    return solver.result();
  } finally {
    depth--;
    arena.release(top);
    if (depth === 0 && arena.memory.buffer.byteLength > KEEP) shared = undefined;
  }
}

function evaluate(fg: Objective, x: Float64Array, g: Float64Array, n: number): number {
  const f: unknown = fg(x, g);
  if (typeof f !== "number") wrongType("fg", "a number", f);
  requireLength("x after fg", x, n, "numbers");
  requireLength("g after fg", g, n, "numbers");
  return f;
}
