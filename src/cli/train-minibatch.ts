/** `blindspot train` by minibatches. */
import process from "node:process";
import { every } from "../clock.ts";
import { type RunDescription, readCheckpoint, writeCheckpoint } from "../node/index.ts";
import { curveSvg, digestArrays, epochsCsv } from "../report/index.ts";
import { quoted } from "../studies/command.ts";
import {
  type AnyRecipe,
  errorRate,
  FULLY_CONNECTED,
  isAutoencoder,
  type MinibatchedRecipe,
  type MinibatchRecipe,
  type MinibatchResult,
  type MinibatchState,
  minibatchFit,
  type Recipe,
  type StrategySettings,
  strategyOf,
} from "../train/index.ts";
import { type MinibatchNote, trainedModelFiles } from "./model-note.ts";
import { UsageError } from "./options.ts";
import { startProgress } from "./progress.ts";
import { packageVersion } from "./run.ts";
import { withDecay } from "./train-full-batch.ts";
import { CHECKPOINT_SECONDS, type Trained, type TrainFlags, type TrainRun } from "./train-run.ts";
import { dropoutRates, STRATEGY_FLAGS, strategySettings } from "./train-strategy.ts";

/** Flags that mean nothing to the other way of training. */
const MINIBATCH_FLAGS = ["epochs", "batch", "rate", "schedule", "strategy", ...STRATEGY_FLAGS] as const;

/** Which way a command line asks for: that of --optimizer, of other flags that tell, or of the recipe. */
export function isMinibatch(recipe: AnyRecipe, flags: TrainFlags): boolean {
  const telling = MINIBATCH_FLAGS.find((name) => flags[name] !== undefined);
  if (isAutoencoder(recipe)) {
    const wrong = telling ?? (flags.optimizer !== undefined && flags.optimizer !== "lbfgs" ? "optimizer" : undefined);
    if (wrong) throw new UsageError(`--${wrong}: expected none for ${recipe.name}, got ${flags[wrong]}`);
    return false;
  }
  const is =
    flags.optimizer === undefined
      ? telling !== undefined || recipe.minibatch !== undefined
      : flags.optimizer !== "lbfgs";
  if (is && flags.iterations !== undefined) {
    throw new UsageError("--iterations: expected L-BFGS, which it belongs to, got minibatches; they have --epochs");
  }
  if (is && flags.spectral !== undefined) {
    throw new UsageError("--spectral: expected L-BFGS, which it belongs to, got minibatches");
  }
  if (!is && telling) throw new UsageError(`--${telling}: expected --optimizer sgd or adam beside it, got lbfgs`);
  return is;
}

/** The recipe with the user's settings in the place of its own. */
export function withMinibatchFlags(recipe: Recipe, flags: TrainFlags): MinibatchedRecipe {
  const own = recipe.minibatch ?? FULLY_CONNECTED.minibatch;
  const dropout = dropoutRates(recipe, flags);
  const optimizer = flags.optimizer === "sgd" || flags.optimizer === "adam" ? flags.optimizer : own.optimizer;
  const known = recipe.minibatch ? recipe : withMinibatchDefaults(recipe, dropout !== undefined);
  return {
    ...withDecay(known, flags),
    ...(dropout && { dropout }),
    minibatch: {
      optimizer,
      rate: flags.rate ?? (optimizer === own.optimizer ? own.rate : 0.1),
      schedule: flags.schedule ?? own.schedule,
      epochs: flags.epochs ?? own.epochs,
      batch: flags.batch ?? own.batch,
    },
  };
}

/** A recipe of L-BFGS with the decay and the initial weights that go with minibatches. */
function withMinibatchDefaults(recipe: Recipe, hasDropout: boolean): Recipe {
  const { gain, decay } = FULLY_CONNECTED;
  return { ...recipe, gain, decay: recipe.decay.map(() => (hasDropout ? decay.dropout : decay.plain)) };
}

