/** Training of one stage of reconstruction TICA by full-batch L-BFGS, from its present parameters. */
import type { ReconstructionTica } from "../model/tica.ts";
import { Lbfgs, type LbfgsState } from "../optimize/lbfgs.ts";
import { descend, LOSS_NOISE, type RunProgress, type RunResult } from "./run.ts";

export interface FitTicaOptions {
  lambda: number;
  iterations: number;
  /** Pairs of the L-BFGS history; default 10. */
  memory?: number;
  resume?: LbfgsState;
  signal?: AbortSignal;
  onIteration?: (progress: RunProgress & { error: number }) => void | Promise<void>;
}

/**
 * Minimises the mean over the rows of |W2 W1^T x - x|^2 + lambda sum_j sqrt(epsilon + H_j (W1^T x)^2).
 *
 * @param rows f32[n, inputSize]
 */
export function fitTica(
  tica: ReconstructionTica,
  rows: Float32Array,
  { lambda, iterations, memory = 10, resume, ...run }: FitTicaOptions,
): Promise<RunResult> {
  const count = rows.length / tica.inputSize;
  const settings = { memory, factr: 0, pgtol: 0, maxIterations: iterations, noise: LOSS_NOISE };
  const solver = resume ? Lbfgs.restore(resume) : new Lbfgs(tica.getParameters(), settings);
  const evaluate = (at: Float64Array) => {
    tica.setParameters(at);
    const { error, pooled, gradient } = tica.parameterGradient(rows);
    for (let i = 0; i < gradient.length; i++) gradient[i] = (gradient[i] as number) / count;
    return { value: (error + lambda * pooled) / count, gradient, seen: { error: error / count } };
  };
  return descend(solver, tica, evaluate, run);
}
