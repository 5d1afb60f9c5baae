/** What every study is given: a model, data, and how it runs. */
import { outOfRange, requireOptions, wrongType } from "../check.ts";
import { type Dataset, requireDataset } from "../data/dataset.ts";
import { digestDataset, digestParameters } from "../data/digest.ts";
import type { Network } from "../model/index.ts";
import type { Executor } from "./executor.ts";
import { inProcess } from "./in-process.ts";
import type { Identified, IdentifiedModel } from "./record.ts";

/** A model with its name in the record. */
export interface StudyModel {
  /** The model. */
  network: Network;
  /** What the record calls it. */
  name: string;
  /** What the command's --model is to be given; default the name. */
  given?: string;
}

/** Data with their name in the record, which is what the command's --data is given. */
export interface StudyData {
  /** The images. */
  dataset: Dataset;
  /** What the record calls them. */
  name: string;
}

/** How far a study is. */
export interface StudyProgress {
  /** What is being done: "attack", "bounds". */
  label: string;
  /** How many are done. */
  done: number;
  /** How many there are. */
  total: number;
  /** What is counted, in the plural. */
  unit: string;
  /** More to show, such as the loss of a training. */
  note?: string;
}

/** How a study runs. No result depends on it. */
export interface StudyRun {
  /** Default: in process, keeping nothing. */
  executor?: Executor;
  /** Stops the study, which rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called several times a second. */
  onProgress?: (progress: StudyProgress) => void;
}

/** The settings of a run with their defaults. */
export function running(run: StudyRun) {
  requireOptions("study run", run, { executor: true, signal: true, onProgress: true });
  const { executor = inProcess(), signal, onProgress } = run;
  return { executor, signal, tell: (progress: StudyProgress) => onProgress?.(progress) };
}

/** Requires a model as a study is given it. */
export function requireModel(model: StudyModel, subject = "model"): void {
  if (typeof model?.network?.getParameters !== "function") wrongType(subject, "{ network, name }", model);
  if (typeof model.name !== "string") wrongType(`${subject}.name`, "a text", model.name);
}

/** Requires data as a study is given them. */
export function requireData(data: StudyData): void {
  if (typeof data?.dataset !== "object") wrongType("data", "{ dataset, name }", data);
  if (typeof data.name !== "string") wrongType("data.name", "a text", data.name);
  requireDataset("data.dataset", data.dataset);
}

/** Requires data to train on and to test with. */
export function requireSplits(data: StudySplits): void {
  if (typeof data?.train !== "object") wrongType("data", "{ name, train, test }", data);
  if (typeof data.name !== "string") wrongType("data.name", "a text", data.name);
  requireDataset("data.train", data.train);
  requireDataset("data.test", data.test);
}

/** Refuses data outside of the range that a model was declared to take. */
export function requireInRange({ network, name }: StudyModel, { dataset, name: data }: StudyData): void {
  const { range } = network.preprocess ?? {};
  if (!range) return;
  const at = dataset.rows.findIndex((value) => !(value >= 0 && value <= 1));
  const words = `numbers in [0, 1], which ${name} was said to take as [${range.join(", ")}]`;
  if (at >= 0) outOfRange(`data ${data}`, words, `${dataset.rows[at]} in row ${Math.floor(at / network.inputSize)}`);
}

/** A model as a record identifies it: its parameters, and what was done to the data before it, if the model did not do it itself. */
export async function identifiedModel({ network, name }: StudyModel): Promise<IdentifiedModel> {
  const { preprocess } = network;
  return { name, digest: await digestParameters(network.getParameters()), ...(preprocess && { preprocess }) };
}

/** Data as a record identifies them. */
export async function identifiedData({ dataset, name }: StudyData): Promise<Identified> {
  return { name, digest: await digestDataset(dataset) };
}

/** Labelled images to train on and to test with; `name` is what the command's --data is given. */
export interface StudySplits {
  /** What the record calls the data. */
  name: string;
  /** The images to train on. */
  train: Dataset;
  /** The images to test with. */
  test: Dataset;
}
