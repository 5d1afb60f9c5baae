/**
 * The study "robust": how much of the accuracy on a set of images stays under every change within epsilon, from both ends: what attacks
 * change, and what certificates prove.
 */
import { selectRows } from "../../analysis/index.ts";
import type { EnsembleMember, NormName, RobustAccuracyOptions, RobustVerdict } from "../../attacks/index.ts";
import { ATTACKS } from "../../attacks/index.ts";
import { type CertificateQuestion, proveRows, requireMembers } from "../../attacks/robust/accuracy.ts";
import { OWN, requireEnsemble } from "../../attacks/robust/ensemble.ts";
import { type CertifiedNorm, whyUnproved } from "../../certify/index.ts";
import { requireInteger, requireOptions, wrongType } from "../../check.ts";
import { preprocessFlags } from "../../model/index.ts";
import { rateOf } from "../../numeric/rate.ts";
import { sum } from "../../numeric/statistics.ts";
import { optionTexts } from "../attack/named.ts";
import { NORM_WORDS } from "../attack/question.ts";
import { notingKnown } from "../attack/search.ts";
import { ImagesPresent } from "../missing.ts";
import { recordHead, sealRecord, timing } from "../record.ts";
import {
  identifiedData,
  identifiedModel,
  requireData,
  requireInRange,
  requireModel,
  running,
  type StudyData,
  type StudyModel,
  type StudyRun,
} from "../study.ts";
import type { RobustRow } from "../tasks/robust.ts";
import { type RobustAttack, type RobustImage, type RobustRecord, robustArrays } from "./record.ts";

/** Within which distance images are attacked, and by what. */
export interface RobustStudyOptions {
  /** The norm. */
  norm: NormName;
  /** The most that a change may measure in the norm. */
  epsilon: number;
  /** The attacks in their order, by name or with what they may cost; default those of `robustAccuracy`. */
  attacks?: RobustAccuracyOptions["attacks"];
  /** Whether images that resist are certified; default true. A norm or a network without certificates has the upper end alone. */
  certify?: boolean;
  /** Of everything random; default 0. */
  seed?: number;
  /** Position of the data's first image in the set they were taken from; default 0. */
  first?: number;
  /** What counts as an image's true answer, for the record: the labels of the data are what is used. */
  truth?: "labels" | "model";
}

/**
 * Attacks every image within epsilon by one attack after another, until one succeeds, certifies those that resist, and records what
 * became of each. Images are items of a job, so a run that was stopped goes on where it was.
 * Rejects before any work for data that do not fit the model, and for options that are unknown or out of range.
 *
 * @param data  its labels are the true answers
 * @returns the record; its digest does not depend on the executor
 */
