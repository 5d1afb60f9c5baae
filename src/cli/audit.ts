/** `blindspot audit`: what is to be known of a model before it ships, as a report, as evidence, and as an exit code for CI. */
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Command, Option } from "commander";
import { EFFORTS, type EffortName, type NormName } from "../attacks/index.ts";
import { NORMS } from "../attacks/minimal/norm.ts";
import { digestDataset, digestParameters } from "../data/digest.ts";
import { preprocessFlags } from "../model/index.ts";
import { loadData, loadNetwork, resolveModel } from "../node/index.ts";
import { readText } from "../node/read-file.ts";
import { auditFiles, auditText } from "../report/index.ts";
import { parseJson } from "../schema.ts";
import { AUDIT_NORMS, DRAWS, requireAsked } from "../studies/audit/options.ts";
import { AUDIT_PROOFS, type AuditProof } from "../studies/audit/record.ts";
import { auditStudy } from "../studies/audit/study.ts";
import { flagName } from "../studies/command.ts";
import { selectImages, type Truth, truthOf } from "./attack-input.ts";
import { imageOptions } from "./attack-options.ts";
import {
  addOptions,
  decimal,
  decimals,
  names,
  oneOf,
  outputOptions,
  seedOption,
  UsageError,
  usage,
  wholeNumber,
  workersOption,
} from "./options.ts";
import { loadOptions, type PreprocessFlags } from "./preprocess-options.ts";
import { DiffersError } from "./run.ts";
import { type OutputFlags, runStudy } from "./study.ts";

interface Flags extends PreprocessFlags, OutputFlags {
  model: string;
  name?: string;
  data: string;
  count?: number;
  first: number;
  truth: Truth;
  norm: NormName[];
  epsilon?: number[];
  effort: EffortName;
  certify: AuditProof;
  draws: number;
  failUnder?: number[];
  proved?: boolean;
  baseline?: string;
  allow: number;
  evidence?: boolean;
  workers?: number;
  seed: number;
}

/** Failed checks that the last line names. */
const NAMED = 3;

