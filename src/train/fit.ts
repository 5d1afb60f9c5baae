/**
 * Full-batch training by L-BFGS, as the paper trained its MNIST networks: an f64 optimiser with a strong-Wolfe line search
 * over the f32 gradient of the whole training set. The run can be stopped between two evaluations and continues later
 * with the same bits.
 */
import { requireInteger, requireLabels, requireRows } from "../check.ts";
import type { Network } from "../model/index.ts";
import { Lbfgs, type LbfgsState } from "../optimize/lbfgs.ts";
import type { Status } from "../optimize/options.ts";
import { requireDecay, type TrainingSet, trainingObjective } from "./objective.ts";

/**
 * Relative noise of the mean loss: what enters it are f32 losses, 2^-24 each. A line search that is promised less is
 * looking at rounding.
 */
const LOSS_NOISE = 2 ** -24;

export interface FitOptions {
  /** lambda of (lambda / 2) |W|^2, one for all layers or one each; default 0. */
  decay?: number | readonly number[];
  /** Default 1000. */
  iterations?: number;
  /** Pairs of the L-BFGS history; default 20. */
  memory?: number;
  /** Continues a run that was stopped: `state` of its result, with the same network, data and options. */
  resume?: LbfgsState;
  /** Stops the run at the next evaluation; the result's state continues it. */
  signal?: AbortSignal;
  /** Called after each iteration; a promise is waited for. */
  onIteration?: (progress: FitProgress) => void | Promise<void>;
}

export interface FitProgress {
  iteration: number;
  iterations: number;
  evaluations: number;
  /** Objective: mean cross-entropy, nats, plus decay. */
  value: number;
  /** Share of the training rows that are wrong, at the last point evaluated. */
  error: number;
  /** The run as it stands, to be stored and resumed. */
  snapshot: () => LbfgsState;
}

export interface FitResult {
  /** Why the run ended; "running" where the signal stopped it. */
  status: Status;
  iterations: number;
  evaluations: number;
  value: number;
  /** What `resume` continues from. */
  state: LbfgsState;
}

/**
 * Trains the network in place, from its present parameters. The bits of the result depend on those, the data and the
 * options alone. Between evaluations the event loop gets a turn.
 */
export async function fit(network: Network, data: TrainingSet, options: FitOptions = {}): Promise<FitResult> {
  const count = requireRows("rows", data.rows, network.inputSize);
  requireLabels("labels", data.labels, count, network.classes);
  const decay = requireDecay(network, options.decay ?? 0);
  const iterations = requireInteger("iterations", options.iterations ?? 1000, 1);
  const { resume, signal, onIteration } = options;

  const settings = { memory: options.memory ?? 20, factr: 0, pgtol: 0, maxIterations: iterations, noise: LOSS_NOISE };
  const solver = resume ? Lbfgs.restore(resume) : new Lbfgs(network.getParameters(), settings);
  const prepared = { rows: network.prepare(data.rows), labels: data.labels };
  let reported = solver.iterations;
  while (!solver.done && !signal?.aborted) {
    const { value, gradient, error } = trainingObjective(network, prepared, decay, solver.ask());
    solver.tell(value, gradient);
    const { iterations: iteration, evaluations } = solver;
    if (iteration > reported) {
      reported = iteration;
      const snapshot = () => solver.snapshot();
      await onIteration?.({ iteration, iterations, evaluations, value: solver.f, error, snapshot });
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
  const { x, f, status, evaluations } = solver.result();
  if (evaluations > 0) network.setParameters(x); // stopped before that, the solver holds no iterate
  return { status, iterations: solver.iterations, evaluations, value: f, state: solver.snapshot() };
}
