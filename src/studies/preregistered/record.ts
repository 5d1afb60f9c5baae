/** The record of the preregistered experiment: validation errors of the runs, and, once it is opened, what the test images say. */
import type { SeedInterval } from "../../analysis/index.ts";
import type { NamedArrays } from "../../data/digest.ts";
import type { PairedTest } from "../../numeric/paired-test.ts";
import type { Identified, RecordHead, RecordSeal, Timing } from "../record.ts";
import type { Hypothesis } from "./arms.ts";

/** One run. */
export interface PreregisteredRun {
  /** Name of the way of training. */
  arm: string;
  /** Seed of the run. */
  seed: number;
  /** Why the run ended. */
  status: string;
  /** Steps that were taken. */
  steps: number;
  /** Share of the images it was trained on that are wrong. */
  trainError: number;
  /** Share of the validation images that are wrong. */
  validationError: number;
  /** Share of the test images that are wrong; null before the experiment is opened. */
  testError: number | null;
  /** The same of the test images moved by a random part of a pixel or two. */
  movedError: number | null;
}

/** A way of training over its seeds. */
export interface PreregisteredResult {
  /** Name of the way of training. */
  arm: string;
  /** What it is, in words. */
  title: string;
  /** Share of the validation images that are wrong. */
  validationError: SeedInterval;
  /** Share of the test images that are wrong; null before the experiment is opened. */
  testError: SeedInterval | null;
  /** The same of the moved test images. */
  movedError: SeedInterval | null;
  /** Updates of the parameters that a run made. */
  updates: SeedInterval;
}

/** A hypothesis and its test: differences of test errors, the second arm's less the first's, of the seeds that both have. */
export interface TestedHypothesis extends Hypothesis {
  /** On the test images. */
  test: PairedTest;
  /** Its p, adjusted by Holm's procedure for all hypotheses that were tested. */
  adjusted: number;
  /** On the moved test images, to see whether it repeats; not adjusted. */
  moved: PairedTest;
}

/** The record of the preregistered experiment. */
export interface PreregisteredRecord extends RecordHead<"preregistered">, RecordSeal {
  /** The images, and how many there are to train on, to validate by and to test with. */
  data: Identified & { train: number; validation: number; test: number };
  /** What it took. */
  timing: Timing;
  /** Passes over the data of each run. */
  epochs: number;
  /** Seeds that were asked for. */
  seeds: number;
  /** Runs that there are to be. */
  wanted: number;
  /** Whether the test images were looked at. */
  isOpen: boolean;
  /** Whether arms, seeds and epochs are those that were preregistered. */
  isAsPreregistered: boolean;
  /** One a way of training. */
  results: readonly PreregisteredResult[];
  /** One a hypothesis both of whose arms have runs; empty before the experiment is opened. */
  hypotheses: readonly TestedHypothesis[];
  /** One a run. */
  runs: readonly PreregisteredRun[];
}

/** What the digest covers: the errors of each run; -1 where the test images were not looked at. */
export function preregisteredArrays(runs: readonly PreregisteredRun[]): NamedArrays {
  const numbers = runs.flatMap(({ trainError, validationError, testError, movedError }) => {
    return [trainError, validationError, testError ?? -1, movedError ?? -1];
  });
  return { numbers: { data: Float64Array.from(numbers) } };
}
