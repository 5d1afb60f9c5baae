/**
 * The study "audit": what is to be known of a model before it ships. In each norm a bracket for each image, from the radius that is certified to
 * the smallest change found; beside it random noise of the same length, rounding to 8 bits, and corruptions. The record says whether what was
 * asked of the model holds, by itself and against a baseline.
 */
import { corruptionsOf } from "../../analysis/corruptions.ts";
import { outOfRange, requireLabels } from "../../check.ts";
import { digestArrays } from "../../data/digest.ts";
import { preprocessFlags } from "../../model/index.ts";
import { rateOf } from "../../numeric/rate.ts";
import { BITS } from "../../version.ts";
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
import { type AuditBaseline, requireBaseline, requireComparable } from "./baseline.ts";
import { auditChecks } from "./checks.ts";
import { compareAudits } from "./compare.ts";
import { type AskedAudit, type AuditStudyOptions, DRAWS, requireAsked } from "./options.ts";
import { type AuditImage, type AuditRecord, auditArrays } from "./record.ts";
import { auditNorm, type NormFound } from "./search.ts";
import { normSummary } from "./summary.ts";

/**
 * Audits a model on labelled images. Images are items of jobs, so a run that was stopped goes on where it was.
 *
 * @param data  images in [0, 1]; their labels are the true answers
 * @returns the record, of which `holds` says whether every check does; neither digest depends on the executor
 * @throws RangeError for a baseline that does not pair with this audit; the signal's reason once it is aborted
 */
export async function auditStudy(
  model: StudyModel,
  data: StudyData,
  options: AuditStudyOptions = {},
  run: StudyRun = {},
): Promise<AuditRecord> {
  const asked = requireAsked(options);
  requireModel(model);
  requireData(data);
  requireInRange(model, data);
  const { network, name } = model;
  const { dataset } = data;
  const { shape, count, rows } = dataset;
  requireLabels("data.dataset.labels", dataset.labels, count, network.classes);
  const identified = {
    model: { ...(await identifiedModel(model)), inputShape: shape, classes: network.classes },
    data: { ...(await identifiedData(data)), images: await digestArrays({ rows: { data: rows } }) },
  };
  const { effort, seed, first, truth } = asked;
  const baseline = await baselineFor(options, { ...identified, options: { effort, seed, first, count, truth } });
  const started = performance.now();
  const present = new ImagesPresent(count);
  const found: NormFound[] = [];
  for (const [i, norm] of asked.norms.entries()) {
    const request = {
      norm,
      epsilon: asked.epsilon[i] ?? null,
      effort,
      proof: asked.certify,
      draws: asked.draws,
      seed,
      first,
    };
    found.push(await auditNorm(model, data, request, run, present));
  }
  const corrupted = await underCorruptions(model, data, asked, run, present);
  const milliseconds = performance.now() - started;
  const kinds = corruptionsOf(shape);
  const images = present.positions.map((at): AuditImage => {
    return {
      index: first + at,
      label: dataset.labels[at] as number,
      read: found[0]?.read[at] as number,
      norms: Object.fromEntries(asked.norms.map((norm, i) => [norm, found[i]?.brackets[at]])),
      corruptions: Object.fromEntries(kinds.map((kind, k) => [kind.name, corrupted[at]?.[k] === 1])),
    };
  });
  const norms = asked.norms.map((norm, i) => {
    const { uncertified, bounds } = found[i] as NormFound;
    const settings = { norm, epsilon: asked.epsilon[i] ?? null, proof: asked.certify, draws: asked.draws };
    return normSummary(images, { ...settings, uncertified, bounds });
  });
  const corruptions = kinds.map(({ name, words }) => {
    const isRight = (image: AuditImage) => image.corruptions[name] === true;
    const lost = images.filter((image) => image.label === image.read && !isRight(image)).length;
    return { name, words, right: rateOf(images.filter(isRight).length, images.length), lost };
  });
  const compared =
    baseline &&
    compareAudits(
      images,
      norms,
      kinds.map((kind) => kind.name),
      baselineOf(baseline, present),
    );
  const demands = { shares: asked.failUnder, proved: asked.proved, allow: asked.allow };
  const { missing } = present.said(first);
  const checks = auditChecks(images, norms, compared?.comparisons ?? [], demands, missing);
  const said = {
    norm: asked.norms,
    epsilon: options.epsilon,
    ...{ effort, certify: asked.certify, draws: asked.draws },
    failUnder: options.failUnder,
    proved: asked.proved,
    baseline: baseline && (options.baselineFile ?? baseline.digest),
    ...{ allow: asked.allow, seed, first, count, truth },
  };
  const given = model.given ?? name;
  const record = {
    ...recordHead(
      "audit",
      `${name} on ${data.name}`,
      {
        command: "audit",
        options: {
          model: given,
          name: nameOf(given) === name ? undefined : name,
          ...preprocessFlags(network.preprocess),
          data: data.name,
          ...said,
        },
        defaults: { certify: "radii", draws: DRAWS, allow: 0, first: 0, truth: "labels" },
      },
      said,
    ),
    ...(missing && { missing }),
    ...identified,
    ...{ effort, draws: asked.draws },
    clean: rateOf(images.filter(({ label, read }) => label === read).length, images.length),
    ...{ norms, corruptions, checks },
    holds: checks.every((check) => check.holds),
    ...(baseline && {
      baseline: {
        model: { name: baseline.model.name, digest: baseline.model.digest },
        ...{ version: baseline.version, digest: baseline.digest },
        comparisons: compared?.comparisons ?? [],
        left: compared?.left ?? [],
      },
    }),
    images,
    originals: present.rowsOf(rows),
    adversarial: Object.fromEntries(
      asked.norms.map((norm, i) => [norm, present.rowsOf((found[i] as NormFound).adversarial)]),
    ),
    timing: timing(milliseconds, Math.round(count * (1 - (found[0]?.known ?? 0)))),
  };
  return sealRecord(record, auditArrays(record, shape));
}

