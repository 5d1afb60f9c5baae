/** `blindspot train`: a network from nothing to a folder; Ctrl-C leaves a checkpoint to go on from. */

import process from "node:process";
import { Command, Option } from "commander";
import { printable } from "../check.ts";
import { imageSize, slice } from "../data/index.ts";
import { loadData, outputFolder, removeCheckpoint } from "../node/index.ts";
import { PAPER_RECIPES } from "../studies/paper/index.ts";
import {
  type AnyRecipe,
  buildRecipe,
  isAutoencoder,
  partOf,
  RECIPES,
  recipeOf,
  SCHEDULES,
  STRATEGIES,
} from "../train/index.ts";
import { interruptSignal } from "./interrupt.ts";
import { noteText } from "./model-note.ts";
import {
  decimal,
  decimals,
  jsonOption,
  oneOf,
  outOption,
  overwriteOption,
  quietOption,
  seedOption,
  UsageError,
  wholeNumber,
} from "./options.ts";
import { trainFullBatch, withFullBatchFlags } from "./train-full-batch.ts";
import { isMinibatch, trainMinibatch, withMinibatchFlags } from "./train-minibatch.ts";
import type { Trained, TrainFlags } from "./train-run.ts";

/** Every model that has a name. */
const KNOWN: readonly AnyRecipe[] = [...PAPER_RECIPES, ...RECIPES];

function parseModel(text: string): string {
  try {
    return recipeOf(text, KNOWN).name;
  } catch (error) {
    throw new UsageError(`--model: ${(error as Error).message}`, { cause: error });
  }
}

/** A new one each time: commander's commands remember what they parsed. */
export function trainCommand(): Command {
  return new Command("train")
    .summary("train a network: as the paper did, or by minibatches")
    .description(
      "Train a network and save it as a tfjs LayersModel: a fully connected one by full-batch L-BFGS, as in Szegedy et al. " +
        "(2014), or any by minibatches of SGD or Adam. Ctrl-C leaves <out>.checkpoint; the same command goes on from there, " +
        "to the same bytes.",
    )
    .addOption(
      new Option("--model <name>", `${KNOWN.map(({ name }) => name).join(", ")}, or sizes such as fc300-100-10`)
        .argParser(parseModel)
        .default("fc100-100-10"),
    )
    .addOption(
      new Option("--data <set>", "mnist, fashion, or idx:<folder>; its train and test splits are used").default(
        "mnist",
      ),
    )
    .addOption(
      new Option("--optimizer <name>", "lbfgs (full batches), sgd or adam (default: the model's)").argParser(
        oneOf("--optimizer", ["lbfgs", "sgd", "adam"] as const),
      ),
    )
    .addOption(
      new Option(
        "--decay <numbers>",
        "weight decay lambda of (lambda / 2) |W|^2, one for all layers or one each: 1e-5,1e-5,1e-6 (default: the model's)",
      ).argParser(decimals("--decay", 0)),
    )
    .addOption(
      new Option(
        "--spectral <number>",
        "beta of a penalty on the bound of each layer, (beta / 2) s(W)^2; of L-BFGS (default: 0)",
      ).argParser(decimal("--spectral", 0)),
    )
    .addOption(
      new Option("--iterations <number>", "L-BFGS iterations at most (default: the model's)").argParser(
        wholeNumber("--iterations", 1),
      ),
    )
    .addOption(new Option("--epochs <number>", "passes over the data").argParser(wholeNumber("--epochs", 1)))
    .addOption(new Option("--batch <number>", "rows of a step").argParser(wholeNumber("--batch", 1)))
    .addOption(new Option("--rate <number>", "learning rate at the start").argParser(decimal("--rate", 0)))
    .addOption(new Option("--schedule <name>", "how the learning rate falls").argParser(oneOf("--schedule", SCHEDULES)))
    .addOption(
      new Option(
        "--strategy <name>",
        `what is trained on by minibatches: ${STRATEGIES.join(", ")} (default: the model's)`,
      ).argParser(oneOf("--strategy", STRATEGIES)),
    )
    .addOption(
      new Option(
        "--dropout <rates>",
        "of --strategy dropout: a rate before each layer, such as 0.2,0.1,0.05",
      ).argParser(decimals("--dropout", 0, 1)),
    )
    .addOption(
      new Option(
        "--attack <name>",
        "of the adversarial strategies: gradient (a step along it, default), sign (the fast gradient sign), or lbfgs, which " +
          "needs --pool",
      ).argParser(oneOf("--attack", ["gradient", "sign", "lbfgs"] as const)),
    )
    .addOption(
      new Option(
        "--radius <numbers>",
        "how far examples are moved: at the input, then at each hidden layer (default: 0.8,0.2,...)",
      ).argParser(decimals("--radius", 0)),
    )
    .addOption(new Option("--weight <number>", "weight of the examples' loss").argParser(decimal("--weight", 0)))
    .addOption(
      new Option(
        "--pool <number>",
        "examples kept in a pool for each place; 0 makes them fresh for every step (default: 0)",
      ).argParser(wholeNumber("--pool", 0)),
    )
    .addOption(
      new Option("--replace <share>", "share of a pool that is replaced before each epoch (default: 0.25)").argParser(
        decimal("--replace", 0, 1),
      ),
    )
    .addOption(seedOption())
    .addOption(outOption({ described: "trained/<model>" }))
    .addOption(overwriteOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .action(async (flags: TrainFlags) => train(flags));
}

async function train(flags: TrainFlags): Promise<void> {
  const signal = interruptSignal();
  const known = recipeOf(flags.model, KNOWN);
  const out = flags.out ?? `trained/${known.name}`;
  const all = await loadData(`${flags.data}:train`);
  const test = await loadData(`${flags.data}:test`);
  const inputs = imageSize(all.shape);
  const common = { test, flags, signal, checkpoint: `${out}.checkpoint` };
  const prepared = <R extends AnyRecipe>(recipe: R) => ({
    ...common,
    recipe,
    network: buildRecipe(recipe, inputs, flags.seed),
    training: slice(all, ...partOf(all.count, recipe)),
  });
  const run =
    isMinibatch(known, flags) && !isAutoencoder(known)
      ? trainMinibatch.bind(undefined, prepared(withMinibatchFlags(known, flags)))
      : trainFullBatch.bind(undefined, prepared(withFullBatchFlags(known, flags)));

  const trained = await outputFolder(
    out,
    { overwrite: flags.overwrite === true, kind: "model" },
    async (folder): Promise<Trained> => {
      const made = await run();
      for (const [name, content] of made.files) await folder.write(name, content);
      return made;
    },
    () => removeCheckpoint(`${out}.checkpoint`),
  );
  process.stdout.write(
    flags.json ? `${JSON.stringify(trained.note)}\n` : printable(`${noteText(trained.note)}\n${out}\n`),
  );
}
