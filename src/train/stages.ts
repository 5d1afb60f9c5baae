/**
 * Stages without labels, one after another on the same parameters, and a classifier on what they learnt: each a run of L-BFGS.
 * The whole can be stopped between two evaluations and resumed to the same bits.
 */
import { requireInteger } from "../check.ts";
import type { LbfgsState } from "../optimize/lbfgs.ts";
import type { FitState } from "./full-batch.ts";
import type { Phase, RunProgress, RunResult } from "./run.ts";

/** The state of a run, from which it can be resumed. */
export interface StagesState {
  /** Which stage is under way; the classifier's is the last. */
  stage: number;
  /** f32[parameters], as they were when the stage began. */
  autoencoder: Float32Array;
  /** Undefined before the stage's first evaluation. */
  run: LbfgsState | FitState | undefined;
}

/** How far a training by stages is. */
export interface StagesProgress extends Omit<RunProgress, "snapshot"> {
  /** From 0; the classifier's is the last of `stages`. */
  stage: number;
  /** Number of stages. */
  stages: number;
  /** Rows of the stage. */
  rows: number;
  /** Mean squared error of the reconstruction, as the stage says it; in the last stage the share of the training rows that are wrong. */
  error: number;
  /** Returns the state of the run; the arrays belong to the caller. */
  snapshot: () => StagesState;
}

/** How a training by stages is followed, stopped and resumed. */
export interface StagesOptions {
  /** Continues a run that was stopped: `state` of its result, with the same data, recipe and seed. */
  resume?: StagesState;
  /** Stops the run at the next evaluation; the result's state continues it. */
  signal?: AbortSignal;
  /** Called after each iteration of each stage; a promise is awaited. */
  onIteration?: (progress: StagesProgress) => void | Promise<void>;
}

/** What each stage is run with. */
export interface StageRun extends Phase {
  resume: LbfgsState | FitState | undefined;
  signal?: AbortSignal;
  onIteration: (progress: RunProgress & { error: number }) => void | Promise<void> | undefined;
}

/** What a training by stages gave. */
export interface StagesResult {
  /** Whether the last stage was completed. */
  done: boolean;
  /** The result of each stage that this call ran. */
  runs: readonly Omit<RunResult, "state">[];
  /** What `resume` continues from. */
  state: StagesState;
}

/**
 * Runs the stages from the first, or from where `resume` was stopped.
 *
 * @param model   what the stages train; the classifier is not of it
 * @param stages  rows and iterations of each, the classifier's last
 * @param run     runs one of them from the model's present parameters
 */
export async function fitStages(
  model: { getParameters(): Float32Array; setParameters(values: Float32Array): void },
  stages: readonly Phase[],
  run: (stage: number, how: StageRun) => Promise<RunResult>,
  { resume, signal, onIteration }: StagesOptions,
): Promise<StagesResult> {
  if (resume) model.setParameters(resume.autoencoder);
  const last = stages.length - 1;
  const runs: Omit<RunResult, "state">[] = [];
  let begun = resume?.run;
  for (let stage = requireInteger("resume.stage", resume?.stage ?? 0, 0, last); ; stage++) {
    const start = model.getParameters();
    const { rows } = stages[stage] as Phase;
    const at = stage;
    const { state, ...ended } = await run(stage, {
      ...(stages[stage] as Phase),
      resume: begun,
      ...(signal && { signal }),
      onIteration: ({ snapshot, ...seen }) =>
        onIteration?.({
          ...seen,
          stage: at,
          stages: stages.length,
          rows,
          snapshot: () => ({ stage: at, autoencoder: start, run: snapshot() }),
        }),
    });
    runs.push(ended);
    if (ended.status === "running" || stage === last) {
      return { done: ended.status !== "running", runs, state: { stage, autoencoder: start, run: state } };
    }
    begun = undefined;
  }
}
