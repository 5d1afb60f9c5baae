/**
 * Robust accuracy from both ends: the share of the rows that stays right whatever change within epsilon is made. An ensemble of
 * attacks gives the upper end, since what one of them changed is not robust; certificates, where a function for them is given, the lower one.
 */
import { mistyped, type OptionNames, requireLength, requireOptions, wrongType } from "../../check.ts";
import { predictedClasses } from "../../model/index.ts";
import { type Interval, wilsonInterval } from "../../numeric/interval.ts";
import { lengthIn, type NormName } from "../minimal/norm.ts";
import type { NamedTarget } from "../named/request.ts";
import { scoredBy } from "../named/run.ts";
import {
  attackEnsemble,
  type EnsembleMember,
  type EnsembleOptions,
  type EnsembleResult,
  type EnsembleVerdict,
  usualEnsemble,
} from "./ensemble.ts";

/** What a certificate is asked: for each row, whether no change within epsilon alters the answer. */
export interface CertificateQuestion
  extends Pick<EnsembleOptions, "rows" | "truth" | "epsilon" | "lower" | "upper" | "frozen"> {
  /** In which norm changes are measured. */
  norm: NormName;
  /** Stops the proof, which then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** What it says: "proved" where no change does; "falsified" where it found one that does, which is then the entry of `rows`. */
export interface CertificateAnswer {
  /** One word a row. */
  readonly verdict: readonly string[];
  /** f32[n, inputSize], changed where the verdict is "falsified". */
  readonly rows?: Float32Array;
}

/** A function that proves, `certify` for a network. Written as a method, so that one of fewer norms or targets fits too. */
interface Certifying<Target> {
  certify?(target: Target, question: CertificateQuestion): Promise<CertificateAnswer>;
}

/** What `robustAccuracy` is asked, and the attacks that it tries. */
export interface RobustAccuracyOptions<Target extends NamedTarget = NamedTarget>
  extends Omit<EnsembleOptions, "attacks" | "onRow">,
    Certifying<Target> {
  /** The attacks, in the order in which they are tried, by name or with their options; default an ensemble for the norm. */
  attacks?: readonly (EnsembleMember | EnsembleMember["attack"])[];
}

/** What is known of one row. */
export type RobustVerdict = EnsembleVerdict | "proved";

/** What is known of n rows. */
export interface RobustAccuracy extends Omit<EnsembleResult, "verdict"> {
  /** In which norm changes are measured. */
  norm: NormName;
  /** The most that a change may measure in the norm. */
  epsilon: number;
  /** The share of the rows that is proved to be robust. */
  lower: number;
  /** The share that is answered rightly and that no attack changed. */
  upper: number;
  /** The share between: neither attacked nor proved. */
  undecided: number;
  /** The share that is answered rightly as it is. */
  clean: number;
  /**
   * Where the robust accuracy over all images lies, of which these rows are a sample: 95 % intervals of Wilson of each end. Below the
   * lower end of `lower` and above the upper end of `upper` it is not, but once in 20 such samples for each.
   */
  intervals: { lower: Interval; upper: Interval; clean: Interval };
  /** One word a row. */
  verdict: RobustVerdict[];
  /** The attacks, in their order. */
  attacks: EnsembleMember[];
}

const OPTIONS: OptionNames<RobustAccuracyOptions> = {
  rows: true,
  truth: true,
  norm: true,
  epsilon: true,
  attacks: true,
  certify: true,
  lower: true,
  upper: true,
  frozen: true,
  seed: true,
  batch: true,
  signal: true,
  onProgress: true,
};

/**
 * The robust accuracy of a target on some rows: what attacks refute, what certificates prove, and what is left undecided.
 *
 *     const { lower, upper } = await robustAccuracy(network, { rows, truth, norm: "linf", epsilon: 8 / 255 });
 */
export async function robustAccuracy<Target extends NamedTarget>(
  target: Target,
  options: RobustAccuracyOptions<Target>,
): Promise<RobustAccuracy> {
  requireOptions("robustAccuracy", options as RobustAccuracyOptions, OPTIONS);
  const { certify, attacks: asked, ...rest } = options;
  if (certify !== undefined && typeof certify !== "function") wrongType("certify", "a function", certify);
  const attacks = requireMembers(target, options.norm, asked);
  const attacked = await attackEnsemble(target, { ...rest, attacks });
  const result = { ...attacked, verdict: [...attacked.verdict] as RobustVerdict[] };
  if (certify) await proveRows(target, result, { ...rest, certify });
  return summarizeRobust(result, { norm: options.norm, epsilon: options.epsilon, attacks });
}

/** The members of an ensemble; the usual ones where none are asked for. */
export function requireMembers(
  target: NamedTarget,
  norm: NormName,
  asked: RobustAccuracyOptions["attacks"],
): EnsembleMember[] {
  if (asked === undefined) return usualEnsemble(target, norm);
  if (!Array.isArray(asked)) wrongType("attacks", "a list of attacks", asked);
  return asked.map((one: EnsembleMember | EnsembleMember["attack"], i) => {
    if (typeof one === "string") return { attack: one };
    if (typeof one !== "object" || one === null) wrongType(`attacks[${i}]`, "a name, or { attack }", one);
    requireOptions<EnsembleMember>(`attacks[${i}]`, one, { attack: true, evaluations: true, options: true });
    return one;
  });
}

/** The shares and their intervals of what is known of each row. */
export function summarizeRobust(
  result: Omit<EnsembleResult, "verdict"> & { verdict: RobustVerdict[] },
  asked: { norm: NormName; epsilon: number; attacks: EnsembleMember[] },
): RobustAccuracy {
  const { verdict } = result;
  const count = verdict.length;
  const of = (...kinds: RobustVerdict[]) => verdict.filter((kind) => kinds.includes(kind)).length;
  const [proved, undecided, attacked] = [of("proved"), of("undecided"), of("attacked")];
  return {
    ...asked,
    lower: proved / count,
    upper: (proved + undecided) / count,
    undecided: undecided / count,
    clean: (proved + undecided + attacked) / count,
    intervals: {
      lower: wilsonInterval(proved, count),
      upper: wilsonInterval(proved + undecided, count),
      clean: wilsonInterval(proved + undecided + attacked, count),
    },
    ...result,
  };
}

/** Asks for certificates of the rows that resisted, and writes what they say into the result. */
export async function proveRows<Target extends NamedTarget>(
  target: Target,
  result: Omit<EnsembleResult, "verdict"> & { verdict: RobustVerdict[] },
  { certify, ...options }: Omit<RobustAccuracyOptions<Target>, "attacks">,
): Promise<void> {
  const { inputSize } = target;
  const { rows, truth, norm, epsilon, lower, upper, frozen, signal } = options;
  const left = [...result.verdict.keys()].filter((row) => result.verdict[row] === "undecided");
  if (left.length === 0 || !certify) return;
  const kept = new Float32Array(left.length * inputSize);
  for (const [i, row] of left.entries()) kept.set(rows.subarray(row * inputSize, (row + 1) * inputSize), i * inputSize);
  const answer = await certify(target, {
    ...{ rows: kept, truth: left.map((row) => truth[row] as number), norm, epsilon },
    ...(lower !== undefined && { lower }),
    ...(upper !== undefined && { upper }),
    ...(frozen !== undefined && { frozen }),
    ...(signal && { signal }),
  });
  if (!Array.isArray(answer?.verdict)) mistyped("certify", "{ verdict }, one a row", typeof answer);
  requireLength("certify's verdict", answer.verdict, left.length, "verdicts, one a row");
  for (const [i, row] of left.entries()) {
    if (answer.verdict[i] === "proved") result.verdict[row] = "proved";
    if (answer.verdict[i] !== "falsified" || !answer.rows) continue;
    // What it found is asked about again, as every other success is.
    const found = answer.rows.slice(i * inputSize, (i + 1) * inputSize);
    const distance = lengthIn(norm, kept.subarray(i * inputSize, (i + 1) * inputSize), found);
    const [label] = predictedClasses(await scoredBy(target).scores(found), target.classes);
    if (label === truth[row] || !(distance <= epsilon)) continue;
    result.verdict[row] = "attacked";
    result.by[row] = "certify";
    result.distance[row] = distance;
    result.rows.set(found, row * inputSize);
  }
}
