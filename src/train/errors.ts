import { type Labels, requireLabels, requireRows } from "../check.ts";
import { countErrors, type Network, rankingOf } from "../model/index.ts";
import type { TrainingSet } from "./objective.ts";

/**
 * Share of the rows on which the network's answer is not the label. Rows are f32[n, inputSize]. Throws for rows of
 * another length, and for labels out of range.
 */
export function errorRate(network: Network, rows: Float32Array, labels: Labels): number {
  const count = requireRows("rows", rows, network.inputSize);
  requireLabels("labels", labels, count, network.classes);
  return countErrors(rankingOf(network, rows), network.classes, labels) / count;
}

/** Mean cross-entropy, nats, and share of errors. */
export function judge(network: Network, { rows, labels }: TrainingSet): { loss: number; error: number } {
  const { loss, errors } = network.score(rows, labels);
  return { loss: loss / labels.length, error: errors / labels.length };
}
