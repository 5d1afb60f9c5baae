/** `blindspot robust`: how much of a model's accuracy stays under every change within epsilon: what attacks change, what is proved. */
import { basename } from "node:path";
import { Command, Option } from "commander";
import type { AttackName, EnsembleMember, NormName } from "../attacks/index.ts";
import { NORMS } from "../attacks/minimal/norm.ts";
import { ATTACKS } from "../attacks/named/table.ts";
import { OWN } from "../attacks/robust/ensemble.ts";
import { digestDataset, digestParameters } from "../data/digest.ts";
import { preprocessFlags } from "../model/index.ts";
import { loadData, loadNetwork, resolveModel } from "../node/index.ts";
import { robustFiles, robustText } from "../report/index.ts";
import { robustStudy } from "../studies/robust/study.ts";
import { selectImages, type Truth, truthOf } from "./attack-input.ts";
import { imageOptions, parseOptionTexts } from "./attack-options.ts";
import {
  addOptions,
  decimal,
  oneOf,
  outputOptions,
  seedOption,
  UsageError,
  wholeNumber,
  workersOption,
} from "./options.ts";
import { loadOptions, type PreprocessFlags } from "./preprocess-options.ts";
import { type OutputFlags, runStudy } from "./study.ts";

interface Flags extends PreprocessFlags, OutputFlags {
  model: string;
  data: string;
  count?: number;
  first: number;
  truth: Truth;
  norm: NormName;
  epsilon: number;
  attacks?: EnsembleMember[];
  certify: boolean;
  workers?: number;
  seed: number;
}

/** A new one each time: commander's commands remember what they parsed. */
export function robustCommand(): Command {
  const command = new Command("robust")
    .summary("measure a model's robust accuracy from both ends: by attacks and by proofs")
    .description(
      "Measure how much of a model's accuracy stays under every change within an epsilon. Attacks give the upper end: by default the " +
        "library's own search, Auto-PGD on two losses, and Square, one after another, until one changes the answer. Certificates of the " +
        "images that resist give the lower end, where the norm and the model have them. Finished images go to <out>.journal. To resume a " +
        "run that was stopped or killed, start it again: it ends with the same bits.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ blindspot robust --model fc100-100-10 --data mnist:test --norm linf --epsilon 0.05
  $ blindspot robust --norm l2 --epsilon 0.5 --attacks "minimal,apgd-ce,square:1000"`,
    );
  return addOptions(command, [
    new Option("--model <folder or name>", "a tfjs LayersModel folder, or a shipped model").default("fc100-100-10"),
    ...imageOptions("the model"),
    new Option("--norm <norm>", "the norm in which a change is measured").choices(NORMS).default("linf"),
    new Option("--epsilon <length>", "the most that a change may measure").argParser(decimal("--epsilon", 0)),
    new Option(
      "--attacks <name,...>",
      `the attacks in their order, each as name, name:evaluations or name;option=value: ${OWN} (the library's own), ` +
        `${Object.keys(ATTACKS).join(", ")} (default: as described)`,
    ).argParser(parseMembers),
    new Option("--no-certify", "leave out the certificates: the upper end alone"),
    workersOption(),
    seedOption(),
    ...outputOptions("robust"),
  ]).action(async (flags: Flags) => {
    if (flags.epsilon === undefined) throw new UsageError("--epsilon: expected a number, got none");
    await robust(flags);
  });
}

const NAMES = [OWN, ...(Object.keys(ATTACKS) as AttackName[])] as const;

/** "square:1000", "pgd;restarts=5", separated by commas. */
function parseMembers(text: string): EnsembleMember[] {
  return text.split(",").map((part) => {
    const [head = "", ...options] = part.split(";").map((word) => word.trim());
    const [name = "", evaluations, ...more] = head.split(":");
    if (more.length > 0) throw new UsageError(`--attacks: expected name:evaluations, got ${JSON.stringify(head)}`);
    return {
      attack: oneOf("--attacks", NAMES)(name),
      ...(evaluations !== undefined && { evaluations: wholeNumber(`--attacks ${name}`, 1)(evaluations) }),
      ...(options.length > 0 && { options: parseOptionTexts("--attacks", options) }),
    };
  });
}

async function robust(flags: Flags): Promise<void> {
  const { model: given, data: name, first, seed, norm, epsilon, attacks, certify, workers } = flags;
  const network = await loadNetwork(given, loadOptions(flags));
  const all = await loadData(name);
  const dataset = selectImages(all, network, flags);
  const truth = truthOf(all, flags.truth, network);
  await runStudy(flags, {
    name: "robust",
    asked: {
      ...{ model: given, data: name, first, count: dataset.count, truth, norm, epsilon, attacks, certify, seed },
      ...preprocessFlags(network.preprocess),
      "digest of the model": await digestParameters(network.getParameters()),
      "digest of the data": await digestDataset(dataset),
    },
    ...(workers !== undefined && { workers }),
    unit: "images",
    files: robustFiles,
    text: robustText,
    study: async (run) =>
      robustStudy(
        { network, name: basename(await resolveModel(given)), given },
        { dataset, name },
        { norm, epsilon, certify, seed, first, truth, ...(attacks && { attacks }) },
        run,
      ),
  });
}
