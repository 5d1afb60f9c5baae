/** Runs L-BFGS on an objective of training, with reports and snapshots; it can be stopped between two evaluations. */
import { NotFiniteError } from "../check.ts";
import type { Lbfgs, LbfgsState } from "../optimize/lbfgs.ts";
import type { Status } from "../optimize/options.ts";

/**
 * Relative noise of the mean loss, which is a mean of f32 losses, 2^-24 each. A smaller promised decrease is lost in rounding.
 */
export const LOSS_NOISE = 2 ** -24;

/** A run on the first rows of a set. */
export interface Phase {
  /** Rows of it; all of the set's, if those are fewer. */
  rows: number;
  /** At most. */
  iterations: number;
}

export interface RunProgress {
  iteration: number;
  iterations: number;
  evaluations: number;
  /** The objective. */
  value: number;
  /** Returns the state of the run, to be stored and resumed. */
  snapshot: () => LbfgsState;
}

export interface RunResult {
  /** Why the run ended; "running" where the signal stopped it. */
  status: Status;
  iterations: number;
  evaluations: number;
  value: number;
  /** What `resume` continues from. */
  state: LbfgsState;
}

/** The objective at a point, and further figures for reports. */
interface Evaluation<R> {
  value: number;
  gradient: Float64Array;
  seen: R;
}

interface RunOptions<R> {
  signal?: AbortSignal;
  onIteration?: (progress: RunProgress & R) => void | Promise<void>;
}

/**
 * Runs the solver until it is done or the signal stops it, and leaves its iterate in the model. A trial step that overflows
 * is too long: the solver is told that the objective is not finite there, and retreats. Throws if the start overflows.
 */
export async function descend<R extends object>(
  solver: Lbfgs,
  model: { setParameters(values: Float64Array): void },
  evaluate: (at: Float64Array) => Evaluation<R> | Promise<Evaluation<R>>,
  { signal, onIteration }: RunOptions<R>,
): Promise<RunResult> {
  const { maxIterations } = solver.settings;
  let reported = solver.iterations;
  const overflow = new Float64Array(solver.n);
  while (!solver.done && !signal?.aborted) {
    const isStart = solver.evaluations === 0;
    const next = async () => evaluate(solver.ask());
    const found = await next().catch((error) => {
      if (isStart || !(error instanceof NotFiniteError)) throw error;
      return undefined;
    });
    solver.tell(found?.value ?? Number.POSITIVE_INFINITY, found?.gradient ?? overflow);
    const { iterations: iteration, evaluations } = solver;
    if (found && iteration > reported) {
      reported = iteration;
      const snapshot = () => solver.snapshot();
      await onIteration?.({
        ...found.seen,
        iteration,
        iterations: maxIterations,
        evaluations,
        value: solver.f,
        snapshot,
      });
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
  const { x, f, status, evaluations } = solver.result();
  if (evaluations > 0) model.setParameters(x); // stopped before that, the solver holds no iterate
  return { status, iterations: solver.iterations, evaluations, value: f, state: solver.snapshot() };
}
