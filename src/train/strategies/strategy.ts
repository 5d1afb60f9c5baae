/**
 * A strategy decides which rows each step trains on. `begin` returns its state for one run, the curriculum. The curriculum is
 * refreshed between epochs; it says in which order an epoch takes the rows, and what each step adds to the gradient. Each
 * strategy has a file of its own.
 */
import type { Tally } from "../tally.ts";
import type { Trainer } from "../trainer.ts";

/** The rows of one step. */
export interface Batch {
  /** Number of the step in the run, from 0. */
  step: number;
  /** Steps of the whole run. */
  steps: number;
  /** Positions of the rows in the data. */
  indices: Uint32Array;
  /** f32[n, inputSize]. */
  rows: Float32Array;
  labels: Int32Array;
}

/** The sums of a step over the data's own rows, and over the rows that the strategy made. */
export interface StepTally {
  data: Tally;
  made?: Tally;
}

export interface Curriculum {
  /**
   * Called before each epoch (from 0) with the network's present weights, and not again for an epoch that is resumed. Its
   * result depends on the network, the data and the seed alone. Rejects with the signal's reason where that is aborted.
   */
  refresh?(epoch: number, signal: AbortSignal | undefined): Promise<void>;
  /** Whether the run ends before this epoch, because nothing improves. */
  isDone?(epoch: number): boolean;
  /** Positions of the rows in the order of the epoch; default each once, shuffled. */
  order?(epoch: number): Uint32Array;
  /** Adds the gradient of a step: of the mean loss of the batch, and of what the strategy adds. */
  step(batch: Batch): StepTally;
  /** The state that a resumed run needs besides the parameters. */
  snapshot?(): unknown;
  restore?(state: unknown): void;
}

/** Decides which rows each step of a training trains on. */
export interface Strategy {
  /** What errors and records call it. */
  readonly name: string;
  /** Checks the options against the network and the data, and reserves what it needs. */
  begin(trainer: Trainer): Curriculum;
}
