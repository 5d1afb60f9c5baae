/**
 * What an attack came to, in the numbers that the command prints. Images that the model misread before any change, and those
 * that it took for their target already, were not attacked: they are counted apart and enter no mean.
 */
import type { AttackResult } from "./target.ts";

/** Means and medians are over the rows where a change was found, null if there are none. */
export interface AttackSummary {
  count: number;
  misclassified: number; // wrong before any change: not attacked
  alreadyTarget: number; // the target before any change: not attacked
  attacked: number;
  succeeded: number; // attacked, and a change was found
  meanDistortion: number | null; // root mean square change of a feature
  medianDistortion: number | null;
  largestDistortion: number | null;
  meanL2: number | null; // sqrt(sum (x' - x)^2)
  evaluations: number; // of value and gradient
  evaluationsPerImage: number; // attacked
}

/** The summary of an attack; sums run in the order of its rows. */
export function summarize(found: Pick<AttackResult, "rows" | "stop" | "distortion" | "evaluations">): AttackSummary {
  const { rows, stop } = found;
  const count = stop.length;
  const stopped = (why: AttackResult["stop"][number]) => stop.filter((reason) => reason === why).length;
  const [misclassified, alreadyTarget] = [stopped("misclassified"), stopped("already-target")];
  const attacked = count - misclassified - alreadyTarget;
  const distortions = [...found.distortion].filter((_, row) => stop[row] === "found");
  const scale = Math.sqrt(rows.length / count);
  const sorted = distortions.toSorted((a, b) => a - b);
  const evaluations = found.evaluations.reduce((sum, calls) => sum + calls, 0);
  return {
    count,
    misclassified,
    alreadyTarget,
    attacked,
    succeeded: distortions.length,
    meanDistortion: mean(distortions),
    medianDistortion: median(sorted),
    largestDistortion: sorted.at(-1) ?? null,
    meanL2: mean(distortions.map((distortion) => distortion * scale)),
    evaluations,
    evaluationsPerImage: attacked === 0 ? 0 : evaluations / attacked,
  };
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The middle value; between the two middle ones, their mean. */
function median(sorted: readonly number[]): number | null {
  const half = sorted.length >> 1;
  return mean(sorted.length % 2 === 1 ? [sorted[half] as number] : sorted.slice(Math.max(half - 1, 0), half + 1));
}