/** A baseline without the images that are missing now. */
function baselineOf(baseline: AuditBaseline, present: ImagesPresent): AuditBaseline {
  if (present.isComplete) return baseline;
  const { norms, right, corruptions } = baseline;
  const kept = Object.entries(norms).map(([norm, then]) => {
    const { found, certified } = then;
    return [norm, { ...then, found: present.of(found), certified: certified && present.of(certified) }];
  });
  return {
    ...baseline,
    norms: Object.fromEntries(kept),
    right: present.of(right),
    corruptions: Object.fromEntries(Object.entries(corruptions).map(([name, list]) => [name, present.of(list)])),
  };
}

/** What a model is called where nobody names it: the last part of its path. */
function nameOf(given: string): string | undefined {
  return given.split(/[\\/]/).findLast((part) => part !== "");
}

async function baselineFor(
  { baseline, baselineFile = "baseline" }: AuditStudyOptions,
  asked: Parameters<typeof requireComparable>[2],
): Promise<AuditBaseline | undefined> {
  if (baseline === undefined) return undefined;
  // Of other bits it is refused by that name, whatever else its schema says.
  const { bits } = baseline as { bits?: unknown };
  if (typeof bits === "number" && bits !== BITS) {
    outOfRange(baselineFile, `a baseline with bits of generation ${BITS}, those of this version`, `generation ${bits}`);
  }
  const read = await requireBaseline(baselineFile, baseline);
  requireComparable(baselineFile, read, asked);
  return read;
}

async function underCorruptions(
  { network }: StudyModel,
  { dataset }: StudyData,
  { seed, first }: AskedAudit,
  run: StudyRun,
  present: ImagesPresent,
): Promise<(Uint8Array | undefined)[]> {
  const { executor, signal, tell } = running(run);
  const { rows, labels, shape, count: total } = dataset;
  return present.run(
    executor,
    {
      task: "corruption",
      input: { model: network, rows, truth: Int32Array.from(labels), shape, seed, first },
      items: total,
    },
    { signal, onProgress: (done) => tell({ label: "corruptions", done, total, unit: "images" }) },
  );
}
