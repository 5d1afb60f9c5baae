/** `blindspot units`: the images that a layer's units and random directions answer to most, and whether the two differ. */
import process from "node:process";
import type { Command } from "commander";
import { outOfRange, printable } from "../check.ts";
import { outputFolder } from "../node/index.ts";
import { type UnitsReport, unitsFiles, unitsJson, unitsText } from "../report/index.ts";
import { quoted } from "../studies/command.ts";
import { type UnitsData, unitsStudy } from "../studies/units/index.ts";
import { analysedModel } from "./analysis-model.ts";
import { readClassNames } from "./attack-input.ts";
import { interruptSignal } from "./interrupt.ts";
import { packageVersion } from "./run.ts";
import { type UnitsFlags, unitsOptions } from "./units-options.ts";
import { labelledImages, onPool, topOf } from "./units-run.ts";
import { survey } from "./units-survey.ts";

/** A new one each time: commander's commands remember what they parsed. */
export function unitsCommand(): Command {
  return unitsOptions().action(async (flags: UnitsFlags) => (flags.survey ? survey(flags) : units(flags)));
}

async function units(flags: UnitsFlags): Promise<void> {
  const signal = interruptSignal();
  const { network, name } = await analysedModel(flags.model ?? "fc100-100-10", flags.seed);
  const data = await labelledImages(network, flags);
  const top = topOf(flags, data.count);
  requireBetween(flags, data);
  const classNames = flags.classNames === undefined ? undefined : await readClassNames(flags.classNames, network);
  const report = await outputFolder(flags.out, { overwrite: flags.overwrite === true }, async (folder) => {
    const started = performance.now();
    const { directions = 16, seed, show, iterations, reduce, between, layer, features } = flags;
    const options = { top, directions, seed, show, iterations, reduce, between, layer, features, signal };
    const record = await onPool(flags, data.count, (rank) => unitsStudy({ name, network }, data, options, rank));
    const made: UnitsReport = {
      title: `${name}, layer ${record.layer}, on ${flags.data}`,
      command: commandOf(flags, record.layer, record.featureLayer, { count: data.count, top, directions }),
      version: packageVersion(),
      ...record,
      model: { ...record.model, ...(classNames && { classNames }) },
      timing: { milliseconds: performance.now() - started },
    };
    for (const [file, content] of await unitsFiles(made)) await folder.write(file, content);
    return made;
  });
  process.stdout.write(flags.json ? unitsJson(report) : printable(`${unitsText(report)}\n${flags.out}/index.html\n`));
}

function requireBetween({ between }: UnitsFlags, { labels }: UnitsData): void {
  const missing = between.flat().find((label) => !labels.includes(label));
  if (missing !== undefined) {
    outOfRange("--between", "labels that images have", `${missing}, which none of them has`);
  }
}

function commandOf(
  { model = "fc100-100-10", data, reduce, first, between, show, iterations, seed }: UnitsFlags,
  layer: string,
  features: string,
  { count, top, directions }: { count: number; top: number; directions: number },
): string {
  const pairs = between.map((pair) => pair.join("-")).join(",");
  return (
    `npx blindspot units --model ${quoted(model)} --layer ${quoted(layer)} --features ${quoted(features)}` +
    `${reduce ? ` --reduce ${reduce}` : ""} --data ${quoted(data)} --count ${count}${first ? ` --first ${first}` : ""}` +
    ` --top ${top} --directions ${directions}${pairs ? ` --between ${pairs}` : ""} --show ${show} --iterations ${iterations} --seed ${seed}`
  );
}
