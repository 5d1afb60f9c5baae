/** `blindspot stability`: how far each layer of a model can stretch a change, and how far adversarial ones are stretched. */

import { Command, Option } from "commander";
import { TARGET_RULES, type TargetRule } from "../attacks/index.ts";
import { digestDataset, digestParameters } from "../data/digest.ts";
import { preprocessFlags } from "../model/index.ts";
import { loadData } from "../node/index.ts";
import { stabilityFiles, stabilityText } from "../report/index.ts";
import { stabilityStudy } from "../studies/stability/study.ts";
import { analysedModel, MODEL_HELP } from "./analysis-model.ts";
import { selectImages, TRUTHS, type Truth, truthOf } from "./attack-input.ts";
import { addOptions, outputOptions, seedOption, UsageError, wholeNumber, workersOption } from "./options.ts";
import { loadOptions, type PreprocessFlags, preprocessOptions } from "./preprocess-options.ts";
import { type OutputFlags, runStudy } from "./study.ts";

interface Flags extends PreprocessFlags, OutputFlags {
  model: string;
  data?: string;
  count?: number;
  first: number;
  truth: Truth;
  target: TargetRule;
  certify?: boolean;
  workers?: number;
  seed: number;
}

/** A new one each time: commander's commands remember what they parsed. */
export function stabilityCommand(): Command {
  const command = new Command("stability")
    .summary("bound how far each layer can stretch a change")
    .description(
      "Bound, rigorously, how far each layer of a model can stretch a change of its input, as in section 4.3 and table 5 of " +
        "Szegedy et al. (2014). With --data also attack images, and show how far each layer stretches the changes that were " +
        "found, and within which radius no change can fool the model. Finished layers and images go to <out>.journal. To resume " +
        "a run that was stopped or killed, start it again: it ends with the same bits.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ blindspot stability --model fc100-100-10 --data mnist:test --count 1000
  $ blindspot stability --model initial:alexnet --out table5`,
    );
  return addOptions(command, [
    new Option("--model <folder or name>", MODEL_HELP).default("fc100-100-10"),
    ...preprocessOptions(),
    new Option(
      "--data <set>",
      "attack these images: mnist:test, mnist:train, idx:<folder>:<split> for IDX files, or images:<folder> for PNG images " +
        "(default: none, bounds alone)",
    ),
    new Option("--count <number>", "how many images to attack (default: 100, or all there are)").argParser(
      wholeNumber("--count", 1),
    ),
    new Option("--first <number>", "position of the first image in the set")
      .argParser(wholeNumber("--first", 0))
      .default(0),
    new Option("--truth <source>", "what counts as an image's true answer: its label, or the model's own answer")
      .choices(TRUTHS)
      .default("labels"),
    new Option("--target <rule>", "the label to reach").choices(TARGET_RULES).default("next"),
    new Option(
      "--certify",
      "also certify by linear bounds, for each image, within which radius no change reaches that label (default: none)",
    ),
    workersOption(),
    seedOption(),
    ...outputOptions("stability"),
  ]).action(async (flags: Flags, self: Command) => {
    for (const flag of ["count", "first", "truth", "target", "certify"]) {
      if (flags.data === undefined && self.getOptionValueSource(flag) === "cli") {
        throw new UsageError(`--${flag}: expected --data beside it, got none`);
      }
    }
    await stability(flags);
  });
}

async function stability(flags: Flags): Promise<void> {
  const { model: given, data: name, first, target, seed, workers, certify } = flags;
  const model = { ...(await analysedModel(given, seed, loadOptions(flags))), given };
  const { network } = model;
  const all = name === undefined ? undefined : await loadData(name);
  const dataset = all && selectImages(all, network, { ...flags, data: name as string });
  const truth = all ? truthOf(all, flags.truth, network) : flags.truth;
  await runStudy(flags, {
    name: "stability",
    asked: {
      ...{ model: given, data: name, first, count: dataset?.count ?? 0, truth, target, seed },
      ...(certify && { certify }),
      ...preprocessFlags(network.preprocess),
      "digest of the model": await digestParameters(network.getParameters()),
      "digest of the data": dataset && (await digestDataset(dataset)),
    },
    ...(workers !== undefined && { workers }),
    files: stabilityFiles,
    text: stabilityText,
    study: (run) =>
      stabilityStudy(
        model,
        dataset && { dataset, name: name as string },
        { target, seed, first, truth, ...(certify && { certify }) },
        run,
      ),
  });
}
