/**
 * Several attacks on the same rows, one after another: each goes on with the rows that no other has changed within epsilon. What
 * resists them all is undecided, since an attack proves nothing by failing.
 */
import { type Labels, outOfRange, requireLabels, requireNumber, requireRows, wrongType } from "../../check.ts";
import type { DomainOptions } from "../domain.ts";
import { minimalAttack } from "../minimal/attack.ts";
import { BUDGETS } from "../minimal/effort.ts";
import { NORMS, type NormName } from "../minimal/norm.ts";
import { requireNamed } from "../named/checks.ts";
import type { OptionValue } from "../named/options.ts";
import type { NamedTarget } from "../named/request.ts";
import { namedAttack } from "../named/run.ts";
import { ATTACKS, type AttackName, attackOf } from "../named/table.ts";
import { requireRunOptions, requireTargetWith } from "../run-options.ts";
import type { SearchResult } from "../search-rows.ts";
import type { ScoreTarget } from "../target.ts";

/** The library's own search for the smallest change, `minimalAttack`. */
export const OWN = "minimal";

/** An attack of an ensemble, with what it may cost and its own options. */
export interface EnsembleMember {
  /** One of `ATTACKS`, or "minimal", the search of `minimalAttack`. */
  attack: AttackName | typeof OWN;
  /** Evaluations of a row at most; default what the attack's options come to, for "minimal" the effort "thorough". */
  evaluations?: number;
  /** The attack's own options. */
  options?: Readonly<Record<string, OptionValue>>;
}

/** "misread": the target answers another label than the true one on the row itself. */
export type EnsembleVerdict = "misread" | "attacked" | "undecided";

/** What became of n rows. */
export interface EnsembleResult {
  verdict: EnsembleVerdict[];
  /** The attack that succeeded, or "certify" where a proof failed by a change that it found; null where there is none. */
  by: (EnsembleMember["attack"] | "certify" | null)[];
  /** f32[n, inputSize]: the changed row where it was attacked, else the row. */
  rows: Float32Array;
  /** f64[n], the length of the change; NaN where there is none. */
  distance: Float64Array;
  /** u32[n], evaluations of all attacks up to the success. */
  evaluations: Uint32Array;
}

export interface EnsembleOptions extends Pick<DomainOptions, "lower" | "upper" | "frozen"> {
  rows: Float32Array;
  truth: Labels;
  norm: NormName;
  epsilon: number;
  attacks: readonly EnsembleMember[];
  seed?: number;
  batch?: number;
  signal?: AbortSignal;
  /** Called for each row once it is decided, or has resisted the last attack. */
  onRow?: (row: number, result: EnsembleResult) => void | Promise<void>;
  /** Called several times a second with the rows that are done, the rows of all, and the evaluations so far. */
  onProgress?: (done: number, total: number, evaluations: number) => void;
}

/**
 * The attacks that are tried where none are named: the library's own search, Auto-PGD on the cross-entropy and on the difference of
 * logits ratio (towards the likeliest labels, where there are four), and Square, so far as they have the norm and the target
 * gives what they need. In L1 and L0, which Auto-PGD and Square do not have, PGD with restarts and sigma-zero.
 */
export function usualEnsemble(target: NamedTarget, norm: NormName): EnsembleMember[] {
  const hasGradients = "scoreGradient" in target && typeof target.scoreGradient === "function";
  const ratio: AttackName = target.classes >= 4 ? "apgd-t" : "apgd-dlr";
  const all: EnsembleMember[] = [
    { attack: "apgd-ce" },
    { attack: ratio },
    ...(norm === "l1" ? [{ attack: "pgd", options: { restarts: 5 } } as const] : []),
    ...(norm === "l0" ? [{ attack: "sigma-zero" } as const] : []),
    { attack: "square" },
  ];
  const members = all.filter(({ attack }) => {
    const { norms, needs, classes = 2 } = ATTACKS[attack as AttackName];
    return norms.includes(norm) && target.classes >= classes && (hasGradients || needs !== "gradients");
  });
  return hasGradients ? [{ attack: OWN }, ...members] : members;
}

