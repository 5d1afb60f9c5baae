/** `blindspot units --survey`: every hidden layer of several models in one table. */

import process from "node:process";
import { printable } from "../check.ts";
import { loadNetwork, outputFolder, shippedModels } from "../node/index.ts";
import { type SurveyReport, surveyFiles, surveyJson, surveyText } from "../report/index.ts";
import { quoted } from "../studies/command.ts";
import { hiddenLayers, type UnitsTarget, unitsSurvey } from "../studies/units/index.ts";
import { analysedModel } from "./analysis-model.ts";
import { interruptSignal } from "./interrupt.ts";
import { UsageError } from "./options.ts";
import { packageVersion } from "./run.ts";
import type { UnitsFlags } from "./units-options.ts";
import { labelledImages, onPool, topOf } from "./units-run.ts";

export async function survey(flags: UnitsFlags): Promise<void> {
  for (const flag of ["layer", "features"] as const) {
    if (flags[flag] !== undefined)
      throw new UsageError(`--${flag}: expected none beside --survey, which takes all layers`);
  }
  if (flags.between.length > 0) throw new UsageError("--between: expected none beside --survey, which shows no rows");
  const signal = interruptSignal();
  const targets = await surveyed(flags);
  const [first] = targets as [UnitsTarget];
  const data = await labelledImages(first.network, flags);
  const top = topOf(flags, data.count);
  const report = await outputFolder(flags.out, { overwrite: flags.overwrite === true }, async (folder) => {
    const started = performance.now();
    const { directions = 400, seed, reduce = "flatten" } = flags;
    const onLayer = (model: string, layer: string, done: number, total: number) => {
      if (!flags.json && !flags.quiet)
        process.stderr.write(printable(`units: ${model}, layer ${layer} (${done + 1} of ${total})\n`));
    };
    const options = { top, directions, seed, reduce, signal, onLayer };
    const record = await onPool(flags, data.count, (rank) => unitsSurvey(targets, data, options, rank));
    const names = targets.map(({ name }) => name).join(",");
    const made: SurveyReport = {
      title: `Units and directions of ${targets.length === 1 ? names : `${targets.length} models`} on ${flags.data}`,
      command:
        `npx blindspot units --survey --model ${quoted(flags.model ?? names)} --reduce ${reduce} --data ${quoted(flags.data)}` +
        ` --count ${data.count}${flags.first ? ` --first ${flags.first}` : ""} --top ${top} --directions ${directions} --seed ${seed}`,
      version: packageVersion(),
      ...record,
      timing: { milliseconds: performance.now() - started },
    };
    for (const [file, content] of surveyFiles(made)) await folder.write(file, content);
    return made;
  });
  process.stdout.write(flags.json ? surveyJson(report) : printable(`${surveyText(report)}\n${flags.out}/index.html\n`));
}

/** The models of --model, or the shipped ones that have hidden layers. */
async function surveyed({ model, seed }: UnitsFlags): Promise<UnitsTarget[]> {
  if (model !== undefined) return Promise.all(model.split(",").map((name) => analysedModel(name.trim(), seed)));
  const shipped = await Promise.all(
    (await shippedModels()).map(async (name) => ({ name, network: await loadNetwork(name) })),
  );
  return shipped.filter(({ network }) => hiddenLayers(network).length > 0);
}
