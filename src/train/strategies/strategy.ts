/**
 * What a run of training trains on. A strategy is the plan of it, one file each; begun, it is a curriculum that stands
 * between the data and the trainer: it is refreshed between epochs, says in which order an epoch takes the rows, and what
 * each step adds to the gradient.
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

/** What a step found on the data's own rows and on those that the strategy made. */
export interface StepTally {
  data: Tally;
  made?: Tally;
}

export interface Curriculum {
  /**
   * Called before each epoch (from 0) with the network as it stands, and not again for one that is resumed. What it makes
   * depends on the network, the data and the seed alone. Rejects with the signal's reason where that is aborted.
   */
  refresh?(epoch: number, signal: AbortSignal | undefined): Promise<void>;
  /** Whether the run ends before this epoch, as nothing improves. */
  isDone?(epoch: number): boolean;
  /** Positions of the rows in the order of the epoch; default each once, shuffled. */
  order?(epoch: number): Uint32Array;
  /** Adds a step's gradient, that of the mean loss of the batch and whatever else. */
  step(batch: Batch): StepTally;
  /** What a resumed run needs besides the parameters. */
  snapshot?(): unknown;
  restore?(state: unknown): void;
}

export interface Strategy {
  readonly name: string;
  /** Checks the options against the network and the data, and reserves what it needs. */
  begin(trainer: Trainer): Curriculum;
}
