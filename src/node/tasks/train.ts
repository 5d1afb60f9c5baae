/** A recipe trained from nothing, or from where a stopped run was, with checkpoints on the way. */
import type { LbfgsState } from "../../optimize/lbfgs.ts";
import type { Status } from "../../optimize/options.ts";
import { buildRecipe, fit, type Recipe } from "../../train/index.ts";
import type { Task } from "./task.ts";

export interface TrainInput {
  recipe: Recipe;
  seed: number;
  /** f32[n, inputSize], best in shared memory. */
  rows: Float32Array;
  labels: Int32Array | Uint8Array;
  inputSize: number;
  /** Goes on from the `state` of the last message that had one. */
  resume?: LbfgsState;
  /** Seconds between the messages that hold the state; default 60. A run that is aborted sends one more at its end. */
  checkpointSeconds?: number;
}

/** Sent after each iteration. */
export interface TrainMessage {
  iteration: number;
  iterations: number;
  /** Objective: mean cross-entropy, nats, plus decay. */
  value: number;
  /** Share of the training rows that are wrong. */
  error: number;
  /** What `resume` continues from, now and then. */
  state?: LbfgsState;
}

export interface TrainOutput {
  /** f32, what `Network.setParameters` takes. */
  parameters: Float32Array;
  status: Status;
  iterations: number;
  evaluations: number;
  value: number;
}

export const train: Task<TrainInput, TrainOutput, TrainMessage> = async (input, { signal, post }) => {
  const { recipe, seed, rows, labels, inputSize, resume, checkpointSeconds = 60 } = input;
  const { decay, iterations } = recipe;
  const network = buildRecipe(recipe, inputSize, seed);
  let saved = performance.now();
  let error = 0;
  const result = await fit(
    network,
    { rows, labels },
    {
      decay,
      iterations,
      signal,
      ...(resume && { resume }),
      onIteration: ({ iteration, value, error: wrong, snapshot }) => {
        error = wrong;
        const isDue = performance.now() - saved >= 1000 * checkpointSeconds;
        if (isDue) saved = performance.now();
        post({ iteration, iterations, value, error, ...(isDue && { state: snapshot() }) });
      },
    },
  );
  const { status, evaluations, value, state } = result;
  if (signal.aborted) {
    post({ iteration: result.iterations, iterations, value, error, state });
    throw signal.reason;
  }
  return { parameters: network.getParameters(), status, iterations: result.iterations, evaluations, value };
};
