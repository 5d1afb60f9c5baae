/** The flags of `blindspot transfer`. */
import { Command, Option } from "commander";
import { type AttackFlags, imageOptions, searchOptions } from "./attack-options.ts";
import { addOptions, decimals, eachOnce, names, outputOptions, workersOption } from "./options.ts";
import type { OutputFlags } from "./study.ts";

export interface TransferFlags extends AttackFlags, OutputFlags {
  from: string[];
  to: string[];
  amplify: number[];
  noise: number[];
  workers?: number;
}

/** A new one each time: commander's commands remember what they parsed. */
export function transferOptions(): Command {
  const command = new Command("transfer")
    .summary("feed the images that fool one model to others")
    .description(
      "Attack one or several models, feed every changed image to all models, and report which models are fooled by the images " +
        "of which: the cross-model transfer of Szegedy et al. (2014), section 4.2, with 95 % intervals. Every finished image goes " +
        "to <out>.journal. To resume a run that was stopped or killed, start it again: it ends with the same bits.",
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
      .argParser(names("--from", "models"))
      .default(["fc100-100-10"], "fc100-100-10"),
    new Option("--to <models>", "further models to feed the images to; those of --from are fed too")
      .argParser(names("--to", "models"))
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
    ...outputOptions("transfer"),
  ]);
}