export async function trainMinibatch(run: TrainRun): Promise<Trained> {
  const strategy = strategySettings(run.recipe, run.flags, run.network);
  const result = await runFit(run, strategy);
  const note = await describe(run, strategy, result);
  return {
    note,
    files: [
      ...trainedModelFiles(run.network, note),
      ["epochs.csv", epochsCsv(result.records)],
      ["errors.svg", curveSvg(result.records)],
    ],
  };
}

/** Trains from the start, or from the checkpoint that a stopped run left. */
async function runFit(
  { network, training, test, recipe, flags, signal, checkpoint }: TrainRun,
  strategy: StrategySettings,
): Promise<MinibatchResult> {
  const settings = recipe.minibatch as MinibatchRecipe;
  const description: RunDescription = {
    version: packageVersion(),
    model: recipe.name,
    data: await digestArrays({ rows: { data: training.rows }, labels: { data: training.labels } }),
    decay: recipe.decay.join(),
    ...settings,
    schedule: JSON.stringify(settings.schedule),
    dropout: `${recipe.dropout ?? ""}`,
    strategy: JSON.stringify(strategy),
    seed: flags.seed,
  };
  const resume = await readCheckpoint<MinibatchState>(checkpoint, description);
  const silent = flags.json === true || flags.quiet === true;
  if (resume && !silent) process.stderr.write(`train: goes on from ${checkpoint}\n`);
  const steps = settings.epochs * Math.ceil(training.count / settings.batch);
  const progress = startProgress({ label: "train", total: steps, unit: "steps", silent });
  const isDue = every(1000 * CHECKPOINT_SECONDS);
  try {
    const result = await minibatchFit(network, training, {
      ...settings,
      decay: recipe.decay,
      strategy: strategyOf(strategy),
      seed: flags.seed,
      validation: test,
      signal,
      ...(resume && { resume }),
      onProgress: async ({ epoch, step, loss, error, snapshot }) => {
        const words = `epoch ${epoch + 1}, loss ${loss.toFixed(5)}, training error ${(100 * error).toFixed(2)} %`;
        progress.update(step, words);
        if (isDue()) await writeCheckpoint(checkpoint, description, snapshot());
      },
    });
    if (signal.aborted && result.status === "running") await writeCheckpoint(checkpoint, description, result.state);
    if (result.status === "running") signal.throwIfAborted();
    if (result.status === "diverged") {
      process.stderr.write(
        `train: the loss stopped being finite in epoch ${result.epochs + 1}; the weights are those before it\n`,
      );
    }
    return result;
  } finally {
    progress.stop();
  }
}

async function describe(
  { network, training, test, recipe, flags }: TrainRun,
  strategy: StrategySettings,
  { status, epochs, steps, records }: MinibatchResult,
): Promise<MinibatchNote> {
  const { optimizer, rate, schedule, batch } = recipe.minibatch as MinibatchRecipe;
  const { model, data, decay, seed } = flags;
  const own = [
    flags.optimizer && `--optimizer ${flags.optimizer}`,
    decay && `--decay ${decay.join(",")}`,
    ...MINIBATCH_FLAGS.map((name) => flags[name] !== undefined && `--${name} ${flags[name]}`),
  ].filter(Boolean);
  return {
    generator: "blindspot",
    kind: "model",
    name: recipe.name,
    command: ["npx blindspot train", `--model ${model}`, `--data ${quoted(data)}`, ...own, `--seed ${seed}`].join(" "),
    data,
    layers: network.layers.map(({ name, className, outputShape }) => `${name} ${className} ${outputShape.join("x")}`),
    parameters: network.parameterCount,
    decay: recipe.decay,
    optimizer,
    rate,
    schedule,
    batch,
    ...(strategy.name !== "plain" && { strategy }),
    ...(recipe.dropout && { dropout: recipe.dropout }),
    ...(recipe.gain !== undefined && { gain: recipe.gain }),
    epochs,
    steps,
    status,
    seed,
    loss: records.at(-1)?.loss ?? null,
    trainError: errorRate(network, training.rows, training.labels),
    testError: errorRate(network, test.rows, test.labels),
    digest: await digestArrays({ parameters: { data: network.getParameters() } }),
  };
}
