/** A bench of attacks in a few tables, for a terminal. */

import { NORM_WORDS } from "../../studies/attack/question.ts";
import type { BenchAttacksRecord, BenchCell, BenchRun, Excess } from "../../studies/bench-attacks/record.ts";
import { counted, duration, figure, whole } from "../kit/format.ts";
import { aligned, labelled } from "../kit/text-table.ts";
import {
  attackWords,
  behindText,
  benchVerdict,
  byBudget,
  isBehind,
  optimalityText,
  placeSentences,
  sufficientSentences,
} from "./verdict.ts";

/** The run of an attack at a budget on a model in a norm, if there is one. */
export function runOf(cell: BenchCell, attack: string, budget: number): BenchRun | undefined {
  return cell.runs.find((run) => run.attack === attack && run.budget === budget);
}

function rankText(record: BenchAttacksRecord): string[] {
  const { norms, cells } = record;
  return norms.flatMap((one) => {
    const own = cells.filter(({ norm }) => norm === one.norm);
    return byBudget(one).map(([budget, entries]) => {
      const rows = entries.map((entry, place) => [
        attackWords(entry.attack),
        optimalityText(entry.optimality),
        place === 0 ? "first" : isBehind(entry) ? behindText(entry) : "not told apart",
        ...own.map((cell) => optimalityText(runOf(cell, entry.attack, budget)?.optimality ?? 0)),
        whole(entry.propagations),
      ]);
      const head = ["attack", "optimality", "behind the first", ...own.map(({ model }) => model), "propagations"];
      return `${NORM_WORDS[one.norm]}, ${whole(budget)} propagations:\n${aligned([head, ...rows])}`;
    });
  });
}

/** How far the found distances are above proved minima. */
export function excessText({ mean, largest, count }: Excess): string {
  return `${figure(mean)} on average of ${whole(count)}, at most ${figure(largest)}`;
}

/** Plain text, every line ended by a line feed. */
export function benchAttacksText(record: BenchAttacksRecord): string {
  const { title, cells, count, timing, digest, leftOut } = record;
  const excesses = cells.flatMap(({ model, norm, runs }) =>
    runs.flatMap(({ attack, budget, excess }) =>
      excess ? [[attackWords(attack), whole(budget), `${model}, ${NORM_WORDS[norm]}`, excessText(excess)]] : [],
    ),
  );
  return [
    `${title}\n${benchVerdict(record)}\n`,
    ...rankText(record),
    ...(excesses.length > 0
      ? [`Above the proved minima:\n${aligned([["attack", "propagations", "model", "excess"], ...excesses])}`]
      : []),
    `${placeSentences(record).join("\n")}\n`,
    `${sufficientSentences(record).join("\n")}\n`,
    labelled([
      [
        "images",
        `${whole(count)}; attacked ${cells.map(({ model, norm, rows }) => `${model} ${norm}: ${whole(rows)}`).join(", ")}`,
      ],
      ...leftOut.map(
        ({ attack, norm, budget, least }) =>
          ["left out", `${attack} in ${norm} at ${whole(budget)}: needs ${counted(least, "evaluation")}`] as const,
      ),
      ["time", duration(timing.milliseconds)],
      ["digest", digest],
    ]),
  ].join("\n");
}
