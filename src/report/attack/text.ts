/** The summary of an attack in a few lines, for a terminal. */

import { optionTexts } from "../../studies/attack/named.ts";
import { NORM_WORDS } from "../../studies/attack/question.ts";
import type { AttackRecord } from "../../studies/attack/record.ts";
import type { PocketDirections } from "../../studies/pockets/record.ts";
import { bothEndsWords, bracketed } from "../certify/text.ts";
import { counted, duration, figure, whole } from "../kit/format.ts";
import { labelled } from "../kit/text-table.ts";
import { rareShare } from "../pockets/text.ts";
import { verdict } from "./verdict.ts";

/** What random directions of the same length did. */
export function besideWords({ inBox, beyond }: PocketDirections): string {
  return `${rareShare(inBox)} random ones of the same length change the answer too, without walls ${rareShare(beyond)}`;
}

/** Images with both ends, of which radii were asked for. */
export function bracketsOf(examples: AttackRecord["examples"]): { certified: number; found: number }[] {
  return bracketed(
    examples.map(({ certified = 0, outcome, distance, l2 }) => ({
      certified,
      found: outcome === "found" ? (distance ?? l2) : null,
    })),
  );
}

/** Plain text, every line ended by a line feed. */
export function attackText(record: AttackRecord): string {
  const { title, summary, minimal, keptAt8Bits, directions, timing, digest } = record;
  const lines: [string, string][] = [["success", `${whole(summary.found)} of ${whole(summary.attacked)} attacked`]];
  if (minimal?.attack) {
    const { title: called, options, evaluations } = minimal.attack;
    const told = [...optionTexts(options), `at most ${counted(evaluations, "evaluation")} an image`].join(", ");
    lines.push(["attack", `${called}: ${told}`]);
  }
  if (summary.misclassified > 0) {
    lines.push(["not attacked", `${counted(summary.misclassified, "image")} misclassified before any change`]);
  }
  if (summary.alreadyTarget > 0) {
    lines.push([
      "not attacked",
      `${counted(summary.alreadyTarget, "image")} ${minimal ? "as asked for" : "classified as the target"} before any change`,
    ]);
  }
  if (summary.found > 0) {
    const { meanDistortion, medianDistortion, largestDistortion, meanL2 } = summary;
    if (minimal) {
      const { norm, meanDistance, medianDistance, largestDistance } = minimal;
      const distances = `${NORM_WORDS[norm]}: mean ${figure(meanDistance)}, median ${figure(medianDistance)}, largest ${figure(largestDistance)}`;
      lines.push(["distance", distances]);
    }
    lines.push(
      [
        "distortion",
        `mean ${figure(meanDistortion)}, median ${figure(medianDistortion)}, largest ${figure(largestDistortion)}`,
      ],
      ["L2", `mean ${figure(meanL2)}`],
      ["8 bits", `${whole(keptAt8Bits)} of ${whole(summary.found)} still fool the model as 8-bit pictures`],
    );
  }
  if (record.bothEnds) lines.push(["both ends", bothEndsWords(NORM_WORDS[minimal?.norm ?? "l2"], record.bothEnds)]);
  if (directions) lines.push(["directions", besideWords(directions)]);
  lines.push(
    ["evaluations", `${figure(summary.evaluationsPerImage)} an image, ${whole(summary.evaluations)} in all`],
    ["time", `${duration(timing.milliseconds)}, ${figure(timing.imagesPerSecond)} images a second`],
    ["digest", digest],
  );
  return `${title}\n${verdict(record)}\n\n${labelled(lines)}`;
}
