/** The records of the experiment on adversarial training, and of the search for its settings. */
import type { NamedArrays } from "../../data/digest.ts";
import type { EpochRecord } from "../../train/index.ts";
import type { Identified, IdentifiedModel, RecordHead, RecordSeal } from "../record.ts";
import type { SeedDifference } from "./findings.ts";
import type { ArmResult, Robustness } from "./results.ts";
import type { CandidateResult } from "./search.ts";

/** One run without its parameters. */
export interface MeasuredTraining extends Robustness {
  arm: string;
  seed: number;
  status: string;
  epochs: number;
  steps: number;
  trainError: number;
  testError: number;
  testLoss: number;
  records: readonly EpochRecord[];
}

/** The record of ways of training, each over several seeds. */
export interface TrainingRecord extends RecordHead<"training">, RecordSeal {
  data: Identified & { train: number; test: number };
  epochs: number;
  /** Seeds that were asked for; an arm may have fewer so far. */
  seeds: number;
  /** Runs that there are to be. */
  wanted: number;
  /** Images attacked. */
  images: number;
  /** The network whose adversarial images are fed to the others. */
  rival: IdentifiedModel;
  results: readonly ArmResult[];
  runs: readonly MeasuredTraining[];
  differences: readonly SeedDifference[];
  findings: readonly string[];
}

/** The record of the search for the settings of each way of training. */
export interface TrainingSearchRecord extends RecordHead<"training-search">, RecordSeal {
  data: Identified & { train: number; validation: number };
  epochs: number;
  /** Seeds that were asked for. */
  seeds: number;
  /** Runs that there are to be, and that there are. */
  wanted: number;
  finished: number;
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
