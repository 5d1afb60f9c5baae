/** `blindspot attack`: a model, some images, the smallest change to each that changes the answer; a folder to look at. */

import { basename } from "node:path";
import process from "node:process";
import { Command, Option } from "commander";
import { countKeptAt8Bits } from "../analysis/index.ts";
import { type AttackResult, summarize } from "../attacks/index.ts";
import { printable } from "../check.ts";
import type { Dataset } from "../data/index.ts";
import { type Network, predictedClasses } from "../model/index.ts";
import { loadData, loadNetwork, outputFolder, resolveModel } from "../node/index.ts";
import {
  type AttackExample,
  type AttackReport,
  attackArrays,
  attackFiles,
  attackJson,
  attackText,
  digestArrays,
  timing,
} from "../report/index.ts";
import { readClassNames, selectImages } from "./attack-input.ts";
import { type AttackFlags, attackFlagsText, imageOptions, searchOptions } from "./attack-options.ts";
import { interruptSignal } from "./interrupt.ts";
import { JournaledAttack } from "./journaled-attack.ts";
import { addOptions, jsonOption, outOption, overwriteOption, quietOption, workersOption } from "./options.ts";
import { packageVersion } from "./run.ts";
import { quoted } from "./shell.ts";

interface Flags extends AttackFlags {
  model: string;
  classNames?: string;
  workers?: number;
  out: string;
  overwrite?: boolean;
  json?: boolean;
  quiet?: boolean;
}

/** A new one each time: commander's commands remember what they parsed. */
export function attackCommand(): Command {
  const command = new Command("attack")
    .summary("find the smallest change to each image that changes a model's answer")
    .description(
      "Find the smallest change to each image that makes a model answer something else, by the box-constrained L-BFGS " +
        "attack of Szegedy et al. (2014), and write a report. Every finished image goes to <out>.journal: a run that was " +
        "stopped or killed goes on from there when it is started again, to the same bits.",
    );
  return addOptions(command, [
    new Option("--model <folder or name>", "a tfjs LayersModel folder, or a shipped model").default("fc100-100-10"),
    ...imageOptions("the model"),
    new Option("--class-names <file>", "names of the classes for the report, a line each"),
    ...searchOptions("next"),
    workersOption("none where the attack would be over before they have started"),
    outOption("report"),
    overwriteOption(),
    jsonOption(),
    quietOption(),
  ]).action(async (flags: Flags) => attack(flags));
}

async function attack(flags: Flags): Promise<void> {
  const network = await loadNetwork(flags.model);
  const data = selectImages(await loadData(flags.data), network, flags);
  const classNames = flags.classNames === undefined ? undefined : await readClassNames(flags.classNames, network);
  const run = new JournaledAttack(network, data, flags, interruptSignal());
  try {
    const report = await outputFolder(
      flags.out,
      { overwrite: flags.overwrite === true },
      async (folder) => {
        const made = await makeReport(run, network, data, classNames, flags);
        for (const [name, content] of await attackFiles(made)) await folder.write(name, content);
        return made;
      },
      () => run.ended(),
    );
    process.stdout.write(
      flags.json ? attackJson(report) : printable(`${attackText(report)}\n${flags.out}/index.html\n`),
    );
  } catch (error) {
    await run.stopped();
    throw error;
  }
}

async function makeReport(
  run: JournaledAttack,
  network: Network,
  data: Dataset,
  classNames: readonly string[] | undefined,
  flags: Flags,
): Promise<AttackReport> {
  const started = performance.now();
  const found = await run.attack();
  const milliseconds = performance.now() - started;
  const examples = examplesOf(network, data, found, flags.first);
  const summary = summarize(found);
  const { data: spec, target, effort, solver, margin, seed, first, truth } = flags;
  const { count } = data;
  const name = basename(await resolveModel(flags.model));
  return {
    title: `${name} on ${spec}`,
    command: `npx blindspot attack --model ${quoted(flags.model)} ${attackFlagsText(flags, count)}`,
    version: packageVersion(),
    model: {
      name,
      digest: await digestArrays({ parameters: { data: network.getParameters() } }),
      inputShape: data.shape,
      classes: network.classes,
      ...(classNames && { classNames }),
    },
    data: { name: spec, digest: await digestArrays({ rows: { data: data.rows }, labels: { data: data.labels } }) },
    options: { target, effort, solver, margin, seed, first, count, truth },
    summary,
    keptAt8Bits: await countKeptAt8Bits(network, found.rows, found.targets, found.success),
    timing: timing(milliseconds, Math.round(summary.attacked * (1 - run.shareKnown))),
    digest: await digestArrays(attackArrays(examples, data.shape)),
    examples,
  };
}

function examplesOf(network: Network, data: Dataset, found: AttackResult, first: number): AttackExample[] {
  const { inputSize, classes } = network;
  const before = network.probabilities(data.rows);
  const after = network.probabilities(found.rows);
  const predictions = predictedClasses(before, classes);
  const adversarialPredictions = predictedClasses(after, classes);
  return Array.from(data.labels, (label, i) => {
    const prediction = predictions[i] as number;
    const adversarialPrediction = adversarialPredictions[i] as number;
    const distortion = found.stop[i] === "found" ? (found.distortion[i] as number) : 0;
    return {
      index: first + i,
      label,
      prediction,
      confidence: before[i * classes + prediction] as number,
      target: found.targets[i] as number,
      adversarialPrediction,
      adversarialConfidence: after[i * classes + adversarialPrediction] as number,
      success: found.success[i] === 1,
      distortion,
      l2: distortion * Math.sqrt(inputSize),
      evaluations: found.evaluations[i] as number,
      original: data.rows.subarray(i * inputSize, (i + 1) * inputSize),
      adversarial: found.rows.subarray(i * inputSize, (i + 1) * inputSize),
    };
  });
}
