/** `blindspot attack`: a model, some images, the smallest change to each that changes the answer; a folder to look at. */

import { basename } from "node:path";
import { Command, Option } from "commander";
import { ATTACKS, type NormName, type Question } from "../attacks/index.ts";
import { digestDataset, digestParameters } from "../data/digest.ts";
import { preprocessFlags } from "../model/index.ts";
import { defaultWorkers, loadData, loadNetwork, resolveModel } from "../node/index.ts";
import { attackFiles, attackText } from "../report/index.ts";
import { UNTARGETED } from "../studies/attack/question.ts";
import { attackStudy } from "../studies/attack/study.ts";
import { worthwhileWorkers } from "../studies/on-workers/attack.ts";
import { readClassNames, selectImages, truthOf } from "./attack-input.ts";
import {
  type AttackFlags,
  imageOptions,
  type NamedFlags,
  namedFlags,
  type QuestionFlags,
  questionFlags,
  questionOf,
  searchOptions,
} from "./attack-options.ts";
import { addOptions, outputOptions, UsageError, wholeNumber, workersOption } from "./options.ts";
import { loadOptions } from "./preprocess-options.ts";
import { type OutputFlags, runStudy } from "./study.ts";

interface Flags extends AttackFlags, NamedFlags, QuestionFlags, OutputFlags {
  model: string;
  classNames?: string;
  directions?: number;
  certify?: boolean;
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
    new Option(
      "--directions <number>",
      "also follow so many random directions as far as each change that was found, to see whether they change the answer (default: none)",
    ).argParser(wholeNumber("--directions", 1)),
    new Option(
      "--certify",
      "also certify for each image a radius in the norm, within which no change gives what is asked for (default: none)",
    ),
    ...questionFlags(),
    ...namedFlags(),
    workersOption("none where the attack would be over before they have started"),
    ...outputOptions("report"),
  ]).action(async (flags: Flags, command: Command) => {
    await attack(flags, (name) => command.getOptionValueSource(name) === "cli");
  });
}

/** Flags that make the search one in a norm. */
const OF_NORMS = ["norm", "levels", "frozen", "integers", "groups"] as const;

const OF_NAMED = {
  epsilon: "--epsilon",
  steps: "--steps",
  evaluations: "--evaluations",
  attackOptions: "--attack-options",
};

/** Refuses flags that the search in a norm, or by name, does not look at. */
function requireHeeded(isMinimal: boolean, question: Question | undefined, isGiven: (name: string) => boolean): void {
  const own = ["effort", "solver", "margin", "levels", "frozen", "integers", "groups"].find(
    (name) => isGiven("attack") && isGiven(name),
  );
  if (own) throw new UsageError(`--${own}: expected no --attack beside it`);
  const [, orphan] = Object.entries(OF_NAMED).find(([name]) => !isGiven("attack") && isGiven(name)) ?? [];
  if (orphan) throw new UsageError(`${orphan}: expected --attack beside it, got none`);
  const asked = Object.keys(question ?? {}).find((name) => name !== "output");
  const ignored = ["solver", "margin"].find((name) => isMinimal && isGiven(name));
  if (ignored) {
    const beside = [...OF_NORMS, "target"].find(isGiven) ?? asked;
    const got = beside ? `--${beside}` : "no --target";
    throw new UsageError(`--${ignored}: expected a --target and no question or flag of a norm beside it, got ${got}`);
  }
  if (asked && isGiven("target"))
    throw new UsageError(`--target: expected no other question beside it, got --${asked}`);
}

/** What the flags ask of an attack by name: nothing where they name none. */
function namedOf({ attack, epsilon, steps, evaluations, attackOptions }: NamedFlags): NamedFlags | undefined {
  if (attack === undefined) return undefined;
  const all = { attack, epsilon, steps, evaluations, attackOptions };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

async function attack(flags: Flags, isGiven: (name: string) => boolean): Promise<void> {
  const question = questionOf(flags);
  const { norm: asked, levels, frozen, integers, groups } = flags;
  const domain = {
    ...(levels && { levels }),
    ...(frozen && { frozen }),
    ...(integers && { integers }),
    ...(groups && { groups }),
  };
  const named = namedOf(flags);
  const isMinimal =
    OF_NORMS.some(isGiven) || [question, flags.attack].some((one) => one !== undefined) || flags.target === UNTARGETED;
  requireHeeded(isMinimal, question, isGiven);
  const usualNorm = flags.attack ? (ATTACKS[flags.attack].norms[0] as NormName) : "l2";
  const norm = isMinimal ? (asked ?? usualNorm) : undefined;
  const network = await loadNetwork(flags.model, loadOptions(flags));
  const all = await loadData(flags.data);
  const dataset = selectImages(all, network, flags);
  const truth = truthOf(all, flags.truth, network);
  const classNames = flags.classNames === undefined ? undefined : await readClassNames(flags.classNames, network);
  const { model: given, data, target, effort, solver, margin, seed, first, directions, certify } = flags;
  const { rows, count } = dataset;
  const isAll = target === "all";
  const total = isAll ? count * (network.classes - 1) : count;
  const search = named ? named : { effort };
  await runStudy(flags, {
    name: "attack",
    asked: {
      ...{ model: given, data, first, count, truth, target, effort, solver, margin, seed },
      ...(directions !== undefined && { directions }),
      ...(certify && { certify }),
      ...(norm && { norm, question, ...domain }),
      ...named,
      ...preprocessFlags(network.preprocess),
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
          ...search,
          solver,
          margin,
          seed,
          first,
          truth,
          ...(norm && { norm }),
          ...domain,
          ...(question && { question }),
          ...(directions !== undefined && { directions }),
          ...(certify && { certify }),
          ...(classNames && { classNames, classNamesFile: flags.classNames as string }),
        },
        run,
      ),
  });
}
