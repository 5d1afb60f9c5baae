/** `blindspot verify`: whether a result can be had again: a report, a trained model, or the bits of this machine. */
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Command, Option } from "commander";
import { failed } from "../check.ts";
import { readText, readTextIfThere } from "../node/read-file.ts";
import { parseJson } from "../schema.ts";
import { addOptions, UsageError, wholeNumber } from "./options.ts";
import { verifyMachine } from "./verify-machine.ts";
import { verifyModel } from "./verify-model.ts";
import { verifyReport } from "./verify-report.ts";

interface Flags {
  model?: string;
  data?: string;
  sample?: number;
  sampleSeed: number;
  machine?: boolean;
  full?: boolean;
  json?: boolean;
  quiet?: boolean;
}

/** A new one each time: commander's commands remember what they parsed. */
export function verifyCommand(): Command {
  const command = new Command("verify")
    .summary("run a report's study again and compare every number")
    .description(
      "Read a report, run its study again and compare every number but the times; or train a model again and compare its weights; " +
        "or, with --machine, compare the golden digests of this package with what this machine computes. Exit code 0: the same; 3: " +
        "something differs, and is named.",
    )
    .argument("[path]", "folder of a report (or its results.json), or of a trained model")
    .addHelpText(
      "after",
      `
Examples:
  $ blindspot verify report                          every number of the report, again
  $ blindspot verify report --sample 20 --sample-seed 7   20 of its images, drawn by your own seed
  $ blindspot verify models/fc10-1                   trains the model again
  $ blindspot verify --machine                       does this machine compute the bits on record? In seconds
  $ blindspot verify --machine --full`,
    );
  return addOptions(command, [
    new Option("--model <folder or name>", "where the report's model is; default: where the report says"),
    new Option("--data <set>", "where the report's data are; default: where the report says"),
    new Option(
      "--sample <number>",
      "check so many images of a report, and no others, where an image's numbers do not depend on the others: of attack, transfer, " +
        "stability, certify, robust and bench-attacks",
    ).argParser(wholeNumber("--sample", 1)),
    new Option("--sample-seed <number>", "seed by which the images of --sample are drawn")
      .argParser(wholeNumber("--sample-seed", 0))
      .default(0),
    new Option("--machine", "compare the golden digests with what this machine computes"),
    new Option("--full", "with --machine: every golden digest, those that take longer too"),
    new Option("--json", "print the result as JSON, and nothing else"),
    new Option("--quiet", "show no progress"),
  ]).action(async (path: string | undefined, flags: Flags) => {
    if (path === undefined && !flags.machine)
      throw new UsageError("verify: expected a report, a model or --machine, got none");
    if (path !== undefined && flags.machine) throw new UsageError(`verify: expected --machine alone, got ${path} too`);
    if (flags.full && !flags.machine) throw new UsageError("--full: expected --machine beside it, got none");
    await (path === undefined ? verifyMachine(flags) : verifyPath(path, flags));
  });
}

/** A report has a results.json, a trained model the note on its training. */
async function verifyPath(path: string, flags: Flags): Promise<void> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  const folder = isFile ? dirname(path) : path;
  const results = isFile ? path : join(folder, "results.json");
  const text = isFile ? await readText(path, "a report") : await readTextIfThere(results, "a report");
  if (text !== undefined && basename(results) !== "training.json") {
    return verifyReport(results, parseJson(results, text), flags);
  }
  const note = join(folder, "training.json");
  const training = text ?? (await readTextIfThere(note, "a note on how a model was trained"));
  if (training === undefined) failed(path, "a folder with results.json or training.json, or such a file", "neither");
  return verifyModel(note, parseJson(note, training), flags);
}
