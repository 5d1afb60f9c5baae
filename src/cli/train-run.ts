/** What the two ways of `blindspot train` share: a run to be done, and what it leaves in the folder beside the weights. */
import type { Dataset } from "../data/index.ts";
import type { Network } from "../model/index.ts";
import type { OptimizerName, Recipe, SCHEDULES, StrategyName } from "../train/index.ts";
import type { ModelNote } from "./model-note.ts";

export interface TrainFlags {
  model: string;
  data: string;
  optimizer?: "lbfgs" | OptimizerName;
  decay?: number[];
  spectral?: number;
  iterations?: number;
  epochs?: number;
  batch?: number;
  rate?: number;
  schedule?: (typeof SCHEDULES)[number];
  strategy?: StrategyName;
  dropout?: number[];
  attack?: "gradient" | "sign" | "lbfgs";
  radius?: number[];
  weight?: number;
  pool?: number;
  replace?: number;
  seed: number;
  out?: string;
  overwrite?: boolean;
  json?: boolean;
  quiet?: boolean;
}

export interface TrainRun<R = Recipe> {
  /** Untrained. */
  network: Network;
  training: Dataset;
  test: Dataset;
  /** With the flags in the place of its own settings. */
  recipe: R;
  flags: TrainFlags;
  signal: AbortSignal;
  /** File that a stopped run leaves. */
  checkpoint: string;
}

export interface Trained {
  note: ModelNote;
  /** All of the folder, name and content. */
  files: [string, string | Uint8Array][];
}

/** Seconds between checkpoints of an undisturbed run. */
export const CHECKPOINT_SECONDS = 60;
