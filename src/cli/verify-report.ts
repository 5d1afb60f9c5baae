/** `blindspot verify <report>`: the study of a report again, in full or for some of its images. */
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { failed, outOfRange } from "../check.ts";
import { digestArrays, digestParameters, type NamedArray } from "../data/digest.ts";
import { readNpy } from "../data/index.ts";
import { loadNetwork, shippedModels } from "../node/index.ts";
import { readBytes, readText } from "../node/read-file.ts";
import { Random } from "../numeric/random.ts";
import { parseJson } from "../schema.ts";
import { digestRecord } from "../studies/record.ts";
import { compareRecords, type ReadRecord, type RecordDifference, requireRecord } from "../studies/verify/verify.ts";
import { analysedModel } from "./analysis-model.ts";
import { interruptSignal } from "./interrupt.ts";
import { UsageError } from "./options.ts";
import { flagOf, rerun, withFlag, wordsOf } from "./rerun.ts";
import { tellOutcome } from "./verify-outcome.ts";

export interface ReportFlags {
  model?: string;
  data?: string;
  sample?: number;
  sampleSeed: number;
  json?: boolean;
  quiet?: boolean;
}

interface Example {
  index: number;
}

export async function verifyReport(file: string, json: unknown, flags: ReportFlags): Promise<void> {
  const record = requireRecord(file, json);
  const digests = await ownDigests(file, record, json as object);
  const words = await wordsFor(file, record, json as object, flags);
  const options = { quiet: flags.quiet === true || flags.json === true, signal: interruptSignal() };
  if (flags.sample === undefined) {
    const found = await rerun(words, readResults, options);
    const differences = [...digests, ...compareRecords(json as object, found)];
    return tellOutcome(flags, { what: `every number of ${file}`, differences });
  }
  const examples = (json as { examples?: Example[] }).examples ?? [];
  const chosen = sampled(examples.length, flags.sample, flags.sampleSeed);
  const differences = [...digests];
  for (const position of chosen) {
    const stated = examples[position] as Example;
    const one = withFlag(withFlag(words, "--first", `${stated.index}`), "--count", "1");
    const found = (await rerun(one, readResults, { ...options, quiet: true })) as { examples: object[] };
    for (const { path, ...values } of compareRecords({ of: stated }, { of: found.examples[0] })) {
      differences.push({ path: path.replace(/^of/, `examples[${position}]`), ...values });
    }
  }
  tellOutcome(flags, { what: `${chosen.length} of ${examples.length} images of ${file}`, differences });
}

async function readResults(folder: string): Promise<object> {
  const path = join(folder, "results.json");
  return parseJson(path, await readText(path, "the results of the study")) as object;
}

/** What of a report contradicts its own digests. */
async function ownDigests(file: string, record: ReadRecord, json: object): Promise<RecordDifference[]> {
  const found: RecordDifference[] = [];
  const recordDigest = await digestRecord(json);
  if (recordDigest !== record.recordDigest) {
    found.push({ path: "recordDigest", stated: record.recordDigest, found: recordDigest });
  }
  const folder = join(dirname(file), "arrays");
  const names = (await readdir(folder, { recursive: true }).catch((): string[] => [])).filter((name) =>
    name.endsWith(".npy"),
  );
  if (names.length > 0) {
    const arrays: Record<string, NamedArray> = {};
    for (const name of names) {
      const path = join(folder, name);
      arrays[name.slice(0, -".npy".length).replaceAll("\\", "/")] = readNpy(path, await readBytes(path));
    }
    const digest = await digestArrays(arrays);
    if (digest !== record.digest) found.push({ path: "arrays/*.npy: digest", stated: record.digest, found: digest });
  }
  return found;
}

/** Positions, each once, in ascending order, drawn by a seed. */
function sampled(count: number, asked: number, seed: number): number[] {
  if (count === 0)
    throw new UsageError("--sample: expected a report of attack, whose images stand one by one, got another");
  const random = new Random(seed);
  const left = Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: Math.min(asked, count) }, (_, draw) => {
    return left.splice(random.integer(draw, left.length), 1)[0] as number;
  }).sort((a, b) => a - b);
}

/** The words of the report's command, with its model where it is: named by the user, as the report says, or shipped with that digest. */
async function wordsFor(file: string, record: ReadRecord, json: object, flags: ReportFlags): Promise<string[]> {
  let words = wordsOf(file, record.command);
  if (flags.data !== undefined) words = withFlag(words, "--data", flags.data);
  if (flags.model !== undefined) words = withFlag(words, "--model", flags.model);
  const named = flagOf(words, "--model");
  const digest = (json as { model?: { digest?: unknown } }).model?.digest;
  if (named === undefined || typeof digest !== "string") return words;
  const seed = Number(flagOf(words, "--seed") ?? 0);
  const there = await digestOf(() => analysedModel(named, seed).then(({ network }) => network));
  if (there === digest) return words;
  if (flags.model === undefined) {
    for (const name of await shippedModels()) {
      if ((await digestOf(() => loadNetwork(name))) === digest) return withFlag(words, "--model", name);
    }
  }
  return there === undefined
    ? failed(file, `a model with the digest ${digest}; name its folder by --model`, `none at ${named}`)
    : outOfRange(file, `a model with the digest ${digest}; name its folder by --model`, `${there} at ${named}`);
}

/** The digest of a model's parameters; undefined where it cannot be loaded. */
async function digestOf(load: () => ReturnType<typeof loadNetwork>): Promise<string | undefined> {
  try {
    return await digestParameters((await load()).getParameters());
  } catch {
    return undefined;
  }
}
