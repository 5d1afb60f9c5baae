/** The records of the experiment on adversarial training, and of the search for its settings. */
import type { NamedArrays } from "../../data/digest.ts";
import type { EpochRecord } from "../../train/index.ts";
import type { Identified, IdentifiedModel, RecordHead, RecordSeal } from "../record.ts";
import type { SeedDifference } from "./findings.ts";
import type { ArmResult, Robustness } from "./results.ts";
import type { CandidateResult } from "./search.ts";

/** One run without its parameters. */
export interface MeasuredTraining extends Robustness {
  /** Name of the way of training. */
  arm: string;
  /** Seed of the run. */
  seed: number;
  /** Why the run ended. */
  status: string;
  /** Passes over the data. */
  epochs: number;
  /** Steps that were taken. */
  steps: number;
  /** Share of the training images that are wrong. */
  trainError: number;
  /** Share of the test images that are wrong. */
  testError: number;
  /** Mean cross-entropy of the test images, in nats. */
  testLoss: number;
  /** The figures of each epoch. */
  records: readonly EpochRecord[];
}

/** The record of ways of training, each over several seeds. */
export interface TrainingRecord extends RecordHead<"training">, RecordSeal {
  /** The images, and how many there are to train on and to test with. */
  data: Identified & { train: number; test: number };
  /** Passes over the data of each run. */
  epochs: number;
  /** Seeds that were asked for; an arm may have fewer so far. */
  seeds: number;
  /** Runs that there are to be. */
  wanted: number;
  /** Images attacked. */
  images: number;
  /** The network whose adversarial images are fed to the others. */
  rival: IdentifiedModel;
  /** One a way of training, over its seeds. */
  results: readonly ArmResult[];
  /** One a run. */
  runs: readonly MeasuredTraining[];
  /** Ways of training beside one another, seed by seed. */
  differences: readonly SeedDifference[];
  /** What follows from the results, in words. */
  findings: readonly string[];
}

/** The record of the search for the settings of each way of training. */
export interface TrainingSearchRecord extends RecordHead<"training-search">, RecordSeal {
  /** The images, and how many there are to train on and to judge by. */
  data: Identified & { train: number; validation: number };
  /** Passes over the data of each run. */
  epochs: number;
  /** Seeds that were asked for. */
  seeds: number;
  /** Runs that there are to be, and that there are. */
  wanted: number;
  /** Runs that there are. */
  finished: number;
  /** One a candidate. */
  results: readonly CandidateResult[];
}

/** What the digest of the experiment covers: errors, distortion and transfer of each run; -1 where nothing was found. */
export function trainingArrays(runs: readonly MeasuredTraining[]): NamedArrays {
  const numbers = runs.flatMap(({ testError, trainError, distortion, transfer }) => {
    return [testError, trainError, distortion ?? -1, transfer];
  });
  return { numbers: { data: Float64Array.from(numbers) } };
}

/** What the digest of the search covers: loss and error of each candidate. */
export function searchArrays(results: readonly CandidateResult[]): NamedArrays {
  const numbers = results.flatMap(({ loss, error }) => [loss.mean, error.mean]);
  return { numbers: { data: Float64Array.from(numbers) } };
}
