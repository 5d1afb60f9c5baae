/** What a bench of attacks comes to, in sentences. A difference whose interval holds 0 is not called one. */

import { NORM_WORDS } from "../../studies/attack/question.ts";
import type {
  BenchAttacksRecord,
  BenchCell,
  BenchEntry,
  BenchNorm,
  BenchRun,
} from "../../studies/bench-attacks/record.ts";
import { counted, whole } from "../kit/format.ts";

/** Ours. */
export const OWN = "minimal";

/** An attack as text names it. */
export function attackWords(attack: string): string {
  return attack === OWN ? "minimalAttack" : attack;
}

/** An optimality, which may be 1. */
export function optimalityText(value: number): string {
  return value.toFixed(4);
}

/** Whether an attack is behind the first of its budget for sure. */
export function isBehind({ behind }: BenchEntry): boolean {
  return behind !== null && behind.low > 0;
}

/** "0.012 (0.004 to 0.021)". */
export function behindText({ behind }: BenchEntry): string {
  return behind ? `${behind.mean.toFixed(4)} (${behind.low.toFixed(4)} to ${behind.high.toFixed(4)})` : "–";
}

function list(names: readonly string[]): string {
  if (names.length < 3) return names.join(" and ");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** The entries of each budget, from the best. */
export function byBudget({ entries }: BenchNorm): [budget: number, entries: BenchEntry[]][] {
  const budgets = [...new Set(entries.map(({ budget }) => budget))];
  return budgets.map((budget) => [budget, entries.filter((entry) => entry.budget === budget)]);
}

/** Who is first at one budget, and where ours is. */
function firstWords(entries: readonly BenchEntry[]): string {
  const [first, ...others] = entries as [BenchEntry, ...BenchEntry[]];
  const alike = others.filter((entry) => !isBehind(entry)).map(({ attack }) => attackWords(attack));
  const own = others.find(({ attack }) => attack === OWN);
  const leads = `${attackWords(first.attack)} reaches most`;
  const apart = alike.length > 0 ? `; ${list(alike)} ${alike.length === 1 ? "is" : "are"} not told apart from it` : "";
  const ours = own && isBehind(own) ? `; minimalAttack is not first, but behind by ${behindText(own)}` : "";
  return `${leads}, ${optimalityText(first.optimality)}${apart}${ours}`;
}

/** Of several models, those on which ours is a hundredth or more below the most that an attack reaches there. */
function belowWords(cells: readonly BenchCell[], budget: number): string {
  if (cells.length < 2) return "";
  const below = cells.flatMap(({ model, runs }) => {
    const here = runs.filter((run) => run.budget === budget && run.optimality !== null);
    const own = here.find(({ attack }) => attack === OWN)?.optimality ?? null;
    const most = here.reduce<BenchRun | undefined>(
      (a, b) => (a === undefined || (b.optimality as number) > (a.optimality as number) ? b : a),
      undefined,
    );
    if (own === null || !most || (most.optimality as number) - own < 0.01) return [];
    return [
      `${optimalityText(own)} on ${model}, ${attackWords(most.attack)} ${optimalityText(most.optimality as number)}`,
    ];
  });
  return below.length > 0 ? `; minimalAttack reaches ${below.join("; ")}` : "";
}

/** A sentence for each norm and budget. */
export function placeSentences({ norms, cells }: Pick<BenchAttacksRecord, "norms" | "cells">): string[] {
  return norms.flatMap((one) =>
    byBudget(one).map(([budget, entries]) => {
      const own = cells.filter(({ norm }) => norm === one.norm);
      return `${NORM_WORDS[one.norm]}, ${whole(budget)} propagations: ${firstWords(entries)}${belowWords(own, budget)}.`;
    }),
  );
}

/** Which attack suffices, a sentence for each norm. */
export function sufficientSentences({ norms }: Pick<BenchAttacksRecord, "norms">): string[] {
  return norms.map(({ norm, suffices, entries }) => {
    const { attack, budget } = suffices;
    const entry = entries.find((one) => one.attack === attack && one.budget === budget);
    return (
      `In ${NORM_WORDS[norm]}, ${attackWords(attack)} at ${whole(budget)} propagations suffices: it spends ` +
      `${whole(entry?.propagations ?? budget)} a row.`
    );
  });
}

/** The result in a sentence. */
export function benchVerdict({ norms, models }: Pick<BenchAttacksRecord, "norms" | "models">): string {
  const places = norms.flatMap((one) => byBudget(one).map(([, entries]) => entries));
  const leading = places.filter(([first]) => first?.attack === OWN).length;
  const behind = places.filter((entries) => entries.some((entry) => entry.attack === OWN && isBehind(entry))).length;
  if (places.length === 0 || !places.some((entries) => entries.some(({ attack }) => attack === OWN))) {
    return `${counted(places.length, "comparison")} of attacks on ${counted(models.length, "model")}.`;
  }
  const apart = places.length - leading - behind;
  return (
    `minimalAttack reaches most in ${whole(leading)} of ${counted(places.length, "comparison")} of norm and budget` +
    `${apart > 0 ? `, is not told apart from the first in ${whole(apart)}` : ""}` +
    `${behind > 0 ? `, and is behind in ${whole(behind)}` : ""}.`
  );
}
