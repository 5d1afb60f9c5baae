/**
 * Training of a sparse autoencoder by full-batch L-BFGS (Ng, "Sparse autoencoder", CS294A lecture notes, 2011; UFLDL): mean
 * squared error / 2, plus (decay / 2) |W|^2 of both kernels, plus beta sum_j KL(target || mean activation of unit j). The
 * paper's AE400-10 is its encoder, frozen, under a softmax classifier; it says nothing else of it.
 */
import { type OptionNames, requireInteger, requireNumber, requireOptions, requireRows } from "../check.ts";
import type { Autoencoder, PreparedRows } from "../model/index.ts";
import { naturalLogarithm } from "../numeric/logarithm.ts";
import { mean } from "../numeric/statistics.ts";
import { Lbfgs, type LbfgsState } from "../optimize/lbfgs.ts";
import { descend, LOSS_NOISE, type RunProgress, type RunResult } from "./run.ts";
import { addWeightDecay } from "./weight-decay.ts";

/** The terms of the objective besides the reconstruction. */
export interface SparsityOptions {
  /** lambda of (lambda / 2) |W|^2; default 3e-3. */
  decay?: number;
  /** Weight of the divergence; default 3. */
  beta?: number;
  /** The target for the mean activation of each unit, in (0, 1); default 0.1. */
  target?: number;
}

/** How an autoencoder is trained. */
export interface FitAutoencoderOptions extends SparsityOptions {
  /** Default 250. */
  iterations?: number;
  /** Pairs of the L-BFGS history; default 10. */
  memory?: number;
  /** Continues a run that was stopped: `state` of its result, with the same autoencoder, rows and options. */
  resume?: LbfgsState;
  /** Stops the run at the next evaluation; the result's state continues it. */
  signal?: AbortSignal;
  /** Called after each iteration; a promise is awaited. */
  onIteration?: (progress: AutoencoderProgress) => void | Promise<void>;
}

const FIT_AUTOENCODER_OPTIONS: OptionNames<FitAutoencoderOptions> = {
  decay: true,
  beta: true,
  target: true,
  iterations: true,
  memory: true,
  resume: true,
  signal: true,
  onIteration: true,
};

/** How far the training of an autoencoder is. */
export interface AutoencoderProgress extends RunProgress {
  /** Mean over the rows of |reconstruction - row|^2 / 2, at the last point evaluated. */
  error: number;
  /** Mean activation of all units at that point. */
  activation: number;
}

/** The objective at one setting of the parameters. */
export interface AutoencoderValue {
  value: number;
  /** f64[parameterCount]. */
  gradient: Float64Array;
  error: number;
  activation: number;
}

/** KL(p || q) of two coins: p ln(p / q) + (1 - p) ln((1 - p) / (1 - q)), in nats. */
function divergence(p: number, q: number): number {
  return p * naturalLogarithm(p / q) + (1 - p) * naturalLogarithm((1 - p) / (1 - q));
}

/** Evaluates the objective at `parameters` (f64, each rounded to f32 in the autoencoder, which keeps them). */
export function autoencoderObjective(
  autoencoder: Autoencoder,
  rows: Float32Array | PreparedRows,
  { decay = 3e-3, beta = 3, target = 0.1 }: SparsityOptions,
  parameters: Float64Array,
): AutoencoderValue {
  autoencoder.setParameters(parameters);
  const count = ("rows" in rows ? rows.rows : rows).length / autoencoder.inputSize;
  const { error, means, gradient } = autoencoder.parameterGradient(rows, (activations) =>
    activations.map((q) => beta * ((1 - target) / (1 - q) - target / q)),
  );
  let value = error / count;
  for (const q of means) value += beta * divergence(target, q);
  for (let i = 0; i < gradient.length; i++) gradient[i] = (gradient[i] as number) / count;
  let offset = 0;
  for (const { shape, size } of autoencoder.parameters) {
    if (shape.length > 1) {
      const end = offset + size;
      value += addWeightDecay(decay, parameters.subarray(offset, end), gradient.subarray(offset, end));
    }
    offset += size;
  }
  const activation = mean(means);
  return { value, gradient, error: error / count, activation };
}

/**
 * Trains the autoencoder in place, from its present parameters. The bits of the result depend on those, the rows and the
 * options alone. Between evaluations the event loop gets a turn. Rejects for rows of another length, and for options
 * that are unknown or out of range.
 *
 * @param rows f32[n, inputSize]
 */
export async function fitAutoencoder(
  autoencoder: Autoencoder,
  rows: Float32Array,
  options: FitAutoencoderOptions = {},
): Promise<RunResult> {
  requireOptions("fitAutoencoder", options, FIT_AUTOENCODER_OPTIONS);
  requireRows("rows", rows, autoencoder.inputSize);
  const iterations = requireInteger("iterations", options.iterations ?? 250, 1);
  const sparsity = {
    decay: requireNumber("decay", options.decay ?? 3e-3, 0),
    beta: requireNumber("beta", options.beta ?? 3, 0),
    target: requireNumber("target", options.target ?? 0.1, 2 ** -24, 1 - 2 ** -24),
  };
  const settings = { memory: options.memory ?? 10, factr: 0, pgtol: 0, maxIterations: iterations, noise: LOSS_NOISE };
  const solver = options.resume ? Lbfgs.restore(options.resume) : new Lbfgs(autoencoder.getParameters(), settings);
  const prepared = autoencoder.prepare(rows);
  const evaluate = (at: Float64Array) => {
    const { value, gradient, ...seen } = autoencoderObjective(autoencoder, prepared, sparsity, at);
    return { value, gradient, seen };
  };
  return descend(solver, autoencoder, evaluate, options);
}
