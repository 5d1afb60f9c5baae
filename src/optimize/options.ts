/** Options, statuses and results of both solvers, and the checks of their arguments. */
import { type OptionNames, outOfRange, requireInteger, requireLength, requireNumber, wrongType } from "../check.ts";

/** f64 machine precision as the original code has it, 2^-52. */
export const EPSILON = 2 ** -52;

/**
 * A function to minimise: writes its gradient at x into g and returns its value. Both arrays belong to the
 * solver and are valid during this call only. NaN or an infinity means that x lies outside the function's domain.
 */
export type Objective = (x: Float64Array, g: Float64Array) => number;

/** Why a run ended. */
export type Status =
  /** It has not ended: the status of an ask/tell object until then. */
  | "running"
  /** The projected gradient is at most pgtol. */
  | "converged-gradient"
  /** The last iteration lowered f by at most factr 2^-52 max(|f_k|, |f_k+1|, 1). */
  | "converged-reduction"
  /** Every step that is left promises less decrease than the stated noise of f (`lbfgs` with `noise` only). */
  | "converged-noise"
  | "max-iterations"
  | "max-evaluations"
  /** Twenty trial steps found no acceptable one, neither with the quasi-Newton model nor along the gradient. */
  | "line-search-failed"
  /** The function is not finite at the start, or along a direction however short the step. */
  | "not-finite"
  | "aborted";

/** The options that `lbfgs` and `minimize` share. */
export interface SolverOptions {
  /** Correction pairs kept, m. Default 10. */
  memory?: number;
  /** Stop when an iteration lowers f by at most factr 2^-52 max(|f_k|, |f_k+1|, 1). Default 1e7; With 0, only an iteration that lowers nothing stops the run. */
  factr?: number;
  /** Stop when no component of the projected gradient exceeds this. Default 1e-5. */
  pgtol?: number;
  /** Default: no limit. */
  maxIterations?: number;
  /** Calls of the function at most. Default: no limit. */
  maxEvaluations?: number;
}

/** The names of these options, for `requireOptions`. */
export const SOLVER_OPTIONS: OptionNames<SolverOptions> = {
  memory: true,
  factr: true,
  pgtol: true,
  maxIterations: true,
  maxEvaluations: true,
};

/** What `onIteration` is called with. */
export interface Iteration {
  /** Iterations so far, the first being 1. */
  iteration: number;
  /** Calls of the function so far. */
  evaluations: number;
  /** The function at the iterate. */
  f: number;
  /** Largest magnitude in the projected gradient. */
  projectedGradient: number;
  /** f64[n], the iterate; valid during the call. */
  x: Float64Array;
}

/** The options of a run that calls the function itself. */
export interface RunOptions extends SolverOptions {
  /** Called after each iteration, the first being 1. */
  onIteration?: (iteration: Iteration) => void;
  /** Checked before each call of the function. An aborted run returns its best point. */
  signal?: AbortSignal;
}

/** The names of the options in `RunOptions`, for `requireOptions`. */
export const RUN_OPTIONS: OptionNames<RunOptions> = {
  ...SOLVER_OPTIONS,
  onIteration: true,
  signal: true,
};

/** What a run found. */
export interface Result {
  /** f64[n], the best point found, inside the bounds exactly. */
  x: Float64Array;
  /** The function there. */
  f: number;
  /** f64[n], the gradient there. */
  gradient: Float64Array;
  /** Largest magnitude in the projected gradient P(x - g) - x: 0 at a minimum. */
  projectedGradient: number;
  /** Iterations that were taken. */
  iterations: number;
  /** Calls of the function. */
  evaluations: number;
  /** Why the run ended. */
  status: Status;
}

/** Options with every default filled in: finite numbers, so that they survive JSON. */
export interface Settings {
  memory: number;
  factr: number;
  pgtol: number;
  maxIterations: number;
  maxEvaluations: number;
  /** Relative noise of f. */
  noise: number;
}

/** Checks the shared options and fills in the defaults. */
export function settingsOf(options: SolverOptions & { noise?: number }): Settings {
  if (typeof options !== "object" || options === null) wrongType("options", "an object", options);
  const { memory = 10, factr = 1e7, pgtol = 1e-5, noise = 0 } = options;
  const { maxIterations = Number.MAX_SAFE_INTEGER, maxEvaluations = Number.MAX_SAFE_INTEGER } = options;
  return {
    memory: requireInteger("memory", memory, 1),
    factr: requireNumber("factr", factr, 0),
    pgtol: requireNumber("pgtol", pgtol, 0),
    maxIterations: requireInteger("maxIterations", maxIterations, 0),
    maxEvaluations: requireInteger("maxEvaluations", maxEvaluations, 1),
    noise: requireNumber("noise", noise, 0, 1),
  };
}

/** Checks a list of numbers of any kind and copies it. `infinite` lets infinities pass; NaN never does. */
export function requireVector(subject: string, value: unknown, n: number | undefined, infinite: boolean): Float64Array {
  const isList = Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value);
  if (!isList) wrongType(subject, "an array of numbers", value);
  const list = value as ArrayLike<number>;
  if (n === undefined && list.length === 0) outOfRange(subject, "at least one variable", "none");
  if (n !== undefined) requireLength(subject, list, n, "numbers, one a variable");
  const copy = new Float64Array(list.length);
  for (let i = 0; i < copy.length; i++) {
    const v = list[i] as unknown;
    if (typeof v !== "number") wrongType(`${subject}[${i}]`, "a number", v);
    if (Number.isNaN(v) || (!infinite && !Number.isFinite(v))) {
      outOfRange(`${subject}[${i}]`, infinite ? "a number or an infinity" : "a finite number", v);
    }
    copy[i] = v;
  }
  return copy;
}
