/** `blindspot attack`: a model, some images, the smallest change to each that changes the answer; a folder to look at. */

import { basename } from "node:path";
import { Command, Option } from "commander";
import { digestDataset, digestParameters } from "../data/digest.ts";
import { defaultWorkers, loadData, loadNetwork, resolveModel } from "../node/index.ts";
import { attackFiles, attackText } from "../report/index.ts";
import { UNTARGETED } from "../studies/attack/question.ts";
import { attackStudy } from "../studies/attack/study.ts";
import { worthwhileWorkers } from "../studies/on-workers/attack.ts";
import { readClassNames, selectImages, truthOf } from "./attack-input.ts";
import {
  type AttackFlags,
  imageOptions,
  type QuestionFlags,
  questionFlags,
  questionOf,
  searchOptions,
} from "./attack-options.ts";
import { addOptions, outputOptions, UsageError, workersOption } from "./options.ts";
import { type OutputFlags, runStudy } from "./study.ts";

interface Flags extends AttackFlags, QuestionFlags, OutputFlags {
  model: string;
  classNames?: string;
  workers?: number;
}

/** A new one each time: commander's commands remember what they parsed. */
export function attackCommand(): Command {
  const command = new Command("attack")
    .summary("find the smallest change to each image that changes a model's answer")
    .description(
      "Find the smallest change to each image that makes a model answer something else, in a norm, and write a report. With a " +
        "--target and no --norm, it is the box-constrained L-BFGS attack of Szegedy et al. (2014). Every finished image goes to <out>.journal. To resume a run that " +
        "was stopped or killed, start it again: it ends with the same bits.",
    );
  return addOptions(command, [
    new Option("--model <folder or name>", "a tfjs LayersModel folder, or a shipped model").default("fc100-100-10"),
    ...imageOptions("the model"),
    new Option("--class-names <file>", "names of the classes for the report, a line each"),
    ...searchOptions(UNTARGETED, [UNTARGETED]),
    ...questionFlags(),
    workersOption("none where the attack would be over before they have started"),
    ...outputOptions("report"),
  ]).action(async (flags: Flags, command: Command) => {
    await attack(flags, (name) => command.getOptionValueSource(name) === "cli");
  });
}

/** Refuses flags that the search in a norm does not look at. */
function requireHeeded(isMinimal: boolean, hasQuestion: boolean, isGiven: (name: string) => boolean): void {
  const ignored = ["solver", "margin"].find((name) => isMinimal && isGiven(name));
  if (ignored) throw new UsageError(`--${ignored}: expected a --target and no --norm, --levels or question beside it`);
  if (hasQuestion && isGiven("target")) throw new UsageError("--target: expected no other question beside it");
}

async function attack(flags: Flags, isGiven: (name: string) => boolean): Promise<void> {
  const question = questionOf(flags);
  const { norm: asked, levels } = flags;
  const isMinimal = [asked, question, levels].some((one) => one !== undefined) || flags.target === UNTARGETED;
  requireHeeded(isMinimal, question !== undefined, isGiven);
  const norm = isMinimal ? (asked ?? "l2") : undefined;
  const network = await loadNetwork(flags.model);
  const all = await loadData(flags.data);
  const dataset = selectImages(all, network, flags);
  const truth = truthOf(all, flags.truth);
  const classNames = flags.classNames === undefined ? undefined : await readClassNames(flags.classNames, network);
  const { model: given, data, target, effort, solver, margin, seed, first } = flags;
  const { rows, count } = dataset;
  const isAll = target === "all";
  const total = isAll ? count * (network.classes - 1) : count;
  await runStudy(flags, {
    name: "attack",
    asked: {
      ...{ model: given, data, first, count, truth, target, effort, solver, margin, seed },
      ...(norm && { norm, question, levels }),
      "digest of the model": await digestParameters(network.getParameters()),
      "digest of the data": await digestDataset(dataset),
    },
    workers: flags.workers ?? worthwhileWorkers(network, { rows, effort, images: total }, defaultWorkers()),
    unit: `of ${total} ${isAll ? "searches" : "images"}`,
    files: attackFiles,
    text: attackText,
    study: async (run) =>
      attackStudy(
        { network, name: basename(await resolveModel(given)), given },
        { dataset, name: data },
        {
          target,
          effort,
          solver,
          margin,
          seed,
          first,
          truth,
          ...(norm && { norm }),
          ...(levels && { levels }),
          ...(question && { question }),
          ...(classNames && { classNames, classNamesFile: flags.classNames as string }),
        },
        run,
      ),
  });
}
