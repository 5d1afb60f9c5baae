/**
 * Where the model and the data of a report are: where its command says, where the user says, or among the shipped ones, always by
 * their digest. What is not found is refused with the digest that was looked for.
 */
import { failed, outOfRange } from "../check.ts";
import { digestDataset, digestParameters } from "../data/digest.ts";
import type { Network } from "../model/index.ts";
import { loadData, shippedModels } from "../node/index.ts";
import { analysedModel } from "./analysis-model.ts";
import { selectImages, type Truth } from "./attack-input.ts";
import { flagOf, withFlag } from "./rerun.ts";

/** What of a record says what it is of. */
export interface Sources {
  model?: { digest: string };
  models?: readonly { digest: string }[];
  data?: { digest: string; count?: number };
  options: { first?: number; count?: number; truth?: string; seed?: number; minima?: string };
}

export interface Given {
  model?: string;
  data?: string;
}

/** The words of a command with the model and the data where they are. */
export interface Found {
  words: string[];
  /** Whether they are elsewhere than the command says: then names in the record differ. */
  isElsewhere: boolean;
}

/** The flags that name models. */
const MODEL_FLAGS = ["--model", "--from", "--to"];
/** Sets that are looked through for data that are not where the command says. */
const KNOWN_DATA = ["mnist:test", "mnist:train", "fashion:test", "fashion:train"];
const USUAL_DATA = "mnist:test";

/** Finds what a report is of, by digest. `file` is its name for errors. */
export async function findSources(
  file: string,
  words: readonly string[],
  record: Sources,
  given: Given,
): Promise<Found> {
  const models = await findModels(file, words, record, given.model);
  const data = await findData(file, models.words, record, given.data, models.network);
  return { words: data.words, isElsewhere: models.isElsewhere || data.isElsewhere };
}

async function findModels(
  file: string,
  words: readonly string[],
  { model, models, options }: Sources,
  given: string | undefined,
): Promise<Found & { network: Network | undefined }> {
  const wanted = (model ? [model] : (models ?? [])).map(({ digest }) => digest);
  const flags = MODEL_FLAGS.filter((flag) => flagOf(words, flag) !== undefined);
  const networks = new Map<string, Network>();
  const failures: Failures = new Map();
  const digestAt = (name: string): Promise<string | undefined> =>
    orWhy(failures, name, async () => {
      const { network } = await analysedModel(name, options.seed ?? 0);
      const digest = await digestParameters(network.getParameters());
      networks.set(digest, network);
      return digest;
    });
  // A single model's path may hold a comma.
  const namesOf = (flag: string) => (model ? [flagOf(words, flag) as string] : (flagOf(words, flag) ?? "").split(","));
  const named = flags.flatMap((flag) => namesOf(flag).map((name) => ({ flag, name })));
  const there = new Map<string, string | undefined>();
  for (const { name } of named) if (!there.has(name)) there.set(name, await digestAt(name));
  const known = new Set(there.values());
  const missing = wanted.filter((digest) => !known.has(digest));
  const replaced = new Map<string, string>();
  const strayed = [...there].filter(([, digest]) => digest === undefined || !wanted.includes(digest));
  for (const digest of named.length > 0 ? missing : []) {
    const [name, other] = strayed.shift() ?? ["its command", undefined];
    const candidates = [...(given === undefined ? [] : [given, ...given.split(",")]), ...(await shippedModels())];
    let found: string | undefined;
    for (const candidate of candidates) {
      found ??= (await digestAt(candidate)) === digest ? candidate : undefined;
    }
    if (found === undefined) {
      const expected = `a model with the digest ${digest}; name its folder by --model`;
      return other === undefined
        ? failed(file, expected, noneAt(name, failures, given))
        : outOfRange(file, expected, `${other} at ${name}`);
    }
    replaced.set(name, found);
  }
  let moved = [...words];
  for (const flag of flags) {
    moved = withFlag(
      moved,
      flag,
      namesOf(flag)
        .map((name) => replaced.get(name) ?? name)
        .join(","),
    );
  }
  return { words: moved, isElsewhere: replaced.size > 0, network: networks.get(wanted[0] as string) };
}

/** The data of the images that the options select, where their digest is that of the record. */
async function findData(
  file: string,
  words: readonly string[],
  { data, options }: Sources,
  given: string | undefined,
  network: Network | undefined,
): Promise<Found> {
  const count = options.count ?? data?.count;
  const stays = { words: given === undefined ? [...words] : withFlag(words, "--data", given), isElsewhere: false };
  // Splits to train on, and images that a file picks, have digests of their own kind: the run compares them.
  const isPicked = options.minima !== undefined && options.minima !== "none";
  if (!data || !network || count === undefined || isPicked) return stays;
  const { first = 0, truth = "labels" } = options;
  const failures: Failures = new Map();
  const digestAt = (spec: string): Promise<string | undefined> =>
    orWhy(failures, spec, async () => {
      const selection = { data: spec, first, count, truth: truth as Truth };
      return digestDataset(selectImages(await loadData(spec), network, selection));
    });
  const said = flagOf(words, "--data") ?? USUAL_DATA;
  const there = await digestAt(said);
  if (there === data.digest) return { words: [...words], isElsewhere: false };
  for (const spec of [...(given === undefined ? [] : [given]), ...KNOWN_DATA]) {
    if ((await digestAt(spec)) === data.digest) return { words: withFlag(words, "--data", spec), isElsewhere: true };
  }
  const expected = `data with the digest ${data.digest}; name them by --data`;
  return there === undefined
    ? failed(file, expected, noneAt(said, failures, given))
    : outOfRange(file, expected, `${there} at ${said}`);
}

/** Why what was looked for could not be read, by the name it was looked for at. */
type Failures = Map<string, string>;

/** A digest; undefined where it cannot be made, and why not among the failures. */
async function orWhy(failures: Failures, name: string, made: () => Promise<string>): Promise<string | undefined> {
  try {
    return await made();
  } catch (error) {
    failures.set(name, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** "none at x: why", of what the command names, and of what the user named where that cannot be read either. */
function noneAt(name: string, failures: Failures, given: string | undefined): string {
  const why = [...new Set([name, given ?? name])].flatMap((one) => {
    const failure = failures.get(one);
    return failure === undefined ? [] : [`none at ${one}: ${failure}`];
  });
  return why.length > 0 ? why.join("; ") : `none at ${name}`;
}
