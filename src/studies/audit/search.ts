/** One norm of an audit, on the workers of an executor: the smallest changes, the radii, noise of the same lengths, and 8 bits. */
import type { EffortName, NormName } from "../../attacks/index.ts";
import { whyUnproved } from "../../certify/index.ts";
import { NORM_WORDS } from "../attack/question.ts";
import { certifiedBeside } from "../certify/beside.ts";
import type { ImagesPresent } from "../missing.ts";
import { running, type StudyData, type StudyModel, type StudyRun } from "../study.ts";
import type { MinimalRow } from "../tasks/minimal-attack.ts";
import type { AuditBracket, AuditProof } from "./record.ts";

export interface NormRequest {
  norm: NormName;
  epsilon: number | null;
  effort: EffortName;
  proof: AuditProof;
  draws: number;
  seed: number;
  first: number;
}

export interface NormFound {
  brackets: AuditBracket[];
  /** What the model answers to each image as it is. */
  read: Int32Array;
  /** f32[n, inputSize]: the images, changed where a change was found. */
  adversarial: Float32Array;
  uncertified?: string;
  bounds: number;
  /** Share of the images that an earlier run had attacked. */
  known: number;
}

/** Brackets of all images; what those that are missing afterwards have says nothing. */
export async function auditNorm(
  model: StudyModel,
  { dataset }: StudyData,
  request: NormRequest,
  run: StudyRun,
  present: ImagesPresent,
): Promise<NormFound> {
  const { network } = model;
  const { norm, effort, draws, seed, first } = request;
  const { rows, count } = dataset;
  const { executor, signal, tell } = running(run);
  const truth = Int32Array.from(dataset.labels);
  const words = NORM_WORDS[norm];
  let [evaluations, known] = [0, undefined as number | undefined];
  const answered = await present.run(
    executor,
    {
      task: "minimal",
      input: {
        model: network,
        rows,
        questions: Array.from(truth, (not) => ({ not })),
        truth,
        settings: { norm, effort, seed },
      },
      items: count,
    },
    {
      signal,
      onProgress: (done, more = 0) => {
        known ??= done / count;
        evaluations += more;
        tell({ label: `${words} attack`, done, total: count, unit: "images", note: `${evaluations} evaluations` });
      },
    },
  );
  const found = answered.map((row) => row ?? NOTHING);
  const lengths = Float64Array.from(found, ({ stop, distance }) => (stop === "found" ? distance : 0));
  const radii = await certified(model, { rows, truth, lengths, found }, request, run, present);
  const adversarial = rows.slice();
  for (const [i, { row }] of found.entries()) if (row) adversarial.set(row, i * network.inputSize);
  const controls = await present.run(
    executor,
    {
      task: "auditControls",
      input: { model: network, rows, adversarial, truth, norm, lengths, draws, seed, first },
      items: count,
    },
    { signal, onProgress: (done) => tell({ label: `${words} noise`, done, total: count, unit: "images" }) },
  );
  const brackets = found.map((row, i): AuditBracket => {
    const isFound = row.stop === "found";
    return {
      found: isFound ? row.distance : isMisread(row) ? 0 : null,
      certified: radii.radius[i] ?? null,
      answer: isFound ? row.label : null,
      keptAt8Bits: isFound ? (controls[i]?.keptAt8Bits as boolean) : null,
      noise: isFound ? (controls[i]?.noise as number) : null,
      evaluations: row.evaluations,
    };
  });
  return {
    brackets,
    read: Int32Array.from(found, (row, i) => (isMisread(row) ? row.label : (truth[i] as number))),
    adversarial,
    ...(radii.uncertified !== undefined && { uncertified: radii.uncertified }),
    bounds: radii.bounds,
    known: known ?? 0,
  };
}

/** What stands for an image that is missing, until it is left out. */
const NOTHING: MinimalRow = { stop: "not-found", distance: Number.NaN, evaluations: 0, label: 0 };

/** Whether the model answers another label before any change. */
function isMisread({ stop }: MinimalRow): boolean {
  return stop === "misclassified" || stop === "already-target";
}

interface Certified {
  /** One an image; empty where nothing is certified. */
  radius: number[];
  uncertified?: string;
  bounds: number;
}

/**
 * Radii near what the bounds prove, or whether epsilon is harmless, by one bound an image. Images that the model misreads, or that a change
 * within epsilon was found for, need none.
 */
async function certified(
  { network }: StudyModel,
  set: { rows: Float32Array; truth: Int32Array; lengths: Float64Array; found: readonly MinimalRow[] },
  { norm, epsilon, proof }: NormRequest,
  run: StudyRun,
  present: ImagesPresent,
): Promise<Certified> {
  if (proof === "none") return { radius: [], uncertified: "certificates were not asked for", bounds: 0 };
  const why = whyUnproved(network, norm);
  if (why !== undefined) return { radius: [], uncertified: why, bounds: 0 };
  const { found } = set;
  const isAsked = (row: MinimalRow) =>
    !isMisread(row) && !(proof === "epsilon" && row.stop === "found" && row.distance <= (epsilon as number));
  const asked = [...found.keys()].filter((i) => present.has(i) && isAsked(found[i] as MinimalRow));
  const length = proof === "epsilon" ? (epsilon as number) : undefined;
  const answers = await certifiedBeside(network, { ...set, asked }, { norm, epsilon: length }, run, present);
  const radius = new Array<number>(found.length).fill(0);
  for (const [i, at] of asked.entries()) radius[at] = answers[i]?.radius ?? 0;
  return { radius, bounds: answers.reduce((sum, answer) => sum + (answer?.passes ?? 0), 0) };
}
