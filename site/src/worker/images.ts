/** The images of a question as a study takes them. */
import { outOfRange } from "../../../src/check.ts";
import type { Dataset } from "../../../src/data/index.ts";
import { type Network, predictedClasses } from "../../../src/slim.ts";
import type { StudyData } from "../../../src/studies/index.ts";
import type { Images, Repeat } from "./protocol.ts";

/** What counts as the truth of a record, as the command's --truth says it. */
export const truthOf = ({ labels }: Images): "labels" | "model" => (labels ? "labels" : "model");

/** The images with their labels; where they have none, with the model's own answers, as the command takes them. */
export function dataOf(network: Network, { rows, labels, shape, name }: Images): StudyData {
  const { inputSize, classes } = network;
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (size !== inputSize) {
    outOfRange("images", `images of ${inputSize} values, as ${network.name} takes`, shape.join(" x "));
  }
  const answers = () => predictedClasses(network.scores(rows), classes);
  const dataset: Dataset = {
    rows,
    labels: labels ?? answers(),
    count: rows.length / inputSize,
    shape,
    classes: labels ? 10 : classes,
  };
  return { dataset, name };
}

/** What of a record repeats it. */
export function repeatOf({ command, digest, recordDigest }: Omit<Repeat, "results">, results: string): Repeat {
  return { command, digest, recordDigest, results };
}
