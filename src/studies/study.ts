/** What every study is given: a model, data, and how it runs. */
import { requireOptions } from "../check.ts";
import { digestDataset, digestParameters } from "../data/digest.ts";
import type { Dataset } from "../data/index.ts";
import type { Network } from "../model/index.ts";
import type { Executor } from "./executor.ts";
import { inProcess } from "./in-process.ts";
import type { Identified } from "./record.ts";

/** A model with its name in the record. */
export interface StudyModel {
  network: Network;
  name: string;
  /** What the command's --model is to be given; default the name. */
  given?: string;
}

/** Data with their name in the record, which is what the command's --data is given. */
export interface StudyData {
  dataset: Dataset;
  name: string;
}

/** How far a study is. */
export interface StudyProgress {
  /** What is being done: "attack", "bounds". */
  label: string;
  done: number;
  total: number;
  /** What is counted, in the plural. */
  unit: string;
  note?: string;
}

/** How a study runs. No result depends on it. */
export interface StudyRun {
  /** Default: in process, keeping nothing. */
  executor?: Executor;
  /** Stops the study, which rejects with the signal's reason. */
  signal?: AbortSignal;
  onProgress?: (progress: StudyProgress) => void;
}

/** The settings of a run with their defaults. */
export function running(run: StudyRun) {
  requireOptions("study run", run, { executor: true, signal: true, onProgress: true });
  const { executor = inProcess(), signal, onProgress } = run;
  return { executor, signal, tell: (progress: StudyProgress) => onProgress?.(progress) };
}

/** A model as a record identifies it. */
export async function identifiedModel({ network, name }: StudyModel): Promise<Identified> {
  return { name, digest: await digestParameters(network.getParameters()) };
}

/** Data as a record identifies them. */
export async function identifiedData({ dataset, name }: StudyData): Promise<Identified> {
  return { name, digest: await digestDataset(dataset) };
}

/** Labelled images to train on and to test with; `name` is what the command's --data is given. */
export interface StudySplits {
  name: string;
  train: Dataset;
  test: Dataset;
}
