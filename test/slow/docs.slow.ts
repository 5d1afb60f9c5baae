/** The documentation's commands as they stand, with all their images; but for those that train for an hour or need a server. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { argumentsOf, hasPlaceholder, shownCommands } from "../docs/commands.ts";
import { prepare } from "../docs/fixtures.ts";
import { ROOT } from "../docs/pages.ts";

/** Of these the documentation says how long they take: from four minutes to an hour and a quarter. */
const HOURS =
  /^paper .*--(?:retrain|seeds|experiment)|^units .*--survey|^verify models|--model mnist-convnet --epochs|--strategy adversarial|--queue/;

const lines = shownCommands()
  .filter((shown) => !hasPlaceholder(shown) && argumentsOf(shown).length > 0)
  .map((shown) => argumentsOf(shown))
  .filter((args) => !HOURS.test(args.join(" ")) && !/^help|--help/.test(args.join(" ")))
  .filter((args) => args.length > 1 || args[0] === "paper")
  .sort((a, b) => Number(a[0] === "verify") - Number(b[0] === "verify"));

/** Lines on a set that a machine may not have, and what installs it. */
const FASHION = existsSync("/usr/share/datasets/fashion-mnist") ? undefined : "apt-get install dataset-fashion-mnist";
const missingOf = (line: string): string | undefined => (line.includes("fashion") ? FASHION : undefined);

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "blindspot-commands-"));
  await prepare(folder);
  rmSync(join(folder, "report"), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

for (const args of lines) {
  const line = args.join(" ");
  const missing = missingOf(line);
  test(missing ? `${line} (skipped: its images are not here: ${missing})` : line, {
    skip: missing !== undefined,
  }, async () => {
    const overwrite = args[0] === "verify" ? [] : ["--overwrite"];
    const command = [join(ROOT, "dist/bundle/main.js"), ...args, "--quiet", ...overwrite];
    const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: folder });
    expect(stdout).not.toBe("");
  });
}
