import { type Labels, requireLabels, requireRows } from "../check.ts";
import { argmax, type Network } from "../model/index.ts";

/** Share of the rows on which the network's answer is not the label. */
export function errorRate(network: Network, rows: Float32Array, labels: Labels): number {
  const count = requireRows("rows", rows, network.inputSize);
  requireLabels("labels", labels, count, network.classes);
  const scores = network.predict(rows);
  let errors = 0;
  for (let i = 0; i < count; i++) {
    if (argmax(scores, i * network.classes, network.classes) !== labels[i]) errors++;
  }
  return errors / count;
}