export async function robustStudy(
  model: StudyModel,
  data: StudyData,
  options: RobustStudyOptions,
  run: StudyRun = {},
): Promise<RobustRecord> {
  requireOptions("robustStudy", options, {
    ...{ norm: true, epsilon: true, attacks: true, seed: true, first: true, truth: true },
    certify: true,
  });
  const { norm, epsilon, certify = true, seed = 0, first = 0, truth: source = "labels" } = options;
  requireModel(model);
  requireData(data);
  requireInteger("seed", seed, 0);
  if (typeof certify !== "boolean") wrongType("certify", "true or false", certify);
  requireInRange(model, data);
  const { network } = model;
  const { dataset } = data;
  const { count, shape } = dataset;
  const attacks = requireMembers(network, norm, options.attacks);
  const asWhole = { rows: dataset.rows, truth: Int32Array.from(dataset.labels) };
  requireEnsemble(network, { ...asWhole, norm, epsilon, attacks, seed });
  const noted = notingKnown(run);
  const { executor, signal, tell } = running(noted.run);
  const started = performance.now();
  let evaluations = 0;
  const present = new ImagesPresent(count);
  const answered = await present.run(
    executor,
    {
      task: "robust",
      input: { model: network, ...asWhole, settings: { norm, epsilon, attacks, seed } },
      items: count,
    },
    {
      ...(signal && { signal }),
      onProgress: (done, more = 0) => {
        evaluations += more;
        tell({ label: "attacks", done, total: count, unit: "images", note: `${evaluations} evaluations` });
      },
    },
  );
  const { positions } = present;
  const found = positions.map((image) => answered[image] as RobustRow);
  const { rows, labels } = present.datasetOf(dataset);
  const truth = Int32Array.from(labels);
  const adversarial = rows.slice();
  for (const [i, { row }] of found.entries()) if (row) adversarial.set(row, i * network.inputSize);
  const result = {
    verdict: found.map(({ verdict }): RobustVerdict => verdict),
    by: found.map(({ by }) => by),
    distance: Float64Array.from(found, ({ distance }) => distance),
    evaluations: Uint32Array.from(found, (row) => row.evaluations),
    rows: adversarial,
  };
  const unproved = certify ? whyUnproved(network, norm) : "certificates were not asked for";
  if (unproved === undefined) {
    const asked = positions.filter((_, i) => result.verdict[i] === "undecided");
    await proveRows(network, result, {
      ...{ rows, truth, norm, epsilon },
      certify: (_, question) => certificates(model, question, { run, present, asked }),
    });
  }
  const milliseconds = performance.now() - started;
  const isThere = positions.map((image) => present.has(image));
  const all = result.verdict.map(
    (verdict, i): RobustImage => ({
      index: first + (positions[i] as number),
      label: truth[i] as number,
      verdict,
      by: result.by[i] ?? null,
      distance: verdict === "attacked" ? (result.distance[i] as number) : null,
      evaluations: result.evaluations[i] as number,
    }),
  );
  const images = all.filter((_, i) => isThere[i]);
  const share = (kinds: readonly RobustImage["verdict"][]) =>
    rateOf(images.filter(({ verdict }) => kinds.includes(verdict)).length, images.length);
  const asked = {
    ...{ norm, epsilon, seed, first, count, truth: source },
    attacks: options.attacks && attacks.map(memberText),
    noCertify: !certify,
  };
  const head = recordHead(
    "robust",
    `${model.name} on ${data.name}, within ${epsilon} in ${NORM_WORDS[norm]}`,
    {
      command: "robust",
      options: {
        ...{ model: model.given ?? model.name, ...preprocessFlags(network.preprocess), data: data.name },
        ...asked,
      },
      defaults: { first: 0, truth: "labels" },
    },
    asked,
  );
  const record = {
    ...head,
    ...present.said(first),
    model: { ...(await identifiedModel(model)), inputShape: shape },
    data: await identifiedData(data),
    ...{ norm, epsilon },
    clean: share(["attacked", "undecided", "proved"]),
    upper: share(["undecided", "proved"]),
    lower: share(["proved"]),
    undecided: share(["undecided"]),
    ...(unproved !== undefined && { unproved }),
    evaluations: sum(images.map((image) => image.evaluations)),
    attacks: attacksOf(
      attacks,
      found.filter((_, i) => isThere[i]),
    ),
    timing: timing(milliseconds, Math.round(count * (1 - noted.known()))),
    images,
    adversarial: isThere.includes(false)
      ? selectRows(adversarial, network.inputSize, isThere.map(Number))
      : adversarial,
  };
  return sealRecord(record, robustArrays(record, shape));
}

/** Certificates on the workers of the executor: an item is one of the images that are `asked` about, given by their positions. */
async function certificates(
  { network }: StudyModel,
  { rows, truth, norm, epsilon }: CertificateQuestion,
  { run, present, asked }: { run: StudyRun; present: ImagesPresent; asked: readonly number[] },
): Promise<{ verdict: string[]; rows: Float32Array }> {
  const { executor, signal, tell } = running(run);
  const total = rows.length / network.inputSize;
  const settings = { norm: norm as CertifiedNorm, effort: "fast", epsilon } as const;
  const answers = await present.run(
    executor,
    { task: "certify", input: { model: network, rows, truth: Int32Array.from(truth), settings }, items: total },
    { signal, onProgress: (done) => tell({ label: "certificates", done, total, unit: "images" }) },
    (item) => [asked[item] as number],
  );
  const changed = rows.slice();
  for (const [i, answer] of answers.entries()) if (answer?.row) changed.set(answer.row, i * network.inputSize);
  return { verdict: answers.map((answer) => answer?.verdict ?? "undecided"), rows: changed };
}

/** What each attack did: those before it took their images away. */
function attacksOf(attacks: readonly EnsembleMember[], found: readonly RobustRow[]): RobustAttack[] {
  let asked = found.filter(({ verdict }) => verdict !== "misread").length;
  return attacks.map((member) => {
    const title = member.attack === OWN ? "the smallest change, by quasi-Newton steps" : ATTACKS[member.attack].title;
    const done = { ...member, title, asked, found: found.filter(({ by }) => by === member.attack).length };
    asked -= done.found;
    return done;
  });
}

/** An attack as the command takes it: "square:1000", "pgd;restarts=5". */
export function memberText({ attack, evaluations, options = {} }: EnsembleMember): string {
  return [evaluations === undefined ? attack : `${attack}:${evaluations}`, ...optionTexts(options)].join(";");
}
