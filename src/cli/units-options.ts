/** The flags of `blindspot units`. */
import { Command, Option } from "commander";
import { REDUCTIONS, type Reduction } from "../analysis/index.ts";
import type { Between } from "../studies/units/index.ts";
import { MODEL_HELP } from "./analysis-model.ts";
import { addOptions, outputOptions, seedOption, UsageError, wholeNumber, workersOption } from "./options.ts";
import { type PreprocessFlags, preprocessOptions } from "./preprocess-options.ts";
import type { OutputFlags } from "./study.ts";

export interface UnitsFlags extends OutputFlags, PreprocessFlags {
  model?: string;
  weights?: string;
  layer?: string;
  features?: string;
  reduce?: Reduction;
  data: string;
  count?: number;
  first: number;
  classNames?: string;
  top?: number;
  directions?: number;
  between: readonly Between[];
  show: number;
  iterations: number;
  survey?: boolean;
  workers?: number;
  seed: number;
}

/** Parses pairs of labels: 4-9,3-8. */
function parseBetween(text: string): Between[] {
  return text.split(",").map((pair) => {
    const [, from, to] = /^\s*(\d+)-(\d+)\s*$/.exec(pair) ?? [];
    if (from === undefined || to === undefined || from === to) {
      throw new UsageError(`--between: expected pairs of labels such as 4-9,3-8, got ${JSON.stringify(text)}`);
    }
    return [Number(from), Number(to)];
  });
}

/** A new one each time: commander's commands remember what they parsed. */
export function unitsOptions(): Command {
  const command = new Command("units")
    .summary("show the images that activate units and random directions most")
    .description(
      "Find the images that activate each unit of a layer most, and those that activate random directions in the same space most. " +
        "Measure what they have in common, and write a report with the pictures: section 3 and figures 1 to 4 of Szegedy et al. " +
        "(2014). Finished parts go to <out>.journal. To resume a run that was stopped or killed, start it again: it ends with " +
        "the same bits.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ blindspot units --model fc100-100-10 --layer fc2 --directions 100
  $ blindspot units --model initial:mnist-convnet --layer fc1
  $ blindspot units --survey
  $ blindspot units --model mine/squeezenet --layer fire9_concat --reduce max --data images:photographs --top 3`,
    );
  return addOptions(command, [
    new Option("--model <folder or name>", `${MODEL_HELP} (default: fc100-100-10)`),
    new Option(
      "--weights <file>",
      "the weights of torchvision's AlexNet, as safetensors, in the place of --model: the same as --model alexnet:<file>",
    ),
    ...preprocessOptions(),
    new Option("--layer <name>", "the layer (default: the last with a vector output before the output layer)"),
    new Option(
      "--features <name>",
      "the layer in whose output images are compared (default: the dense layer before, or the one after)",
    ),
    new Option(
      "--reduce <how>",
      "how the maps of an image become units: each position of a map is one, or a map's mean or largest value",
    ).choices(REDUCTIONS),
    new Option(
      "--data <set>",
      "mnist:test, mnist:train, idx:<folder>:<split> for IDX files, or images:<folder> for PNG images",
    ).default("mnist:test"),
    new Option("--count <number>", "how many images (default: all there are)").argParser(wholeNumber("--count", 1)),
    new Option("--first <number>", "position of the first image in the set")
      .argParser(wholeNumber("--first", 0))
      .default(0),
    new Option("--class-names <file>", "names of the classes for the report, a line each"),
    new Option("--top <number>", "images a row (default: 10, or all there are)").argParser(wholeNumber("--top", 1)),
    new Option("--directions <number>", "random directions (default: 16, for a survey 400)").argParser(
      wholeNumber("--directions", 1),
    ),
    new Option(
      "--between <pairs>",
      "also the directions from the mean of one label's images to the mean of another's: 4-9,3-8",
    )
      .argParser(parseBetween)
      .default([], "none"),
    new Option("--show <number>", "how many units, and how many directions, are shown; the units are drawn by the seed")
      .argParser(wholeNumber("--show", 0))
      .default(8),
    new Option(
      "--iterations <number>",
      "iterations of the search for an image that activates each one shown most; 0 makes none",
    )
      .argParser(wholeNumber("--iterations", 0))
      .default(100),
    new Option(
      "--survey",
      "test every hidden layer of the models of --model, separated by commas (default: all shipped ones that have any), in one " +
        "table, the p-values adjusted for the number of tests",
    ),
    workersOption(),
    seedOption(),
    ...outputOptions("units"),
  ]);
}
