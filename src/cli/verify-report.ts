/** `blindspot verify <report>`: the study of a report again, in full or for some of its images. */
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { NamedArray, NamedArrays } from "../data/digest.ts";
import { readNpy } from "../data/index.ts";
import { readBytes, readText } from "../node/read-file.ts";
import { parseJson } from "../schema.ts";
import { flagName } from "../studies/command.ts";
import { compareMakers, compareRecords, type RecordDifference } from "../studies/verify/compare.ts";
import { type AskedRows, ROW_READERS, type Stored } from "../studies/verify/rows.ts";
import { verifySample } from "../studies/verify/sample.ts";
import { ownDifferences, requireRecord } from "../studies/verify/verify.ts";
import { interruptSignal } from "./interrupt.ts";
import { flagOf, rerun, withFlag, withoutFlag, wordsOf } from "./rerun.ts";
import { tellMakers, tellOutcome } from "./verify-outcome.ts";
import { findSources, type Sources } from "./verify-sources.ts";

export interface ReportFlags {
  model?: string;
  data?: string;
  sample?: number;
  sampleSeed: number;
  json?: boolean;
  quiet?: boolean;
}

/** Names, which differ where the model or the data are elsewhere than the report says. */
const OF_PLACES = /^(command|title|(model|data|models\[\d+\])\.name)$/;

export async function verifyReport(file: string, json: unknown, flags: ReportFlags): Promise<void> {
  const { command } = requireRecord(file, json);
  const stated: Stored = { record: json as object, arrays: await arraysIn(dirname(file)) };
  const differences = await ownDifferences(stated);
  const { words, isElsewhere } = await findSources(file, wordsOf(file, command), json as Sources, flags);
  const options = { quiet: flags.quiet === true || flags.json === true, signal: interruptSignal() };
  if (flags.sample === undefined) {
    const { record } = await rerun(words, storedIn, options);
    const found = compareRecords(stated.record, record);
    tellMakers(flags, compareMakers(stated.record, record));
    return tellOutcome(flags, {
      what: `every number of ${file}`,
      differences: [...differences, ...found.filter(({ path }) => !(isElsewhere && OF_PLACES.test(path)))],
    });
  }
  let madeBy: RecordDifference[] = [];
  const asked = { sample: flags.sample, seed: flags.sampleSeed };
  const sample = await verifySample(file, stated, asked, async (rows) => {
    const found = await rerun(wordsFor(words, stated, rows), storedIn, { ...options, quiet: true });
    madeBy = compareMakers(stated.record, found.record);
    return found;
  });
  const { positions, of, left } = sample;
  const beyond = left === undefined ? "" : `, but not ${left}`;
  differences.push(...sample.differences.filter(({ path }) => !(isElsewhere && OF_PLACES.test(path))));
  tellMakers(flags, madeBy);
  tellOutcome(flags, {
    what: `${positions.length} of ${of} images of ${file}, drawn by seed ${flags.sampleSeed}${beyond}`,
    differences,
  });
}

/** The words that ask about some of the images. */
function wordsFor(words: readonly string[], { record }: Stored, { first, count, bench }: AskedRows): string[] {
  const ofAll = ROW_READERS[(record as { kind: string }).kind]?.ofAll ?? [];
  const left = ofAll.reduce((all, option) => withoutFlag(all, flagName(option)), words);
  const some = withFlag(withFlag(left, "--first", `${first}`), "--count", `${count}`);
  if (!bench) return some;
  const { models = [] } = record as { models?: { name: string }[] };
  const named = (flagOf(words, "--model") ?? "").split(",");
  const given = named[models.findIndex(({ name }) => name === bench.model)] ?? bench.model;
  return Object.entries({ model: given, norms: bench.norm, epsilon: `${bench.epsilon}` }).reduce(
    (all, [flag, value]) => withFlag(all, `--${flag}`, value),
    some,
  );
}

async function storedIn(folder: string): Promise<Stored> {
  const path = join(folder, "results.json");
  const record = parseJson(path, await readText(path, "the results of the study")) as object;
  return { record, arrays: await arraysIn(folder) };
}

/** The arrays of a report, by name; undefined where it has none. */
async function arraysIn(report: string): Promise<NamedArrays | undefined> {
  const folder = join(report, "arrays");
  const files = await readdir(folder, { recursive: true }).catch((): string[] => []);
  const arrays: Record<string, NamedArray> = {};
  for (const file of files.filter((name) => name.endsWith(".npy"))) {
    const path = join(folder, file);
    arrays[file.slice(0, -".npy".length).replaceAll("\\", "/")] = readNpy(path, await readBytes(path));
  }
  return Object.keys(arrays).length > 0 ? arrays : undefined;
}
