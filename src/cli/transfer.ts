/** `blindspot transfer`: what fools one model is fed to others; a matrix of error rates, in a folder to look at. */
import { basename } from "node:path";
import { Command, Option } from "commander";
import { digestDataset, digestParameters } from "../data/digest.ts";
import { defaultWorkers, loadData, loadNetwork, resolveModel } from "../node/index.ts";
import { transferFiles, transferText } from "../report/index.ts";
import { worthwhileWorkers } from "../studies/on-workers/attack.ts";
import type { StudyModel } from "../studies/study.ts";
import { transferStudy } from "../studies/transfer/study.ts";
import { selectImages } from "./attack-input.ts";
import { type AttackFlags, imageOptions, searchOptions } from "./attack-options.ts";
import {
  addOptions,
  decimals,
  eachOnce,
  jsonOption,
  outOption,
  overwriteOption,
  quietOption,
  UsageError,
  workersOption,
} from "./options.ts";
import { type OutputFlags, runStudy } from "./study.ts";

interface Flags extends AttackFlags, OutputFlags {
  from: string[];
  to: string[];
  amplify: number[];
  noise: number[];
  workers?: number;
}

/** Parses models separated by commas. */
function parseModels(flag: string): (text: string) => string[] {
  return (text) => {
    const names = text.split(",").map((name) => name.trim());
    if (names.includes(""))
      throw new UsageError(`${flag}: expected models separated by commas, got ${JSON.stringify(text)}`);
    return names;
  };
}

/** A new one each time: commander's commands remember what they parsed. */
export function transferCommand(): Command {
  const command = new Command("transfer")
    .summary("feed what fools one model to others")
    .description(
      "Attack one or several models, feed every changed image to all models, and write a report of who is fooled by whose " +
        "images: the cross-model transfer of Szegedy et al. (2014), section 4.2, with 95 % intervals. Every finished image goes " +
        "to <out>.journal: a run that was stopped or killed goes on from there when it is started again, to the same bits.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ blindspot transfer --from fc100-100-10 --to fc10-1e-4 --amplify 0.1 --noise 0.1,0.3
  $ blindspot transfer --from mine/a,mine/b --to mine/c --data images:photographs --truth model`,
    );
  return addOptions(command, [
    new Option("--from <models>", "the models to attack: folders or shipped models, separated by commas")
      .argParser(parseModels("--from"))
      .default(["fc100-100-10"], "fc100-100-10"),
    new Option("--to <models>", "further models to feed the images to; those of --from are fed too")
      .argParser(parseModels("--to"))
      .default(["fc10-1e-4"], "fc10-1e-4"),
    ...imageOptions("the first model"),
    ...searchOptions("random"),
    new Option(
      "--amplify <numbers>",
      "also feed the images with their change amplified to these distortions, by one factor for all images of a model",
    )
      .argParser(eachOnce("--amplify", decimals("--amplify", 0)))
      .default([], "none"),
    new Option(
      "--noise <numbers>",
      "also feed the images with Gaussian noise of these standard deviations, not clipped",
    )
      .argParser(eachOnce("--noise", decimals("--noise", 0)))
      .default([], "none"),
    workersOption("none where the attacks would be over before they have started"),
    outOption("transfer"),
    overwriteOption(),
    jsonOption(),
    quietOption(),
  ]).action(async (flags: Flags) => transfer(flags));
}

async function transfer(flags: Flags): Promise<void> {
  const { from, to } = await loadModels(flags);
  const { network } = from[0] as StudyModel;
  const dataset = selectImages(await loadData(flags.data), network, flags);
  const { data, first, truth, target, effort, solver, margin, seed, amplify, noise } = flags;
  const { rows, count } = dataset;
  const digests = (models: readonly StudyModel[]) =>
    Promise.all(models.map((model) => digestParameters(model.network.getParameters())));
  const images = from.length * count * (target === "all" ? network.classes - 1 : 1);
  await runStudy(flags, {
    name: "transfer",
    asked: {
      ...{
        from: flags.from,
        to: flags.to,
        data,
        first,
        count,
        truth,
        target,
        effort,
        solver,
        margin,
        seed,
        amplify,
        noise,
      },
      "digests of the models": await digests([...from, ...to]),
      "digest of the data": await digestDataset(dataset),
    },
    workers: flags.workers ?? worthwhileWorkers(network, { rows, effort, images }, defaultWorkers()),
    files: transferFiles,
    text: transferText,
    study: (run) =>
      transferStudy(
        { from, to },
        { dataset, name: data },
        { target, effort, solver, margin, seed, first, truth, amplify, noise },
        run,
      ),
  });
}

/** The models, each once, with names that differ: the folder's, or where two folders are called alike what was given. */
async function loadModels({ from, to }: Flags): Promise<{ from: StudyModel[]; to: StudyModel[] }> {
  const models = new Map<string, StudyModel>();
  const load = async (given: readonly string[]) => {
    for (const text of given) {
      const folder = await resolveModel(text);
      if (models.has(folder)) continue;
      models.set(folder, { name: basename(folder), given: text, network: await loadNetwork(text) });
    }
  };
  await load(from);
  const sources = models.size;
  await load(to);
  const all = Array.from(models.values());
  const isAmbiguous = (name: string) => all.filter((model) => model.name === name).length > 1;
  const named = all.map((model) => (isAmbiguous(model.name) ? { ...model, name: model.given as string } : model));
  return { from: named.slice(0, sources), to: named.slice(sources) };
}
