/** `blindspot train` by full-batch L-BFGS. */
import process from "node:process";
import { every } from "../clock.ts";
import { imageSize } from "../data/index.ts";
import { type RunDescription, readCheckpoint, writeCheckpoint } from "../node/index.ts";
import { digestArrays } from "../report/index.ts";
import { quoted } from "../studies/command.ts";
import {
  type AnyRecipe,
  decaysOf,
  errorRate,
  isAutoencoder,
  iterationsOf,
  type Recipe,
  type TrainResult,
  type TrainState,
  trainRecipe,
  withIterations,
} from "../train/index.ts";
import { modelNote, trainedModelFiles } from "./model-note.ts";
import { UsageError } from "./options.ts";
import { startProgress } from "./progress.ts";
import { packageVersion } from "./run.ts";
import { CHECKPOINT_SECONDS, type Trained, type TrainFlags, type TrainRun } from "./train-run.ts";

/** The lambdas of the flags in the place of the recipe's. */
export function withDecay(recipe: Recipe, { decay }: TrainFlags): Recipe {
  const count = recipe.decay.length;
  const lambdas = decay?.length === 1 ? recipe.decay.map(() => decay[0] as number) : (decay ?? recipe.decay);
  if (lambdas.length !== count) {
    throw new UsageError(`--decay: expected 1 number or ${count}, one a layer, got ${lambdas.length}`);
  }
  return { ...recipe, decay: lambdas };
}

/** The recipe with the user's settings in the place of its own. */
export function withFullBatchFlags(recipe: AnyRecipe, flags: TrainFlags): AnyRecipe {
  if (isAutoencoder(recipe)) {
    if (flags.decay) throw new UsageError(`--decay: expected none for ${recipe.name}, got ${flags.decay.join()}`);
    if (flags.spectral !== undefined) {
      throw new UsageError(`--spectral: expected none for ${recipe.name}, got ${flags.spectral}`);
    }
    return flags.iterations === undefined ? recipe : withIterations(recipe, flags.iterations);
  }
  const iterations = flags.iterations ?? recipe.iterations;
  if (iterations === 0) throw new UsageError(`--iterations: expected a number for ${recipe.name}, got none`);
  return { ...withDecay(recipe, flags), iterations };
}

export async function trainFullBatch(run: TrainRun<AnyRecipe>): Promise<Trained> {
  const { training, test, recipe, flags } = run;
  const { network, ...result } = await runFit(run);
  const trainError = errorRate(network, training.rows, training.labels);
  const testError = errorRate(network, test.rows, test.labels);
  const { seed, spectral = 0 } = flags;
  const trained = { ...result, recipe, network, seed, spectral, trainError, testError };
  const note = await modelNote(trained, flags.data, commandOf(recipe, flags));
  return { note, files: [...trainedModelFiles(network, note)] };
}

/** The command that makes the model again. */
function commandOf(recipe: AnyRecipe, flags: TrainFlags): string {
  const { model, data, optimizer, decay, spectral, iterations, seed } = flags;
  const own = [
    optimizer && !isAutoencoder(recipe) && recipe.minibatch && `--optimizer ${optimizer}`,
    decay && `--decay ${decay.join(",")}`,
    spectral !== undefined && `--spectral ${spectral}`,
    iterations && `--iterations ${iterations}`,
  ].filter(Boolean);
  return ["npx blindspot train", `--model ${model}`, `--data ${quoted(data)}`, ...own, `--seed ${seed}`].join(" ");
}

/** Trains from the start, or from the checkpoint that a stopped run left. */
async function runFit({ training, recipe, flags, signal, checkpoint }: TrainRun<AnyRecipe>): Promise<TrainResult> {
  const { seed, spectral = 0 } = flags;
  const description: RunDescription = {
    version: packageVersion(),
    model: recipe.name,
    data: await digestArrays({ rows: { data: training.rows }, labels: { data: training.labels } }),
    decay: decaysOf(recipe).join(),
    spectral,
    iterations: iterationsOf(recipe),
    seed,
  };
  const resume = await readCheckpoint<TrainState>(checkpoint, description);
  const silent = flags.json === true || flags.quiet === true;
  if (resume && !silent) process.stderr.write(`train: goes on from ${checkpoint}\n`);
  const progress = startProgress({ label: "train", total: iterationsOf(recipe), unit: "iterations", silent });
  const isDue = every(1000 * CHECKPOINT_SECONDS);
  try {
    const result = await trainRecipe(recipe, training, imageSize(training.shape), seed, {
      spectral,
      signal,
      ...(resume && { resume }),
      onIteration: async ({ iteration, value, error, isShare, snapshot }) => {
        const wrong = isShare ? `, training error ${(100 * error).toFixed(2)} %` : "";
        progress.update(iteration, `loss ${value.toFixed(5)}${wrong}`);
        if (isDue()) await writeCheckpoint(checkpoint, description, snapshot());
      },
    });
    if (signal.aborted) await writeCheckpoint(checkpoint, description, result.state);
    signal.throwIfAborted();
    return result;
  } finally {
    progress.stop();
  }
}