/** A new one each time: commander's commands remember what they parsed. */
export function auditCommand(): Command {
  const command = new Command("audit")
    .summary("audit a model's robustness, for a report, for CI and for a technical file")
    .description(
      "Audit a model: in each norm the smallest change found for each image and the radius certified, the share that resists a budget " +
        "between its two ends, random noise of the same length, rounding to 8 bits, and everyday corruptions. --fail-under and --baseline " +
        "make it a gate: exit code 0 if all checks hold, 3 if one fails. The folder has the page, audit.json (the next audit's " +
        "--baseline), junit.xml, audit.sarif, images.csv and arrays. Finished images go to <out>.journal. To resume a run that was stopped " +
        "or killed, start it again: it ends with the same bits.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ blindspot audit --model my-model --data images:photos
  $ blindspot audit --epsilon 0.3,0.02 --fail-under 0.9    at least 90 % resist 0.3 in L2, and 0.02 in L-infinity
  $ blindspot audit --epsilon 0.3,0.02 --certify epsilon   proofs at these budgets alone: faster
  $ blindspot audit --baseline audits/v1 --allow 0.05      no worse than an earlier audit, but for 5 %
  $ blindspot audit --norm l2,linf,l1,l0 --evidence --out audits/v2`,
    );
  return addOptions(command, [
    new Option("--model <folder or name>", "a folder with a model, an ONNX file, or a shipped model").default(
      "fc100-100-10",
    ),
    new Option("--name <name>", "what the report and the baseline call the model (default: the last part of --model)"),
    ...imageOptions("the model"),
    new Option("--norm <norm,...>", `the norms in which changes are measured: ${NORMS.join(", ")}`)
      .argParser(parseNorms)
      .default(AUDIT_NORMS, AUDIT_NORMS.join(",")),
    new Option(
      "--epsilon <length,...>",
      "the budget of each norm, in their order: shares are reported for it (default: none, curves over all budgets)",
    ).argParser(decimals("--epsilon", 0)),
    new Option("--effort <level>", "how hard to search for the smallest change")
      .choices(Object.keys(EFFORTS))
      .default("fast"),
    new Option(
      "--certify <what>",
      "what is proved: radii, a radius for each image; epsilon, whether the budget is harmless, which is faster; none",
    )
      .choices(AUDIT_PROOFS)
      .default("radii"),
    new Option("--draws <number>", "draws of random noise an image and norm")
      .argParser(wholeNumber("--draws", 1, 10_000))
      .default(DRAWS),
    new Option(
      "--fail-under <share,...>",
      "fail if a smaller share of the images than this resists the budget, 0.9 for 90 %: one for all norms, or one each",
    ).argParser(decimals("--fail-under", 0, 1)),
    new Option(
      "--proved",
      "with --fail-under: count images that are proved to resist, not those that no attack changed",
    ),
    new Option("--baseline <file>", "fail if the model is worse than in an earlier audit: its folder or audit.json"),
    new Option("--allow <share>", "with --baseline: by how much it may be worse, 0.05 for 5 %")
      .argParser(decimal("--allow", 0, 1))
      .default(0),
    new Option("--evidence", "also write evidence.html and evidence.json, for a technical file"),
    workersOption(),
    seedOption(),
    ...outputOptions("audit"),
  ]).action((flags: Flags) => audit(flags));
}

function parseNorms(text: string): NormName[] {
  return names("--norm", "norms")(text).map(oneOf("--norm", NORMS));
}

/** An audit.json, or the one of an audit's folder. */
async function readBaseline(path: string): Promise<object> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const file = isFolder ? join(path, "audit.json") : path;
  return parseJson(file, await readText(file, "the audit.json of an earlier audit")) as object;
}

/** The checks of the study before anything is read, in the names of the flags. */
function requireFlags(options: Parameters<typeof requireAsked>[0]): void {
  usage(() => {
    try {
      requireAsked(options);
    } catch (error) {
      const named = /^[a-zA-Z]+|(?<=: expected )[a-zA-Z]+(?= beside)/g;
      throw new UsageError(
        (error as Error).message.replace(named, (option) => flagName(option.replace("norms", "norm"))),
      );
    }
  });
}

async function audit(flags: Flags): Promise<void> {
  const { model: given, data: name, first, seed, norm: norms, epsilon, effort, certify, draws } = flags;
  const { failUnder, proved = false, baseline: file, allow, evidence = false, workers } = flags;
  if (allow > 0 && file === undefined) throw new UsageError("--allow: expected --baseline beside it, got none");
  const options = {
    ...{ norms, effort, certify, draws, proved, allow, seed, first },
    ...(epsilon && { epsilon }),
    ...(failUnder && { failUnder }),
  };
  requireFlags(options);
  const baseline = file === undefined ? undefined : await readBaseline(file);
  const network = await loadNetwork(given, loadOptions(flags));
  const all = await loadData(name);
  const dataset = selectImages(all, network, flags);
  const truth = truthOf(all, flags.truth, network);
  const called = flags.name ?? basename(await resolveModel(given));
  const record = await runStudy(flags, {
    name: "audit",
    asked: {
      ...{ model: given, name: called, data: name, count: dataset.count, truth, baseline: file, ...options },
      ...preprocessFlags(network.preprocess),
      "digest of the model": await digestParameters(network.getParameters()),
      "digest of the data": await digestDataset(dataset),
    },
    ...(workers !== undefined && { workers }),
    unit: "results",
    files: (made) => auditFiles(made, { evidence }),
    text: auditText,
    study: (run) =>
      auditStudy(
        { network, name: called, given },
        { dataset, name },
        { ...options, truth, ...(baseline && { baseline, baselineFile: file as string }) },
        run,
      ),
  });
  if (record.holds) return;
  const failing = record.checks.filter(({ holds }) => !holds).map((check) => check.name);
  const more = failing.length > NAMED ? `; and ${failing.length - NAMED} more` : "";
  throw new DiffersError(
    `audit: expected all ${record.checks.length} checks to hold, got ${failing.length} that fail: ${failing.slice(0, NAMED).join("; ")}${more}`,
  );
}
