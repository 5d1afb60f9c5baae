/** `blindspot paper`: the experiments of Szegedy et al. (2014), from MNIST to a report beside the paper's numbers. */
import { Command, Option } from "commander";
import { AMPLIFY_MODES } from "../analysis/index.ts";
import { EFFORTS } from "../attacks/index.ts";
import {
  DISTORTION_MODES,
  NOISE_MODES,
  PAPER_DEFAULTS,
  type PaperTarget,
  parseTarget,
  type TableNumber,
} from "../studies/paper/index.ts";
import { ARM_NAMES, SEARCH_EPOCHS, TRAINING_EPOCHS } from "../studies/training/arms.ts";
import { marginOption } from "./attack-options.ts";
import {
  addOptions,
  decimal,
  jsonOption,
  outOption,
  overwriteOption,
  quietOption,
  seedOption,
  UsageError,
  wholeNumber,
} from "./options.ts";
import { paperTables, type TablesFlags } from "./paper-tables.ts";
import { ATTACKED, paperSearch, paperTraining, parseArms, RIVAL, SEEDS, type TrainingFlags } from "./paper-training.ts";

const EXPERIMENTS = ["tables", "training", "training-search"] as const;
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
  iterations: ["tables"],
  seed: ["tables"],
  checkpoint: ["tables"],
  count: ["tables", "training"],
  rival: ["training"],
  arms: ["training", "training-search"],
  epochs: ["training", "training-search"],
  runs: ["training", "training-search"],
};

function parseTables(text: string): TableNumber[] {
  const tables = text.split(",").map((part) => wholeNumber("--tables", 1, 4)(part.trim()) as TableNumber);
  return [...new Set(tables)].sort();
}

function parseTargetFlag(text: string): PaperTarget {
  try {
    return parseTarget(text);
  } catch (error) {
    throw new UsageError(`--${(error as Error).message}`, { cause: error });
  }
}

/** A new one each time: commander's commands remember what they parsed. */
export function paperCommand(): Command {
  const command = new Command("paper")
    .summary("the paper's tables 1 to 4 and its adversarial training, beside its numbers")
    .description(
      "Reproduce Szegedy et al., “Intriguing properties of neural networks” (2014). The tables: train or load the models, " +
        "attack them, feed what fools one to the others. Training: 100-100-10 with weight decay, dropout, adversarial examples " +
        "and hard negatives. Both end in a report beside the paper's numbers. A run that was stopped, even by kill -9, goes " +
        "on where it was with the same command; <out>.journal holds what it has finished.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ blindspot paper                      all four tables from the shipped weights
  $ blindspot paper --retrain            the same from nothing; the models go to <out>/models
  $ blindspot paper --seeds 3            with the range of every number over three trainings
  $ blindspot paper --tables 1,2 --target next --count 256
  $ blindspot paper --experiment training --arms decay,all --seeds 1`,
    );
  return addOptions(command, [
    new Option(
      "--experiment <name>",
      "tables; training (ways of training 100-100-10 beside the claim of section 4.2); training-search (how their settings " +
        "were chosen, on a validation split)",
    )
      .choices(EXPERIMENTS)
      .default("tables"),
    new Option("--tables <numbers>", "which tables, separated by commas")
      .argParser(parseTables)
      .default(PAPER_DEFAULTS.tables, "1,2,3,4"),
    new Option(
      "--count <number>",
      "images attacked. tables: training images for tables 1 and 2, test images for 3 and 4; training: test images " +
        `(default: ${PAPER_DEFAULTS.count}, training: ${ATTACKED})`,
    ).argParser(wholeNumber("--count", 1)),
    new Option(
      "--target <rule>",
      "the answer to push for: random (a wrong label by the seed), next, runner-up (the likeliest wrong one), least-likely, all (every wrong label, the nearest " +
        "counts), or one label",
    )
      .argParser(parseTargetFlag)
      .default(PAPER_DEFAULTS.target),
    new Option("--effort <level>", "how hard to search").choices(Object.keys(EFFORTS)).default(PAPER_DEFAULTS.effort),
    marginOption(),
    new Option("--noise <reading>", "whether noisy images are clipped to [0, 1]; the other stands beside it")
      .choices(NOISE_MODES)
      .default(PAPER_DEFAULTS.noise),
    new Option("--amplification <reading>", "one factor for all images, or one for each; the other stands beside it")
      .choices(AMPLIFY_MODES)
      .default(PAPER_DEFAULTS.amplification),
    new Option(
      "--distortion <reading>",
      "average over all pixels of all images, or of the images' own; the other stands beside it",
    )
      .choices(DISTORTION_MODES)
      .default(PAPER_DEFAULTS.distortion),
    new Option("--data <set>", "mnist, or idx:<folder> with files named as MNIST's; training: also fashion").default(
      "mnist",
    ),
    new Option("--models <folder>", "folder of the models' folders (default: the shipped ones)"),
    new Option("--retrain", "train every model instead of taking weights"),
    new Option("--iterations <number>", "L-BFGS iterations of each training at most (default: the model's)").argParser(
      wholeNumber("--iterations", 1),
    ),
    seedOption("seed of the sample, the targets and the noise; the models have training seeds of their own"),
    new Option(
      "--seeds <number>",
      "training seeds, 0 and on. tables: 2 or more, shows the range of every number; training: of each arm (default: " +
        `${SEEDS}, training-search: 1)`,
    ).argParser(wholeNumber("--seeds", 1, 100)),
    new Option(
      "--arms <names>",
      `training: which of ${ARM_NAMES.join(", ")}, separated by commas (default: all of them)`,
    ).argParser(parseArms),
    new Option(
      "--epochs <number>",
      `training: epochs of a run (default: ${TRAINING_EPOCHS}, training-search: ${SEARCH_EPOCHS})`,
    ).argParser(wholeNumber("--epochs", 1)),
    new Option("--runs <number>", "training: make at most so many runs now, then report (default: all)").argParser(
      wholeNumber("--runs", 0),
    ),
    new Option(
      "--rival <model>",
      `training: the network whose adversarial images are fed to the others (default: ${RIVAL})`,
    ),
    new Option("--workers <number>", "worker threads; changes no number (default: one a processor)").argParser(
      wholeNumber("--workers", 1, 1024),
    ),
    new Option("--checkpoint <seconds>", "tables: how often a training leaves a checkpoint")
      .argParser(decimal("--checkpoint", 0))
      .default(60),
    outOption("paper"),
    overwriteOption(),
    jsonOption(),
    quietOption(),
  ]).action(async (flags: TablesFlags & TrainingFlags & { experiment: Experiment }, self: Command) => {
    const { experiment } = flags;
    for (const [name, owners] of Object.entries(OWNERS)) {
      if (self.getOptionValueSource(name) === "cli" && !owners.includes(experiment)) {
        throw new UsageError(`--${name}: expected --experiment ${owners.join(" or ")} beside it, got ${experiment}`);
      }
    }
    const run = { tables: paperTables, training: paperTraining, "training-search": paperSearch }[experiment];
    await run(flags);
  });
}
