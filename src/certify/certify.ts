/**
 * The other end of the answer: how far every change of a row is harmless. `certify` bounds, from below and rounding included, by how
 * much the row's label leads over a ball of a norm inside the box, and looks for the largest ball on which it leads.
 */
import { lengthIn, requireDomain, requireRowsInDomain } from "../attacks/index.ts";
import {
  type Labels,
  type OptionNames,
  outOfRange,
  requireInteger,
  requireLabels,
  requireLength,
  requireNumber,
  requireOptions,
  requireRows,
  wrongType,
} from "../check.ts";
import { turns } from "../clock.ts";
import { marginOf, Network, predictedClasses } from "../model/index.ts";
import { AlphaBounds } from "./alpha.ts";
import { budgetOf, type CertifyBudget, Spending } from "./budget.ts";
import { Decider } from "./decide.ts";
import { decideBall, largestRadius, type RadiusState } from "./exhaust.ts";
import { JointBounds } from "./joint-bounds.ts";
import { jointLead, jointRadius } from "./joint-radius.ts";
import { boxAround, LinearBounds } from "./linear-bounds.ts";
import { type BoxOptions, domainOf, farthest, leadOver, type Question, smallestChange, widthOf } from "./question.ts";
import { type FoundRadius, type RadiusSearch, searchRadius } from "./radius-search.ts";
import type { CertifiedNorm } from "./region.ts";

/** The norms in which rows can be certified. */
export const CERTIFIED_NORMS: readonly CertifiedNorm[] = ["linf", "l2", "l1"];

/** How near the radius comes to the largest that the bounds prove, relatively. */
export const CERTIFY_EFFORTS = { fast: 3e-3, thorough: 1e-4 } as const;
/** How near a radius comes to the largest that the bounds prove. */
export type CertifyEffort = keyof typeof CERTIFY_EFFORTS;

/** First guesses, in widths of the box: on the small side for images. */
const GUESSES: Readonly<Record<CertifiedNorm, number>> = { linf: 0.03, l2: 0.4, l1: 2 };

/** The search by quick bounds, and how much farther narrowed intervals reach, about. */
const QUICK = { tolerance: 0.3, passes: 6 } as const;
const NARROWER = 3;

/** Of bounds that take bends together: the first guess beside the usual one. */
const JOINT_GUESS = 0.3;

/** Of bounds whose slopes an ascent improves: the first guess beside the radius of the usual ones. */
const ALPHA_GUESS = 1.03;

/** Bounds of one row at most, unless the caller says otherwise. */
const PASSES = 60;

/** What `certify` is asked, in which norm and box, and how much it may compute. */
export interface CertifyOptions extends BoxOptions {
  /** f32[n, inputSize], inside the box. */
  rows: Float32Array;
  /** The true labels: a row that the network reads otherwise has radius 0. */
  truth: Labels;
  /** Of each row one other answer: no change within the radius makes the network give it. Default: any other answer. */
  labels?: Labels;
  /** In which norm changes are measured; default "linf". */
  norm?: CertifiedNorm;
  /**
   * By name how near the radius comes to the largest that linear bounds prove; default "fast". "thorough" also improves the slopes of
   * networks whose every bend is a rectifier and whose layers have at most 4096 numbers, where a radius is asked for. "exhaustive" goes on
   * by branch and bound until the answer is known, and a budget { evaluations, seconds } a row until that is spent: networks whose every
   * bend is a rectifier, and in L-infinity all with few inputs.
   */
  effort?: CertifyEffort | "exhaustive" | CertifyBudget;
  /** A length in the norm, instead of a radius: whether no change that long alters the answer. */
  epsilon?: number;
  /** Linear bounds of one row's balls at most, default 60: where they run out, the radius is the largest proved so far. */
  passes?: number;
  /** Lengths at which the search for the radius begins, one a row, such as a share of what an attack found; 0 for the usual one. */
  guess?: ArrayLike<number>;
  /** Stops the run between two bounds; it then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called after each row, when its entries of `result` are final. A promise is awaited. */
  onRow?: (row: number, result: CertifyResult) => void | Promise<void>;
}

/**
 * "misread": the network answers another label on the row itself. "proved": no change within the radius alters the answer. "cut": the
 * same, and the search for a larger radius was cut short. Asked with an epsilon: "falsified", a change within it that does, and
 * "undecided".
 */
export type CertifyVerdict = "misread" | "proved" | "cut" | "falsified" | "undecided";

