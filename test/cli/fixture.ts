/** Commands for the tests of src/cli, and a program of them for those that need a process of its own. */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { Command, Option } from "commander";
import { interruptSignal } from "../../src/cli/interrupt.ts";
import { oneOf, seedOption, UsageError, wholeNumber } from "../../src/cli/options.ts";
import { run } from "../../src/cli/run.ts";
import { OutputFolder } from "../../src/node/output-folder.ts";

/** New ones each time: commander's commands remember what they parsed. */
export function fixtures(): Command[] {
  const greet = new Command("greet")
    .description("greet somebody")
    .argument("<name>")
    .option("--count <n>", "how often", wholeNumber("--count", 1), 1)
    .option("--tone <tone>", "how", oneOf("--tone", ["kind", "cold"]), "kind")
    .addOption(new Option("-v, --voice <voice>", "in what voice").choices(["low", "high"]))
    .addOption(seedOption())
    .action((name: string, { count, tone, seed }) => {
      process.stdout.write(`${name} ${count} ${tone} ${seed}\n`);
    });
  const fail = new Command("fail").argument("<how>").action((how: string) => {
    if (how === "usage") throw new UsageError("--target: expected a label when --count is 1, got none");
    if (how === "lines") throw new Error("first\n  second");
    if (how === "text") throw "only a text";
    throw new RangeError("labels[3]: expected a label in [0, 9], got 10");
  });
  const wait = new Command("wait")
    .argument("<how>")
    .argument("[folder]")
    .action(async (how: string, folder?: string) => {
      if (folder !== undefined) await (await OutputFolder.create(folder)).write("half", "written");
      const signal = how === "deaf" ? undefined : interruptSignal();
      process.stdout.write("ready\n");
      for (let i = 0; i < 1000; i++) {
        await sleep(20);
        if (how === "stubborn" && signal?.aborted) process.stdout.write("not yet\n");
        else if (signal?.aborted) process.stdout.write("saved\n");
        if (how !== "stubborn") signal?.throwIfAborted();
      }
    });
  const nested = new Command("nested").addCommand(new Command("inner").action(() => {}));
  return [greet, fail, wait, nested];
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await run(process.argv.slice(2), fixtures());
}
