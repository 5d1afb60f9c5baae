/** `blindspot certify`: within which radius no change alters the answer, beside the distance at which one was found. */
import { Command, Option } from "commander";
import { CERTIFY_EFFORTS, type CertifiedNorm, type CertifyEffort } from "../certify/index.ts";
import { digestDataset, digestParameters } from "../data/digest.ts";
import { preprocessFlags } from "../model/index.ts";
import { loadData } from "../node/index.ts";
import { certifyFiles, certifyText } from "../report/index.ts";
import { certifyStudy } from "../studies/certify/study.ts";
import { analysedModel, MODEL_HELP } from "./analysis-model.ts";
import { selectImages, type Truth, truthOf } from "./attack-input.ts";
import { imageOptions } from "./attack-options.ts";
import { decideProperty, type PropertyFlags } from "./certify-property.ts";
import { addOptions, decimal, outputOptions, seedOption, UsageError, wholeNumber, workersOption } from "./options.ts";
import { loadOptions, type PreprocessFlags } from "./preprocess-options.ts";
import { type OutputFlags, runStudy } from "./study.ts";

interface Flags extends OutputFlags, PreprocessFlags {
  model: string;
  data: string;
  count?: number;
  first: number;
  truth: Truth;
  norm: CertifiedNorm;
  effort: CertifyEffort | "exhaustive";
  epsilon?: number;
  workers?: number;
  seed: number;
  property?: string;
  words: PropertyFlags["words"];
  result?: string;
  seconds?: number;
  evaluations?: number;
}

/** A new one each time: commander's commands remember what they parsed. */
export function certifyCommand(): Command {
  const command = new Command("certify")
    .summary("prove within which radius no change alters the answer")
    .description(
      "Certify images: prove for each a radius within which no change alters the model's answer, of the single-precision numbers that " +
        "the model gives, rounding included. Beside it stands the shortest change that an attack finds. With --epsilon each image is " +
        "proved, falsified or undecided. Finished images go to <out>.journal. To resume a run that was stopped or killed, start it " +
        "again: it ends with the same bits.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ blindspot certify --model fc100-100-10 --norm l2 --count 100
  $ blindspot certify --model fc200-200-10 --norm linf --epsilon 0.03
  $ blindspot certify --model net.onnx --property prop.vnnlib --seconds 60 --result result.txt`,
    );
  return addOptions(command, [
    new Option("--model <folder or name>", MODEL_HELP).default("fc100-100-10"),
    ...imageOptions("the model"),
    new Option("--norm <norm>", "in which norm changes are measured").choices(["linf", "l2", "l1"]).default("linf"),
    new Option(
      "--effort <level>",
      "how near the radius comes to the largest that linear bounds prove: to 0.3 % or to 0.01 %; thorough also improves the slopes of " +
        "networks of rectifiers; exhaustive goes on by branch and bound until it is within 1 % of a change that alters the answer",
    )
      .choices([...Object.keys(CERTIFY_EFFORTS), "exhaustive"])
      .default("fast"),
    new Option(
      "--epsilon <length>",
      "instead of radii: which images no change of that length alters (default: none, radii)",
    ).argParser(decimal("--epsilon", 0)),
    new Option(
      "--property <file>",
      "instead of images: whether this VNN-LIB property of the model has a counterexample, in the words of VNN-COMP (default: none)",
    ),
    new Option(
      "--words <words>",
      "of the result of a property: holds and violated, as in VNN-COMP 2021, or unsat and sat, as since 2022",
    )
      .choices(["holds", "unsat"])
      .default("holds"),
    new Option("--result <file>", "where the result of a property is written, besides the terminal (default: nowhere)"),
    new Option(
      "--seconds <n>",
      "time for a property, or for an image with --effort exhaustive; then the answer is what is known so far (default: no end)",
    ).argParser(decimal("--seconds", 0)),
    new Option("--evaluations <n>", "the same in linear bounds, which no machine changes (default: no end)").argParser(
      wholeNumber("--evaluations", 1),
    ),
    workersOption(),
    seedOption(),
    ...outputOptions("certificates"),
  ]).action((flags: Flags) => {
    const { property } = flags;
    if (property !== undefined) return decideProperty({ ...flags, property, load: loadOptions(flags) });
    if (flags.result !== undefined) throw new UsageError("--result: expected with --property, got none");
    const budget = (["seconds", "evaluations"] as const).find((name) => flags[name] !== undefined);
    if (budget && flags.effort !== "exhaustive") {
      throw new UsageError(`--${budget}: expected --property or --effort exhaustive beside it, got none`);
    }
    return certify(flags);
  });
}

async function certify(flags: Flags): Promise<void> {
  const { model: given, data: name, first, norm, epsilon, seed, workers, seconds, evaluations } = flags;
  const budget = { ...(evaluations !== undefined && { evaluations }), ...(seconds !== undefined && { seconds }) };
  const effort = Object.keys(budget).length > 0 ? budget : flags.effort;
  const model = { ...(await analysedModel(given, seed, loadOptions(flags))), given };
  const all = await loadData(name);
  const dataset = selectImages(all, model.network, flags);
  const truth = truthOf(all, flags.truth, model.network);
  const asked = { norm, effort, ...(epsilon !== undefined && { epsilon }), seed, first, truth };
  await runStudy(flags, {
    name: "certify",
    asked: {
      ...{ model: given, ...preprocessFlags(model.network.preprocess), data: name, count: dataset.count, ...asked },
      "digest of the model": await digestParameters(model.network.getParameters()),
      "digest of the data": await digestDataset(dataset),
    },
    ...(workers !== undefined && { workers }),
    unit: "images",
    files: certifyFiles,
    text: certifyText,
    study: (run) => certifyStudy(model, { dataset, name }, asked, run),
  });
}
