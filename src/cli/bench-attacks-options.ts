/** The flags of `blindspot bench-attacks`. */
import { Command, Option } from "commander";
import type { NormName } from "../attacks/index.ts";
import { NORMS } from "../attacks/minimal/norm.ts";
import { requireInteger } from "../check.ts";
import { BENCHED } from "../studies/bench-attacks/plan.ts";
import { type AttackFlags, imageOptions } from "./attack-options.ts";
import {
  addOptions,
  decimal,
  decimals,
  eachOnce,
  names,
  outputOptions,
  seedOption,
  UsageError,
  usage,
  workersOption,
} from "./options.ts";
import type { PreprocessFlags } from "./preprocess-options.ts";
import type { OutputFlags } from "./study.ts";

export interface BenchAttacksFlags
  extends Pick<AttackFlags, "data" | "count" | "first" | "truth" | "seed">,
    PreprocessFlags,
    OutputFlags {
  model: string[];
  attacks: string[];
  norms: NormName[];
  propagations: number[];
  epsilon?: number;
  minima?: string;
  workers?: number;
}

/** Parses words that are known, each once, separated by commas. */
function parseWords<Word extends string>(flag: string, known: readonly Word[]): (text: string) => Word[] {
  const parse = names(flag, "names");
  return (text) => {
    const words = parse(text);
    words.forEach((word, i) => {
      if (!known.some((one) => one === word)) {
        throw new UsageError(`${flag}: expected some of ${known.join(", ")}, got ${JSON.stringify(word)}`);
      }
      if (words.indexOf(word) !== i) throw new UsageError(`${flag}: expected each once, got ${word} twice`);
    });
    return words as Word[];
  };
}

/** Parses budgets: whole numbers, each once. */
function parseBudgets(flag: string): (text: string) => number[] {
  const parse = eachOnce(flag, decimals(flag, 2));
  return (text) => parse(text).map((budget) => usage(() => requireInteger(flag, budget, 2)));
}

/** A new one each time: commander's commands remember what they parsed. */
export function benchAttacksOptions(): Command {
  const command = new Command("bench-attacks")
    .summary("compare attacks on models, and find the one that suffices")
    .description(
      "Run attacks by name and ours on the same images, in each norm and with each number of propagations, and report how near each " +
        "comes to the best that any of them found: the optimality of AttackBench (Cina et al., 2025) with 95 % intervals, curves of " +
        "distance and robust accuracy, and which attack suffices. Every finished image goes to <out>.journal. To resume a run " +
        "that was stopped or killed, start it again: it ends with the same bits.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ blindspot bench-attacks --model fc100-100-10 --count 20 --norms l2 --propagations 300
  $ blindspot bench-attacks --model mine/a,mine/b --data images:photographs --truth model --attacks minimal,ddn,fmn,apgd-ce`,
    );
  return addOptions(command, [
    new Option("--model <models>", "the models to attack: folders or shipped models, separated by commas")
      .argParser(names("--model", "models"))
      .default(["fc100-100-10"], "fc100-100-10"),
    ...imageOptions("the first model"),
    new Option("--attacks <names>", `the attacks, separated by commas: some of ${BENCHED.join(", ")}`)
      .argParser(parseWords("--attacks", BENCHED))
      .default(BENCHED, "all"),
    new Option("--norms <norms>", "the norms, separated by commas")
      .argParser(parseWords("--norms", NORMS))
      .default(NORMS, "all"),
    new Option(
      "--propagations <numbers>",
      "budgets of an image: passes through the model, forward and backward each one, separated by commas",
    )
      .argParser(parseBudgets("--propagations"))
      .default([300, 3000], "300,3000"),
    new Option(
      "--epsilon <number>",
      "where robust accuracies are compared, with a single norm (default: the median of the best distances)",
    ).argParser(decimal("--epsilon", 0)),
    new Option(
      "--minima <file>",
      'known minima of one model: { "norm": "linf", "exact": [{ "image": 7, "distance": 0.031 }, ...] }; the images of the file that are in the set are attacked',
    ),
    seedOption(),
    workersOption(),
    ...outputOptions("bench-attacks"),
  ]);
}
