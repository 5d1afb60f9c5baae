/**
 * Every command of README, docs/ and examples/. The command's own parser takes each of them as it stands. They are run with small
 * counts, by the built command; those that take longer even so are parsed alone here, and run in test/slow/docs.slow.ts.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { argumentsOf, folderOf, hasPlaceholder, refusal, shownCommands } from "./commands.ts";
import { prepare } from "./fixtures.ts";
import { ROOT } from "./pages.ts";

const SHOWN = shownCommands();
const run = promisify(execFile);
const MAIN = join(ROOT, "dist/bundle/main.js");

/** Flags that make a command small; of a flag that is given twice the last counts. */
const SMALL: Readonly<Record<string, readonly string[]>> = {
  attack: ["--count", "2"],
  robust: ["--count", "1"],
  audit: ["--count", "2", "--draws", "2"],
  certify: ["--count", "2"],
  "bench-attacks": ["--count", "2", "--propagations", "40", "--attacks", "minimal,fgsm"],
  transfer: ["--count", "3"],
  pockets: ["--count", "1", "--directions", "2", "--samples", "2"],
  features: ["--data", "idx:small", "--count", "24", "--iterations", "2"],
  stability: ["--count", "3"],
  units: ["--count", "40", "--iterations", "1", "--directions", "4"],
  train: ["--data", "idx:small"],
  verify: [],
};

/** How a line is made small; one that trains by full batches takes iterations, and by minibatches epochs. */
function smallOf(args: readonly string[]): readonly string[] {
  const [name = ""] = args;
  const takesEpochs = args.some((word) => /^(?:--epochs|--strategy|mnist-convnet|mnist-certified)$/.test(word));
  const end = name !== "train" ? [] : takesEpochs ? ["--epochs", "1"] : ["--iterations", "3"];
  // Branch and bound takes what it is given.
  const budget = name === "certify" && args.includes("--evaluations") ? ["--count", "1", "--evaluations", "20"] : [];
  return [...(SMALL[name] ?? []), ...end, ...budget];
}

/** Lines that take long with small counts too: they are parsed alone. */
const LONG = [
  [/^paper .*--(?:retrain|seeds|experiment)/, "trains models"],
  [/^paper/, "attacks six models"],
  [/--queue/, "needs a server: test/jobs/queue has one"],
  [/^units .*--survey/, "goes through all layers of all models"],
  [/^verify --machine/, "computes hundreds of digests"],
  [/^verify models\//, "trains a model"],
] as const;

const ranHere = SHOWN.filter((shown) => {
  const line = argumentsOf(shown).join(" ");
  return (
    argumentsOf(shown).length > 1 &&
    !hasPlaceholder(shown) &&
    !LONG.some(([pattern]) => pattern.test(line)) &&
    !/^help|--help/.test(line)
  );
});

test("the command's own parser takes every line", () => {
  expect(SHOWN.length).toBeGreaterThan(25);
  const refused = SHOWN.map((shown) => ({ ...shown, why: refusal(argumentsOf(shown)) })).filter(
    ({ why }) => why !== undefined,
  );
  expect(refused).toEqual([]);
});

test("a line with a flag or a value that there is not is refused", () => {
  expect(refusal(["attack", "--efort", "fast"])).toMatch(/unknown option/);
  expect(refusal(["attack", "--norm", "l3"])).toMatch(/l3/);
  expect(refusal(["atack"])).toMatch(/no command/);
});

test("every line that is parsed alone is one that is shown", () => {
  for (const [pattern] of LONG)
    expect(SHOWN.map((shown) => argumentsOf(shown).join(" ")).some((line) => pattern.test(line))).toBe(true);
});

describe("with small counts", () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "blindspot-commands-"));
    await prepare(folder);
    rmSync(join(folder, "report"), { recursive: true });
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Lines that write the same folder wait for each other. */
  const writers = new Map<string, Promise<unknown>>();
  /** Lines that read what other lines write: they come last. */
  const isOfOthers = ([name]: readonly string[]): boolean => name === "verify" || name === "features";
  const lines = ranHere.map((shown) => [argumentsOf(shown).join(" "), argumentsOf(shown)] as const);

  test.concurrent.each(lines.filter(([, args]) => !isOfOthers(args)))("%s", async (_, args) => {
    const folderName = folderOf(args);
    const before = writers.get(folderName);
    const flags = [...args, ...smallOf(args), "--quiet", "--overwrite"];
    const done = Promise.resolve(before).then(() => run(process.execPath, [MAIN, ...flags], { cwd: folder }));
    writers.set(
      folderName,
      done.catch(() => {}),
    );
    expect((await done).stdout).not.toBe("");
  });

  test.each(lines.filter(([, args]) => isOfOthers(args)))("%s", async (_, args) => {
    const flags = [...args, ...smallOf(args), "--quiet"];
    if (args.includes("--sample")) flags.splice(flags.indexOf("--sample") + 1, 1, "2");
    expect((await run(process.execPath, [MAIN, ...flags], { cwd: folder })).stdout).not.toBe("");
  });
});