/** Checks what an ensemble is asked; returns how many rows there are. */
export function requireEnsemble(target: NamedTarget, options: EnsembleOptions): number {
  requireTargetWith(target, []);
  requireRunOptions({ ...options, onImage: options.onRow });
  const { rows, norm, epsilon, attacks, lower, upper, frozen, seed } = options;
  const count = requireRows("rows", rows, target.inputSize);
  const truth = requireLabels("truth", options.truth, count, target.classes);
  if (!NORMS.includes(norm)) outOfRange("norm", `one of ${NORMS.join(", ")}`, JSON.stringify(norm));
  requireNumber("epsilon", epsilon, 0);
  if (epsilon === 0) outOfRange("epsilon", "a number above 0", epsilon);
  if (!Array.isArray(attacks)) wrongType("attacks", "a list of attacks", attacks);
  if (attacks.length === 0) outOfRange("attacks", "at least one that has the norm and that the target allows", "none");
  const twice = attacks.find(({ attack }, i) => attacks.findIndex((one) => one.attack === attack) !== i);
  if (twice) outOfRange("attacks", "each attack once", `${JSON.stringify(twice.attack)} twice`);
  const domain = {
    ...(lower !== undefined && { lower }),
    ...(upper !== undefined && { upper }),
    ...(frozen !== undefined && { frozen }),
    ...(seed !== undefined && { seed }),
  };
  for (const { attack, evaluations, options: own } of attacks) {
    // The own search needs what PGD needs, and takes what it takes.
    const name = attack === OWN ? "pgd" : attack;
    const within = attackOf(name).finds === "within" ? { epsilon } : {};
    requireNamed(target, {
      attack: name,
      ...within,
      ...(attack !== OWN && { norm, ...(own && { options: own }) }),
      ...(evaluations !== undefined && { evaluations }),
      ...{ rows, truth, ...domain },
    });
  }
  return count;
}

/** Attacks rows by each member in turn. */
export async function attackEnsemble(target: NamedTarget, options: EnsembleOptions): Promise<EnsembleResult> {
  const count = requireEnsemble(target, options);
  const { rows, truth, norm, epsilon, attacks, onRow, onProgress, ...common } = options;
  const { inputSize } = target;
  const result: EnsembleResult = {
    verdict: new Array<EnsembleVerdict>(count).fill("undecided"),
    by: new Array<EnsembleResult["by"][number]>(count).fill(null),
    rows: rows.slice(),
    distance: new Float64Array(count).fill(Number.NaN),
    evaluations: new Uint32Array(count),
  };
  let left = Array.from({ length: count }, (_, row) => row);
  let spent = 0;
  for (const [k, member] of attacks.entries()) {
    if (left.length === 0) break;
    const isLast = k === attacks.length - 1;
    const asked = left;
    const stays: number[] = [];
    const kept = new Float32Array(asked.length * inputSize);
    for (const [i, row] of asked.entries())
      kept.set(rows.subarray(row * inputSize, (row + 1) * inputSize), i * inputSize);
    const before = spent;
    await attackBy(target, member, {
      ...common,
      ...{ rows: kept, truth: asked.map((row) => truth[row] as number), norm, epsilon },
      onImage: async (i, found) => {
        const row = asked[i] as number;
        result.evaluations[row] = (result.evaluations[row] as number) + (found.evaluations[i] as number);
        const isWithin = found.stop[i] === "found" && (found.distance[i] as number) <= epsilon;
        if (found.stop[i] === "misclassified") result.verdict[row] = "misread";
        else if (isWithin) {
          result.verdict[row] = "attacked";
          result.by[row] = member.attack;
          result.distance[row] = found.distance[i] as number;
          result.rows.set(found.rows.subarray(i * inputSize, (i + 1) * inputSize), row * inputSize);
        } else {
          stays.push(row);
          if (!isLast) return;
        }
        await onRow?.(row, result);
      },
      onProgress: (done, _total, evaluations) => {
        spent = before + evaluations;
        onProgress?.(isLast ? count - asked.length + done : count - asked.length, count, spent);
      },
    });
    left = stays.sort((a, b) => a - b);
  }
  return result;
}

type MemberQuestion = Pick<EnsembleOptions, "rows" | "truth" | "norm" | "epsilon" | "seed" | "batch" | "signal"> & {
  onImage: (row: number, found: SearchResult) => Promise<void>;
  onProgress: (done: number, total: number, evaluations: number) => void;
};

/** Runs one member. One that looks for the smallest change is not told epsilon. */
function attackBy(
  target: NamedTarget,
  { attack, evaluations, options }: EnsembleMember,
  { epsilon, ...question }: MemberQuestion,
): Promise<SearchResult> {
  if (attack === OWN) {
    const budget = evaluations ?? BUDGETS[question.norm].thorough;
    return minimalAttack(target as ScoreTarget, { ...question, evaluations: budget });
  }
  return namedAttack(target, {
    ...question,
    attack,
    ...(ATTACKS[attack].finds === "within" && { epsilon }),
    ...(evaluations !== undefined && { evaluations }),
    ...(options && { options }),
  });
}
