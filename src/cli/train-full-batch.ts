/** `blindspot train` by full-batch L-BFGS. */
import process from "node:process";
import { type RunDescription, readCheckpoint, writeCheckpoint } from "../node/index.ts";
import type { LbfgsState } from "../optimize/lbfgs.ts";
import { digestArrays } from "../report/index.ts";
import { errorRate, type FitResult, fit, type Recipe } from "../train/index.ts";
import { type FullBatchNote, noteMarkdown } from "./model-note.ts";
import { UsageError } from "./options.ts";
import { startProgress } from "./progress.ts";
import { packageVersion } from "./run.ts";
import { quoted } from "./shell.ts";
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
export function withFullBatchFlags(recipe: Recipe, flags: TrainFlags): Recipe {
  const iterations = flags.iterations ?? recipe.iterations;
  if (iterations === 0) throw new UsageError(`--iterations: expected a number for ${recipe.name}, got none`);
  return { ...withDecay(recipe, flags), iterations };
}

export async function trainFullBatch(run: TrainRun): Promise<Trained> {
  const note = await describe(run, await runFit(run));
  return {
    note,
    files: [
      ["training.json", `${JSON.stringify(note, null, 1)}\n`],
      ["README.md", noteMarkdown(note)],
    ],
  };
}

/** Trains from the start, or from the checkpoint that a stopped run left. */
async function runFit({ network, training, recipe, flags, signal, checkpoint }: TrainRun): Promise<FitResult> {
  const description: RunDescription = {
    version: packageVersion(),
    model: recipe.name,
    data: await digestArrays({ rows: { data: training.rows }, labels: { data: training.labels } }),
    decay: recipe.decay.join(),
    iterations: recipe.iterations,
    seed: flags.seed,
  };
  const resume = await readCheckpoint<LbfgsState>(checkpoint, description);
  const silent = flags.json === true || flags.quiet === true;
  if (resume && !silent) process.stderr.write(`train: goes on from ${checkpoint}\n`);
  const progress = startProgress({ label: "train", total: recipe.iterations, unit: "iterations", silent });
  let saved = performance.now();
  try {
    const result = await fit(network, training, {
      decay: recipe.decay,
      iterations: recipe.iterations,
      signal,
      ...(resume && { resume }),
      onIteration: async ({ iteration, value, error, snapshot }) => {
        progress.update(iteration, `loss ${value.toFixed(5)}, training error ${(100 * error).toFixed(2)} %`);
        if (performance.now() - saved < 1000 * CHECKPOINT_SECONDS) return;
        await writeCheckpoint(checkpoint, description, snapshot());
        saved = performance.now();
      },
    });
    if (signal.aborted) await writeCheckpoint(checkpoint, description, result.state);
    signal.throwIfAborted();
    return result;
  } finally {
    progress.stop();
  }
}

async function describe(
  { network, training, test, recipe, flags }: TrainRun,
  result: FitResult,
): Promise<FullBatchNote> {
  const { model, data, optimizer, decay, iterations, seed } = flags;
  const own = [
    optimizer && recipe.minibatch && `--optimizer ${optimizer}`,
    decay && `--decay ${decay.join(",")}`,
    iterations && `--iterations ${iterations}`,
  ].filter(Boolean);
  return {
    generator: "blindspot",
    kind: "model",
    name: recipe.name,
    command: ["npx blindspot train", `--model ${model}`, `--data ${quoted(data)}`, ...own, `--seed ${seed}`].join(" "),
    data: flags.data,
    units: recipe.units,
    bias: recipe.useBias,
    decay: recipe.decay,
    seed: flags.seed,
    iterations: result.iterations,
    evaluations: result.evaluations,
    status: result.status,
    objective: result.value,
    trainError: errorRate(network, training.rows, training.labels),
    testError: errorRate(network, test.rows, test.labels),
    digest: await digestArrays({ parameters: { data: network.getParameters() } }),
  };
}
