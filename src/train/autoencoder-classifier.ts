/**
 * Trains AE400-10 from nothing: a sparse autoencoder without labels, first on some of the rows, then on all; then a softmax
 * classifier on its units' activations, with the autoencoder's weights fixed. Each stage is a run of L-BFGS. The whole can
 * be stopped between two evaluations and resumed to the same bits.
 */
import { requireInteger, requireLabels, requireOptions, requireRows } from "../check.ts";
import { Autoencoder, type Decoder, type Network, softmaxRegression, withClassifier } from "../model/index.ts";
import type { LbfgsState } from "../optimize/lbfgs.ts";
import { fitAutoencoder, type SparsityOptions } from "./autoencoder.ts";
import { fit } from "./fit.ts";
import type { FitState } from "./full-batch.ts";
import type { TrainingSet } from "./objective.ts";
import type { Phase, RunProgress, RunResult } from "./run.ts";

/** How a sparse autoencoder and the classifier on top of it are trained. */
export interface AutoencoderRecipe extends Required<SparsityOptions> {
  /** What errors and records call it. */
  name: string;
  /** Units of the encoder. */
  units: number;
  /** The units of the decoder. */
  decoder: Decoder;
  /** Number of classes. */
  classes: number;
  /** Runs of the autoencoder, each from where the last one ended. */
  stages: readonly Phase[];
  /** Pairs of the L-BFGS history of these; default 10. */
  memory?: number;
  /** The softmax on top: lambda of (lambda / 2) |W|^2, iterations at most, pairs of the history. It is convex and has biases. */
  classifier: { decay: number; iterations: number; memory?: number };
}

/** The state of a run, from which it can be resumed. */
export interface AutoencoderClassifierState {
  /** Which stage is under way; the classifier's is the last. */
  stage: number;
  /** f32[parameters of the autoencoder], as they were when the stage began. */
  autoencoder: Float32Array;
  /** Undefined before the stage's first evaluation. */
  run: LbfgsState | FitState | undefined;
}

/** How far the training of an autoencoder and its classifier is. */
export interface AutoencoderClassifierProgress extends Omit<RunProgress, "snapshot"> {
  /** From 0; the classifier's is the last of `stages`. */
  stage: number;
  /** Number of stages. */
  stages: number;
  /** Rows of the stage. */
  rows: number;
  /** Mean squared error / 2 of the reconstruction; in the last stage the share of the training rows that are wrong. */
  error: number;
  /** Returns the state of the run; the arrays belong to the caller. */
  snapshot: () => AutoencoderClassifierState;
}

/** How the training is seeded, followed, stopped and resumed. */
export interface AutoencoderClassifierOptions {
  /** Seed of the autoencoder's initial weights; default 0. The classifier starts at zero. */
  seed?: number;
  /** Continues a run that was stopped: `state` of its result, with the same data, recipe and seed. */
  resume?: AutoencoderClassifierState;
  /** Stops the run at the next evaluation; the result's state continues it. */
  signal?: AbortSignal;
  /** Called after each iteration of each stage; a promise is awaited. */
  onIteration?: (progress: AutoencoderClassifierProgress) => void | Promise<void>;
}

/** What the training of an autoencoder and its classifier gave. */
export interface AutoencoderClassifierResult {
  /** A network of the layers `encoder` and `classifier`; after a stop, with the weights at that point. */
  network: Network;
  /** Whether the last stage was completed. */
  done: boolean;
  /** The result of each stage that this call ran. */
  runs: readonly Omit<RunResult, "state">[];
  /** What `resume` continues from. */
  state: AutoencoderClassifierState;
}

/**
 * Trains the autoencoder and the classifier of a recipe. The bits depend on the data, the recipe and the seed alone.
 * Rejects for data that do not fit the recipe, and for options that are unknown or out of range.
 */
export async function fitAutoencoderClassifier(
  { rows, labels }: TrainingSet,
  inputs: number,
  recipe: AutoencoderRecipe,
  options: AutoencoderClassifierOptions = {},
): Promise<AutoencoderClassifierResult> {
  requireOptions("fitAutoencoderClassifier", options, { seed: true, resume: true, signal: true, onIteration: true });
  const count = requireRows("rows", rows, inputs);
  requireLabels("labels", labels, count, recipe.classes);
  const { seed = 0, resume, signal, onIteration } = options;
  const { name, units, decoder, classes, stages, memory, classifier, ...sparsity } = recipe;
  const autoencoder = new Autoencoder({ inputs, units, decoder, seed });
  if (resume) autoencoder.setParameters(resume.autoencoder);
  const softmax = softmaxRegression(units, classes, { useBias: true });

  const last = stages.length;
  const runs: Omit<RunResult, "state">[] = [];
  let stage = requireInteger("resume.stage", resume?.stage ?? 0, 0, last);
  let run = resume?.run;
  for (;;) {
    const at = stage;
    const start = autoencoder.getParameters();
    const common = {
      ...(signal && { signal }),
      onIteration: ({ snapshot, ...seen }: RunProgress & { error: number }) =>
        onIteration?.({
          ...seen,
          stage: at,
          stages: last + 1,
          rows: Math.min(wanted, count),
          snapshot: () => ({ stage: at, autoencoder: start, run: snapshot() }),
        }),
    };
    const { rows: wanted, iterations } = stages[at] ?? { rows: count, iterations: classifier.iterations };
    const { state, ...ended } =
      at < last
        ? await fitAutoencoder(autoencoder, rows.subarray(0, wanted * inputs), {
            ...sparsity,
            iterations,
            ...(memory !== undefined && { memory }),
            ...(run && { resume: run }),
            ...common,
          })
        : await fit(
            softmax,
            { rows: autoencoder.encode(rows), labels },
            { ...classifier, ...(run && { resume: run as FitState }), ...common },
          );
    runs.push(ended);
    if (ended.status === "running" || at === last) {
      return {
        network: withClassifier(name, autoencoder, softmax),
        done: ended.status !== "running",
        runs,
        state: { stage: at, autoencoder: start, run: state },
      };
    }
    stage = at + 1;
    run = undefined;
  }
}
