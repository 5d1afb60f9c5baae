/** The flags of `blindspot paper`, those of the tables and those of the training experiments. */
import { Option } from "commander";
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
import { PREREGISTERED } from "../studies/preregistered/arms.ts";
import { SPARSITY_DEFAULTS } from "../studies/sparsity/settings.ts";
import { ARM_NAMES, SEARCH_EPOCHS } from "../studies/training/arms.ts";
import { TRAINING_DEFAULTS } from "../studies/training/study.ts";
import { marginOption } from "./attack-options.ts";
import { usage, wholeNumber } from "./options.ts";
import { parseSettings } from "./paper-sparsity.ts";
import { parseArms, RIVAL } from "./paper-training.ts";
import { preprocessOptions } from "./preprocess-options.ts";

function parseTables(text: string): TableNumber[] {
  const tables = text.split(",").map((part) => wholeNumber("--tables", 1, 4)(part.trim()) as TableNumber);
  return [...new Set(tables)].sort();
}

/** What is measured, on what. */
export function sharedOptions(): Option[] {
  return [
    new Option(
      "--data <set>",
      "images: mnist, fashion, or idx:<folder> with files named as MNIST's; tables from the shipped models need mnist",
    ).default("mnist"),
    new Option(
      "--count <number>",
      "images attacked in each model. tables: of the training set for tables 1 and 2, of the test set for 3 and 4; training: of the " +
        "test set. sparsity-search: images that each encoder is trained on " +
        `(default: ${PAPER_DEFAULTS.count}, training: ${TRAINING_DEFAULTS.count}, sparsity-search: ${SPARSITY_DEFAULTS.count})`,
    ).argParser(wholeNumber("--count", 1)),
    new Option(
      "--seeds <number>",
      "how often each model is trained, from seeds 0, 1, ... tables: 2 or more shows the range of every number (default: one seed); " +
        `training: of each way of training (default: ${TRAINING_DEFAULTS.seeds}, training-search: 1, preregistered: ${PREREGISTERED.seeds})`,
    ).argParser(wholeNumber("--seeds", 1, 100)),
  ];
}

/** Flags of --experiment tables. */
export function tablesOptions(): Option[] {
  return [
    new Option("--tables <numbers>", "tables: which of 1 to 4, separated by commas")
      .argParser(parseTables)
      .default(PAPER_DEFAULTS.tables, "1,2,3,4"),
    new Option(
      "--target <rule>",
      "tables: the label to reach: random (a wrong label by the seed), next ((true + 1) mod 10), runner-up (the likeliest " +
        "wrong one), least-likely, all (every wrong label, the nearest counts), or one label",
    )
      .argParser((text): PaperTarget => usage(() => parseTarget(text), "--"))
      .default(PAPER_DEFAULTS.target),
    new Option("--effort <level>", "tables: how hard to search")
      .choices(Object.keys(EFFORTS))
      .default(PAPER_DEFAULTS.effort),
    marginOption(),
    new Option("--noise <reading>", "tables: whether noisy images are clipped to [0, 1]; the page shows the other too")
      .choices(NOISE_MODES)
      .default(PAPER_DEFAULTS.noise),
    new Option(
      "--amplification <reading>",
      "tables: whether changes are amplified by one factor for all images or one for each; the page shows the other too",
    )
      .choices(AMPLIFY_MODES)
      .default(PAPER_DEFAULTS.amplification),
    new Option(
      "--distortion <reading>",
      "tables: the average over all pixels of all images, or the mean of the images' own; the page shows the other too",
    )
      .choices(DISTORTION_MODES)
      .default(PAPER_DEFAULTS.distortion),
    new Option("--models <folder>", "tables: folder of the models' folders (default: the shipped ones)"),
    new Option("--retrain", "tables: train every model instead of loading its weights"),
    new Option(
      "--iterations <number>",
      "tables: L-BFGS iterations of each training at most (default: the model's); sparsity-search: of each encoder " +
        `(default: ${SPARSITY_DEFAULTS.iterations})`,
    ).argParser(wholeNumber("--iterations", 1)),
  ];
}

/** Flags of --experiment training and training-search. */
export function trainingOptions(): Option[] {
  return [
    new Option(
      "--arms <names>",
      `training: ways of training, separated by commas, of ${ARM_NAMES.join(", ")} (default: all of them)`,
    ).argParser(parseArms),
    new Option(
      "--epochs <number>",
      `training: passes over the images of each run (default: ${TRAINING_DEFAULTS.epochs}, training-search: ${SEARCH_EPOCHS}, preregistered: ${PREREGISTERED.epochs})`,
    ).argParser(wholeNumber("--epochs", 1)),
    new Option(
      "--runs <number>",
      "training: make at most so many runs now and report on those that are finished; the same command with --overwrite makes more (default: all)",
    ).argParser(wholeNumber("--runs", 0)),
    new Option(
      "--settings <list>",
      "sparsity-search: decay/weight/target of each autoencoder to try, separated by commas, as 3e-3/3/0.1 (default: a grid of 18)",
    ).argParser(parseSettings),
    new Option("--open", "preregistered: look at the test images, once all runs are made"),
    new Option(
      "--rival <model>",
      `training: the network whose adversarial images are fed to those trained (default: ${RIVAL})`,
    ),
    ...preprocessOptions("training: of the rival, "),
  ];
}
