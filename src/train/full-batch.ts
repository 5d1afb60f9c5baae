/**
 * Full-batch training by L-BFGS, as the paper trained its MNIST networks: an f64 optimiser with a strong-Wolfe line search
 * over the f32 gradient of the whole training set. The run can be stopped between two evaluations and continues later
 * with the same bits.
 */
import { type OptionNames, requireInteger, requireLabels, requireOptions, requireRows } from "../check.ts";
import type { Network } from "../model/index.ts";
import { Lbfgs, type LbfgsState } from "../optimize/lbfgs.ts";
import { requireDecay, type TrainingSet, trainingObjective } from "./objective.ts";
import { descend, LOSS_NOISE, type RunProgress, type RunResult } from "./run.ts";

export interface FitOptions {
  /** Default "lbfgs"; "sgd" and "adam" take the options of minibatches. */
  optimizer?: "lbfgs";
  /** lambda of (lambda / 2) |W|^2, one for all layers or one each; default 0. */
  decay?: number | readonly number[];
  /**
   * beta of (beta / 2) s(W)^2, one for all layers or one each: a penalty on each layer's bound, s(W) being at least the largest
   * singular value of its kernel (spectral-penalty.ts); default 0.
   */
  spectral?: number | readonly number[];
  /** Default 1000. */
  iterations?: number;
  /** Pairs of the L-BFGS history; default 20. */
  memory?: number;
  /** Continues a run that was stopped: `state` of its result, with the same network, data and options. */
  resume?: LbfgsState;
  /** Stops the run at the next evaluation; the result's state continues it. */
  signal?: AbortSignal;
  /** Called after each iteration; a promise is awaited. */
  onIteration?: (progress: FitProgress) => void | Promise<void>;
}

const FIT_OPTIONS: OptionNames<FitOptions> = {
  optimizer: true,
  decay: true,
  spectral: true,
  iterations: true,
  memory: true,
  resume: true,
  signal: true,
  onIteration: true,
};

export interface FitProgress extends RunProgress {
  /** Share of the training rows that are wrong, at the last point evaluated. */
  error: number;
}

export type FitResult = RunResult;

/**
 * Trains the network in place, from its present parameters. The bits of the result depend on those, the data and the
 * options alone. Between evaluations the event loop gets a turn.
 */
export async function fullBatchFit(network: Network, data: TrainingSet, options: FitOptions = {}): Promise<FitResult> {
  requireOptions("fit", options, FIT_OPTIONS);
  const count = requireRows("rows", data.rows, network.inputSize);
  requireLabels("labels", data.labels, count, network.classes);
  const decay = requireDecay(network, options.decay ?? 0);
  const spectral = requireDecay(network, options.spectral ?? 0, "spectral");
  const iterations = requireInteger("iterations", options.iterations ?? 1000, 1);
  const settings = { memory: options.memory ?? 20, factr: 0, pgtol: 0, maxIterations: iterations, noise: LOSS_NOISE };
  const solver = options.resume ? Lbfgs.restore(options.resume) : new Lbfgs(network.getParameters(), settings);
  const prepared = { rows: network.prepare(data.rows), labels: data.labels };
  const evaluate = (at: Float64Array) => {
    const { value, gradient, error } = trainingObjective(network, prepared, decay, at, spectral);
    return { value, gradient, seen: { error } };
  };
  return descend(solver, network, evaluate, options);
}
