/** `blindspot paper`: the experiments of Szegedy et al. (2014), from MNIST to a report beside the paper's numbers. */
import { Command, Option } from "commander";
import { anyOf } from "../check.ts";
import { addOptions, checkpointOption, outputOptions, seedOption, UsageError, workersOption } from "./options.ts";
import { sharedOptions, tablesOptions, trainingOptions } from "./paper-options.ts";
import { paperSparsity, type SparsityFlags } from "./paper-sparsity.ts";
import { paperTables, type TablesFlags } from "./paper-tables.ts";
import { paperPreregistered, paperSearch, paperTraining, type TrainingFlags } from "./paper-training.ts";

const EXPERIMENTS = ["tables", "training", "training-search", "preregistered", "sparsity-search"] as const;
type Experiment = (typeof EXPERIMENTS)[number];

/** Flags that mean something to some of the experiments only. */
const OWNERS: Readonly<Record<string, readonly Experiment[]>> = {
  tables: ["tables"],
  target: ["tables"],
  effort: ["tables"],
  margin: ["tables"],
  noise: ["tables"],
  amplification: ["tables"],
  distortion: ["tables"],
  models: ["tables"],
  retrain: ["tables"],
  iterations: ["tables", "sparsity-search"],
  seed: ["tables"],
  count: ["tables", "training", "sparsity-search"],
  settings: ["sparsity-search"],
  seeds: ["tables", "training", "training-search", "preregistered"],
  rival: ["training"],
  range: ["training"],
  scale: ["training"],
  mean: ["training"],
  std: ["training"],
  arms: ["training", "training-search", "preregistered"],
  epochs: ["training", "training-search", "preregistered"],
  runs: ["training", "training-search", "preregistered"],
  open: ["preregistered"],
};

/** A new one each time: commander's commands remember what they parsed. */
export function paperCommand(): Command {
  const command = new Command("paper")
    .summary("repeat the experiments of the paper, beside its numbers")
    .description(
      "Repeat the experiments of Szegedy et al., “Intriguing properties of neural networks” (2014), and write a report that " +
        "sets every number beside the paper's. Finished work is kept in <out>.journal, the state of trainings in " +
        "<out>.checkpoints; if the run is stopped, even by kill -9, the same command resumes it, to the same bits.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ blindspot paper                      all four tables from the shipped weights, in seconds
  $ blindspot paper --retrain            the same from nothing, in about 20 minutes; the models go to <out>/models
  $ blindspot paper --seeds 3            with the range of every number over three trainings
  $ blindspot paper --tables 1,2 --target next --count 256
  $ blindspot paper --experiment training --arms decay,all --seeds 1`,
    );
  return addOptions(command, [
    new Option(
      "--experiment <name>",
      "tables: how far images must be changed, and which other models the changed images fool (tables 1 to 4); training: " +
        "weight decay, dropout and adversarial training of 100-100-10 beside section 4.2; training-search: how the settings of " +
        "training were chosen; preregistered: the same question anew, with arms, seeds and tests fixed beforehand; " +
        "sparsity-search: settings of AE400-10's sparse autoencoder, judged on validation images",
    )
      .choices(EXPERIMENTS)
      .default("tables"),
    ...sharedOptions(),
    ...tablesOptions(),
    seedOption("tables: seed of the sample, the targets and the noise; the models have training seeds of their own"),
    ...trainingOptions(),
    workersOption(),
    checkpointOption(),
    ...outputOptions("paper"),
  ]).action(async (flags: TablesFlags & TrainingFlags & SparsityFlags & { experiment: Experiment }, self: Command) => {
    const { experiment } = flags;
    for (const [name, owners] of Object.entries(OWNERS)) {
      if (self.getOptionValueSource(name) === "cli" && !owners.includes(experiment)) {
        throw new UsageError(`--${name}: expected --experiment ${anyOf(owners)} beside it, got ${experiment}`);
      }
    }
    const run = {
      tables: paperTables,
      training: paperTraining,
      "training-search": paperSearch,
      preregistered: paperPreregistered,
      "sparsity-search": paperSparsity,
    }[experiment];
    await run(flags);
  });
}