/** What `certify` proved of n rows. */
export interface CertifyResult {
  /** In which norm the radii are. */
  norm: CertifiedNorm;
  /** f64[n]: no change inside the box, that long or shorter, alters the answer; 0 where nothing is proved. */
  radius: Float64Array;
  /** f64[n]: length of the shortest change known that alters the answer, of a row that is falsified or searched exhaustively; else NaN. */
  found: Float64Array;
  /** One word a row. */
  verdict: CertifyVerdict[];
  /** f32[n, inputSize]: where the verdict is "falsified" a changed row that is answered otherwise, else the row. */
  rows: Float32Array;
  /** u32[n], balls that linear bounds were computed of; with "exhaustive" or a budget the bounds of branch and bound. */
  passes: Uint32Array;
}

const OPTIONS: OptionNames<CertifyOptions> = {
  rows: true,
  truth: true,
  labels: true,
  norm: true,
  effort: true,
  epsilon: true,
  passes: true,
  guess: true,
  lower: true,
  upper: true,
  frozen: true,
  signal: true,
  onRow: true,
};

/**
 * Certifies each row: no change inside the box, as long as the radius or shorter, makes the network answer another label. This holds
 * for the single-precision numbers that the network gives, rounding included. Rejects, naming the layer, for a network with an
 * operation that has no bounds.
 *
 *     const proved = await certify(network, { rows, truth, norm: "l2" });   // proved.radius, f64[n]
 *
 * With `epsilon` each row is "proved", "falsified" (by an attack; the changed row is in `rows`) or "undecided".
 */
export function certify(target: Network, options: CertifyOptions): Promise<CertifyResult> {
  return certifyRows(target, options);
}

/** How a search for the radius of the first row is kept, and goes on. */
export interface CertifyKeeping {
  /** Where an earlier search for the first row's radius stopped. */
  resume?: RadiusState | undefined;
  /** Told now and then where the search for the first row's radius is. */
  onState?: (snapshot: () => RadiusState) => void;
}

/** `certify`, where the search for the first row's radius may be stopped and gone on with. */
export async function certifyRows(
  target: Network,
  options: CertifyOptions,
  { resume, onState }: CertifyKeeping = {},
): Promise<CertifyResult> {
  requireOptions("certify", options, OPTIONS);
  if (!(target instanceof Network)) wrongType("target", "a Network, whose operations have bounds", target);
  const { rows, norm = "linf", effort = "fast", epsilon, passes = PASSES, signal, onRow } = options;
  const { inputSize, classes } = target;
  const count = requireRows("rows", rows, inputSize);
  const truth = requireLabels("truth", options.truth, count, classes);
  const others = options.labels && requireLabels("labels", options.labels, count, classes);
  for (let i = 0; others && i < count; i++) {
    if (others[i] === truth[i]) outOfRange(`labels[${i}]`, "another label than the true one", `${others[i]}`);
  }
  if (!CERTIFIED_NORMS.includes(norm)) outOfRange("norm", `one of ${CERTIFIED_NORMS.join(", ")}`, JSON.stringify(norm));
  const budget = budgetOf(effort, Object.keys(CERTIFY_EFFORTS));
  if (epsilon !== undefined) requireNumber("epsilon", epsilon, 0);
  requireInteger("passes", passes, 1);
  const { guess: guesses } = options;
  if (guesses !== undefined) {
    requireLength("guess", guesses, count, "lengths, one a row");
    for (let i = 0; i < count; i++) requireNumber(`guess[${i}]`, guesses[i], 0);
  }
  const domain = requireDomain(inputSize, domainOf(options));
  requireRowsInDomain(rows, domain);
  const { lower, upper, frozen } = domain;
  const bounds = new LinearBounds(target);
  const joint = norm === "l2" ? JointBounds.of(target) : undefined;
  const alpha = effort === "thorough" && epsilon === undefined ? AlphaBounds.of(bounds) : undefined;
  const decider = budget && new Decider(target, bounds);
  const scores = target.scores(rows);
  const answers = predictedClasses(scores, classes);
  const result: CertifyResult = {
    norm,
    radius: new Float64Array(count),
    found: new Float64Array(count).fill(Number.NaN),
    verdict: new Array<CertifyVerdict>(count).fill("misread"),
    rows: rows.slice(),
    passes: new Uint32Array(count),
  };
  const turn = turns(signal);
  for (let i = 0; i < count; i++) {
    await turn();
    const row = rows.slice(i * inputSize, (i + 1) * inputSize);
    const label = truth[i] as number;
    if (answers[i] === label) {
      const other = others?.[i];
      const box = boxAround(row, lower, upper, frozen);
      const question = { target, bounds, joint, row, label, other, norm, box };
      const at = i * classes;
      const start =
        other === undefined
          ? marginOf(scores, at, classes, label)
          : (scores[at + label] as number) - (scores[at + other] as number);
      const search = { start, guess: guesses?.[i] || GUESSES[norm] * widthOf(question.box), passes, turn };
      if (decider) {
        const begun = i === 0 ? resume : undefined;
        const spending = new Spending(budget as CertifyBudget, signal, begun?.spent);
        if (epsilon !== undefined) {
          const { verdict, evaluations, row: found } = await decideBall(decider, question, epsilon, spending.search());
          result.verdict[i] = verdict;
          result.passes[i] = evaluations;
          if (verdict === "proved") result.radius[i] = epsilon;
          if (found) {
            result.rows.set(found, i * inputSize);
            result.found[i] = lengthIn(norm, row, found);
          }
        } else {
          const { radius, found, isCut, passes } = await largestRadius(decider, question, options, spending, {
            begin: () => linearRadius(question, search, CERTIFY_EFFORTS.fast),
            ...(i === 0 && { resume, onState }),
          });
          result.radius[i] = radius;
          result.found[i] = found;
          result.passes[i] = passes + spending.evaluations;
          result.verdict[i] = radius === 0 ? "undecided" : isCut ? "cut" : "proved";
        }
      } else if (epsilon !== undefined) await decide(question, epsilon, options, i, result);
      else {
        const tolerance = CERTIFY_EFFORTS[alpha ? "fast" : (effort as CertifyEffort)];
        const linear = await linearRadius(question, search, tolerance);
        const found = alpha ? await alphaRadius(alpha, question, search, linear) : linear;
        result.radius[i] = found.radius;
        result.passes[i] = found.passes;
        result.verdict[i] = result.radius[i] === 0 ? "undecided" : found.isCut ? "cut" : "proved";
      }
    }
    await onRow?.(i, result);
  }
  return result;
}

