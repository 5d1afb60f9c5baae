/** A robust accuracy in a sentence, and in a few lines for a terminal. */

import type { Rate } from "../../numeric/rate.ts";
import { NORM_WORDS } from "../../studies/attack/question.ts";
import type { RobustRecord } from "../../studies/robust/record.ts";
import { counted, duration, figure, percent, whole } from "../kit/format.ts";
import { aligned, labelled } from "../kit/text-table.ts";

/** "31 of 40 (77.5 %)". */
function share({ hits, count, rate }: Rate): string {
  return `${whole(hits)} of ${whole(count)} (${percent(rate)})`;
}

/** Where the share over all images lies: from the lower end of what is proved to the upper end of what resisted. */
export function between({ low }: Rate, { high }: Rate): string {
  return `${percent(low)} to ${percent(high)}`;
}

export function robustVerdict({ clean, upper, lower, unproved, epsilon, norm }: RobustRecord): string {
  const within = `within ${epsilon} in ${NORM_WORDS[norm]}`;
  const resisted = `${share(upper)} resist every attack ${within}`;
  const proof = unproved === undefined && upper.hits > 0 ? `; ${whole(lower.hits)} of them are proved to` : "";
  return `Of ${counted(clean.count, "image")} the model reads ${whole(clean.hits)} rightly, and ${resisted}${proof}.`;
}

/** The attacks in their order, with what each was put to and what it changed. */
export function attackTable({ attacks }: RobustRecord): string[][] {
  return [
    ["attack", "images", "changed", "evaluations at most"],
    ...attacks.map(({ attack, asked, found, evaluations }) => [
      attack,
      whole(asked),
      whole(found),
      evaluations === undefined ? "its own" : whole(evaluations),
    ]),
  ];
}

/** Plain text, every line ended by a line feed. */
export function robustText(record: RobustRecord): string {
  const { title, clean, upper, lower, undecided, unproved, evaluations, images, timing, digest } = record;
  const distances = images.flatMap(({ distance }) => (distance === null ? [] : [distance]));
  const least = distances.reduce((most, one) => Math.min(most, one), Number.POSITIVE_INFINITY);
  const lines: [string, string][] = [
    ["right", share(clean)],
    ["robust", `at most ${share(upper)}`],
    ["proved", unproved === undefined ? `at least ${share(lower)}` : `nothing: ${unproved}`],
    ["undecided", share(undecided)],
    ["of all like", `${between(lower, upper)} (95 % at either end)`],
    ...(distances.length > 0 ? [["nearest", `a change of ${figure(least)}`] as [string, string]] : []),
    ["evaluations", `${whole(evaluations)} in all`],
    ["time", `${duration(timing.milliseconds)}, ${figure(timing.imagesPerSecond)} images a second`],
    ["digest", digest],
  ];
  return `${title}\n${robustVerdict(record)}\n\n${aligned(attackTable(record))}\n${labelled(lines)}`;
}
