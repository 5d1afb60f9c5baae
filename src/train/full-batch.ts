/**
 * Full-batch training by L-BFGS, as the paper trained its MNIST networks: an f64 optimiser with a strong-Wolfe line search
 * over the f32 gradient of the whole training set. Phases on a part of the rows may come first: most of the way to a
 * minimum is the same for a tenth of the rows, at a tenth of the time. The run can be stopped between two evaluations and
 * continues later with the same bits.
 */
import {
  type Labels,
  type OptionNames,
  requireFinite,
  requireInteger,
  requireLabels,
  requireOptions,
  requireRows,
  wrongType,
} from "../check.ts";
import type { Network, ParameterGradient } from "../model/index.ts";
import { Lbfgs, type LbfgsState } from "../optimize/lbfgs.ts";
import { objectiveOf, requireDecay, type TrainingSet, trainingObjective } from "./objective.ts";
import { descend, LOSS_NOISE, type Phase, type RunProgress, type RunResult } from "./run.ts";

/** How a network is trained by full batches. */
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
  /**
   * Runs on the first rows, one after another, before the one on all of them. Each starts where the last ended, with an empty
   * history, because the curvature of another objective misleads. Default none.
   */
  phases?: readonly Phase[];
  /** Of the run on all rows; default 1000. */
  iterations?: number;
  /** Pairs of the L-BFGS history; default 20. */
  memory?: number;
  /** Continues a run that was stopped: `state` of its result, with the same network, data and options. */
  resume?: FitState;
  /** Stops the run at the next evaluation; the result's state continues it. */
  signal?: AbortSignal;
  /** Called after each iteration; a promise is awaited. */
  onIteration?: (progress: FitProgress) => void | Promise<void>;
}

const FIT_OPTIONS: OptionNames<FitOptions> = {
  optimizer: true,
  decay: true,
  spectral: true,
  phases: true,
  iterations: true,
  memory: true,
  resume: true,
  signal: true,
  onIteration: true,
};

/** The state of a run: that of the phase under way. */
export interface FitState extends LbfgsState {
  /** From 0; the run on all rows is the last. */
  phase: number;
}

/** Iterations and evaluations are those of the phase. */
export interface FitProgress extends RunProgress {
  /** From 0; the run on all rows is the last of `phases`. */
  phase: number;
  /** Number of phases. */
  phases: number;
  /** Rows of the phase. */
  rows: number;
  /** Share of the training rows that are wrong, at the last point evaluated. */
  error: number;
  /** Returns the state of the run, to be stored and resumed. */
  snapshot: () => FitState;
}

/** Of the run on all rows; of the phase that was stopped. */
export interface FitResult extends RunResult {
  /** What `resume` continues from. */
  state: FitState;
}

/**
 * Computes the summed loss of the first `count` rows and its gradient at these parameters, f64[parameterCount], to the bits of
 * `Network.parameterGradient`.
 */
export type GradientElsewhere = (parameters: Float64Array, count: number) => Promise<ParameterGradient>;

/**
 * Trains the network in place, from its present parameters. With `gradientOf` it computes no gradient itself. The bits of the result depend on those, the data and the
 * options alone. Between evaluations the event loop gets a turn.
 */
export async function fullBatchFit(
  network: Network,
  data: TrainingSet,
  options: FitOptions = {},
  gradientOf?: GradientElsewhere,
): Promise<FitResult> {
  requireOptions("fit", options, FIT_OPTIONS);
  const count = requireRows("rows", data.rows, network.inputSize);
  requireLabels("labels", data.labels, count, network.classes);
  const decay = requireDecay(network, options.decay ?? 0);
  const spectral = requireDecay(network, options.spectral ?? 0, "spectral");
  const iterations = requireInteger("iterations", options.iterations ?? 1000, 1);
  const runs = [...requirePhases(options.phases ?? []), { rows: count, iterations }];
  const { resume, memory = 20, signal, onIteration } = options;
  if (runs.length > 1) requireFinite("rows", data.rows); // the rows of later phases are read when those begin
  let phase = requireInteger("resume.phase", resume?.phase ?? 0, 0, runs.length - 1);
  for (let begun = resume; ; begun = undefined, phase++) {
    const run = runs[phase] as Phase;
    const rows = Math.min(run.rows, count);
    const settings = { memory, factr: 0, pgtol: 0, maxIterations: run.iterations, noise: LOSS_NOISE };
    const solver = begun ? Lbfgs.restore(begun) : new Lbfgs(network.getParameters(), settings);
    // A phase that has not begun is at the end of the one before it.
    if (phase > 0 && solver.evaluations === 0) network.setParameters(solver.ask());
    const part = { rows: data.rows.subarray(0, rows * network.inputSize), labels: firstOf(data.labels, rows) };
    const prepared = gradientOf ? part : { rows: network.prepare(part.rows), labels: part.labels };
    const objectiveAt = async (at: Float64Array) => {
      if (!gradientOf) return trainingObjective(network, prepared, decay, at, spectral);
      network.setParameters(at);
      return objectiveOf(network, await gradientOf(at, rows), rows, decay, at, spectral);
    };
    const evaluate = async (at: Float64Array) => {
      const { value, gradient, error } = await objectiveAt(at);
      return { value, gradient, seen: { error } };
    };
    const here = { phase, phases: runs.length, rows };
    const { state, ...ended } = await descend(solver, network, evaluate, {
      ...(signal && { signal }),
      onIteration: ({ snapshot, ...seen }) =>
        onIteration?.({ ...seen, ...here, snapshot: () => ({ ...snapshot(), phase: here.phase }) }),
    });
    if (ended.status === "running" || phase === runs.length - 1) return { ...ended, state: { ...state, phase } };
  }
}

function requirePhases(phases: readonly Phase[]): readonly Phase[] {
  if (!Array.isArray(phases)) wrongType("phases", "a list of { rows, iterations }", phases);
  for (const [i, phase] of phases.entries()) {
    if (typeof phase !== "object" || phase === null) wrongType(`phases[${i}]`, "{ rows, iterations }", phase);
    requireOptions(`phases[${i}]`, phase, { rows: true, iterations: true });
    requireInteger(`phases[${i}].rows`, phase.rows, 1);
    requireInteger(`phases[${i}].iterations`, phase.iterations, 1);
  }
  return phases;
}

/** The labels of the first `count` rows. */
function firstOf(labels: Labels, count: number): Labels {
  return count === labels.length ? labels : Array.prototype.slice.call(labels, 0, count);
}
