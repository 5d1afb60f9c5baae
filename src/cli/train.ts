/** `blindspot train`: a network from nothing to a folder, by full-batch L-BFGS; Ctrl-C leaves a checkpoint to go on from. */
import process from "node:process";
import { Command, Option } from "commander";
import { type Dataset, imageSize, slice } from "../data/index.ts";
import {
  isOurModel,
  loadData,
  outputFolder,
  type RunDescription,
  readCheckpoint,
  removeCheckpoint,
  writeCheckpoint,
} from "../node/index.ts";
import { PAPER_RECIPES } from "../paper/index.ts";
import { digestArrays } from "../report/index.ts";
import {
  decaysOf,
  errorRate,
  isAutoencoder,
  iterationsOf,
  partOf,
  type Recipe,
  recipeOf,
  type TrainResult,
  type TrainState,
  trainRecipe,
  withIterations,
} from "../train/index.ts";
import { interruptSignal } from "./interrupt.ts";
import { modelNote, noteText, trainedModelFiles } from "./model-note.ts";
import {
  decimals,
  jsonOption,
  outOption,
  overwriteOption,
  quietOption,
  seedOption,
  UsageError,
  wholeNumber,
} from "./options.ts";
import { startProgress } from "./progress.ts";
import { packageVersion } from "./run.ts";
import { quoted } from "./shell.ts";

interface Flags {
  model: string;
  data: string;
  decay?: number[];
  iterations?: number;
  seed: number;
  out?: string;
  overwrite?: boolean;
  json?: boolean;
  quiet?: boolean;
}

function parseModel(text: string): string {
  try {
    return recipeOf(text, PAPER_RECIPES).name;
  } catch (error) {
    throw new UsageError(`--model: ${(error as Error).message}`, { cause: error });
  }
}

/** A new one each time: commander's commands remember what they parsed. */
export function trainCommand(): Command {
  return new Command("train")
    .summary("train a fully connected network as the paper did")
    .description(
      "Train a fully connected network by full-batch L-BFGS, as in Szegedy et al. (2014), and save it as a tfjs " +
        "LayersModel. Ctrl-C leaves <out>.checkpoint; the same command goes on from there, to the same bytes.",
    )
    .addOption(
      new Option(
        "--model <name>",
        `one of the paper's (${PAPER_RECIPES.map(({ name }) => name).join(", ")}), or sizes such as fc300-100-10`,
      )
        .argParser(parseModel)
        .default("fc100-100-10"),
    )
    .addOption(
      new Option("--data <set>", "mnist, or idx:<folder>; its train and test splits are used").default("mnist"),
    )
    .addOption(
      new Option(
        "--decay <numbers>",
        "weight decay lambda of (lambda / 2) |W|^2, one for all layers or one each: 1e-5,1e-5,1e-6 (default: the model's)",
      ).argParser(decimals("--decay", 0)),
    )
    .addOption(
      new Option("--iterations <number>", "L-BFGS iterations at most (default: the model's)").argParser(
        wholeNumber("--iterations", 1),
      ),
    )
    .addOption(seedOption())
    .addOption(outOption({ described: "trained/<model>" }))
    .addOption(overwriteOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .action(async (flags: Flags) => train(flags));
}

/** Seconds between checkpoints of an undisturbed run. */
const CHECKPOINT_SECONDS = 60;

async function train(flags: Flags): Promise<void> {
  const recipe = withFlags(recipeOf(flags.model, PAPER_RECIPES), flags);
  const out = flags.out ?? `trained/${recipe.name}`;
  const all = await loadData(`${flags.data}:train`);
  const training = slice(all, ...partOf(all.count, recipe));
  const test = await loadData(`${flags.data}:test`);

  const note = await outputFolder(out, { overwrite: flags.overwrite === true, isOurs: isOurModel }, async (folder) => {
    const { network, ...result } = await runTraining(training, recipe, flags, `${out}.checkpoint`);
    const trainError = errorRate(network, training.rows, training.labels);
    const testError = errorRate(network, test.rows, test.labels);
    const trained = { ...result, recipe, network, seed: flags.seed, trainError, testError };
    const made = await modelNote(trained, flags.data, commandOf(flags));
    for (const [name, content] of trainedModelFiles(network, made)) await folder.write(name, content);
    return made;
  });
  await removeCheckpoint(`${out}.checkpoint`);
  process.stdout.write(flags.json ? `${JSON.stringify(note)}\n` : `${noteText(note)}\n${out}\n`);
}

/** The recipe with the user's settings in the place of its own. */
function withFlags(recipe: Recipe, { decay, iterations }: Flags): Recipe {
  if (isAutoencoder(recipe)) {
    if (decay) throw new UsageError(`--decay: expected none for ${recipe.name}, got ${decay.join()}`);
    return iterations === undefined ? recipe : withIterations(recipe, iterations);
  }
  const lambdas = decay?.length === 1 ? recipe.units.map(() => decay[0] as number) : (decay ?? recipe.decay);
  if (lambdas.length !== recipe.units.length) {
    throw new UsageError(`--decay: expected 1 number or ${recipe.units.length}, one a layer, got ${lambdas.length}`);
  }
  return { ...recipe, decay: lambdas, iterations: iterations ?? recipe.iterations };
}

/** Trains from the start, or from the checkpoint that a stopped run left. */
async function runTraining(training: Dataset, recipe: Recipe, flags: Flags, checkpoint: string): Promise<TrainResult> {
  const description: RunDescription = {
    version: packageVersion(),
    model: recipe.name,
    data: await digestArrays({ rows: { data: training.rows }, labels: { data: training.labels } }),
    decay: decaysOf(recipe).join(),
    iterations: iterationsOf(recipe),
    seed: flags.seed,
  };
  const signal = interruptSignal();
  const resume = await readCheckpoint<TrainState>(checkpoint, description);
  const silent = flags.json === true || flags.quiet === true;
  if (resume && !silent) process.stderr.write(`train: goes on from ${checkpoint}\n`);
  const progress = startProgress({ label: "train", total: iterationsOf(recipe), unit: "iterations", silent });
  let saved = performance.now();
  try {
    const result = await trainRecipe(recipe, training, imageSize(training.shape), flags.seed, {
      signal,
      ...(resume && { resume }),
      onIteration: async ({ iteration, value, error, isShare, snapshot }) => {
        const wrong = isShare ? `, training error ${(100 * error).toFixed(2)} %` : "";
        progress.update(iteration, `loss ${value.toFixed(5)}${wrong}`);
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

/** The command that makes the model again. */
function commandOf({ model, data, decay, iterations, seed }: Flags): string {
  const own = [decay && `--decay ${decay.join(",")}`, iterations && `--iterations ${iterations}`].filter(Boolean);
  return ["npx blindspot train", `--model ${model}`, `--data ${quoted(data)}`, ...own, `--seed ${seed}`].join(" ");
}