/** The largest radius that linear bounds prove, nearly. */
async function linearRadius(
  question: Question,
  begun: Pick<RadiusSearch, "start" | "guess" | "passes" | "turn">,
  tolerance: number,
): Promise<FoundRadius> {
  const { bounds, box, row, norm } = question;
  const search = { ...begun, largest: farthest(box, row, norm) };
  const { joint } = question;
  if (joint) {
    const found = await jointRadius({ ...question, joint }, { ...search, guess: JOINT_GUESS * begun.guess });
    if (found.radius > 0) return found;
  }
  const quick = bounds.isLarge
    ? (await searchRadius({ ...search, ...QUICK, margin: (radius) => leadOver(question, radius, false) })).radius
    : 0;
  const found = await searchRadius({
    ...search,
    ...(quick > 0 && { guess: NARROWER * quick }),
    margin: (radius) => leadOver(question, radius, true),
    tolerance,
  });
  return { ...found, radius: Math.max(quick, found.radius) };
}

/** The largest radius that bounds with slopes of their own prove, nearly, from that of the usual ones. */
async function alphaRadius(
  alpha: AlphaBounds,
  question: Question,
  begun: Pick<RadiusSearch, "start" | "guess" | "passes" | "turn">,
  { radius, passes, isCut }: FoundRadius,
): Promise<FoundRadius> {
  if (isCut || passes >= begun.passes) return { radius, passes, isCut };
  const found = await searchRadius({
    ...begun,
    ...(radius > 0 && { guess: ALPHA_GUESS * radius }),
    largest: farthest(question.box, question.row, question.norm),
    margin: (length) => alpha.lead(question, length),
    tolerance: CERTIFY_EFFORTS.thorough,
    passes: begun.passes - passes,
  });
  return { ...found, radius: Math.max(radius, found.radius), passes: passes + found.passes };
}

/** Proves a row, or falsifies it by the smallest change that an attack finds, or leaves it undecided. */
async function decide(
  question: Question,
  epsilon: number,
  options: CertifyOptions,
  i: number,
  result: CertifyResult,
): Promise<void> {
  result.passes[i] = 1;
  const { joint } = question;
  const isProved =
    leadOver(question, epsilon) > 0 || (joint !== undefined && jointLead({ ...question, joint }, epsilon) > 0);
  if (isProved) {
    result.verdict[i] = "proved";
    result.radius[i] = epsilon;
    return;
  }
  const found = await smallestChange(question, options);
  const isWithin = found.success[0] === 1 && (found.distance[0] as number) <= epsilon;
  result.verdict[i] = isWithin ? "falsified" : "undecided";
  if (!isWithin) return;
  result.rows.set(found.rows, i * question.row.length);
  result.found[i] = found.distance[0] as number;
}
