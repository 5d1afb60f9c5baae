/**
 * A summary of an attack, in the numbers that the command prints. Images that the model misread before any change, and those
 * that it answered with their target already, were not attacked: they are counted apart and enter no mean.
 */
import { mean, median, sum } from "../numeric/statistics.ts";
import type { AttackResult } from "./target.ts";

/** Means and medians are over the rows where a change was found, null if there are none. */
export interface AttackSummary {
  /** Rows in all. */
  count: number;
  /** Rows that were wrong before any change: not attacked. */
  misclassified: number;
  /** Rows that were answered with the target before any change: not attacked. */
  alreadyTarget: number;
  /** Rows that were attacked. */
  attacked: number;
  /** Attacked rows for which a change was found. */
  found: number;
  /** Mean of the root mean square change of a feature, in the units of the data. */
  meanDistortion: number | null;
  /** Median of the root mean square changes. */
  medianDistortion: number | null;
  /** The largest of the root mean square changes. */
  largestDistortion: number | null;
  /** Mean of sqrt(sum (x' - x)^2). */
  meanL2: number | null;
  /** Evaluations of value and gradient, of all rows. */
  evaluations: number;
  /** The same for each attacked row, on average. */
  evaluationsPerImage: number;
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
  const none = distortions.length === 0;
  const evaluations = sum(found.evaluations);
  return {
    count,
    misclassified,
    alreadyTarget,
    attacked,
    found: distortions.length,
    meanDistortion: none ? null : mean(distortions),
    medianDistortion: none ? null : median(distortions),
    largestDistortion: none ? null : distortions.reduce((a, b) => Math.max(a, b)),
    meanL2: none ? null : mean(distortions.map((distortion) => distortion * scale)),
    evaluations,
    evaluationsPerImage: attacked === 0 ? 0 : evaluations / attacked,
  };
}
