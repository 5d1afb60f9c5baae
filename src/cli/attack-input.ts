/** What `blindspot attack` attacks: images, the answers that count as true, names for the classes. */
import { outOfRange } from "../check.ts";
import { type Dataset, imageSize, slice, UNLABELLED } from "../data/index.ts";
import { type Network, predictedClasses, rankingOf } from "../model/index.ts";
import { readBytes } from "../node/read-file.ts";

/** What counts as an image's true answer: its label, or what the model says of it. */
export const TRUTHS = ["labels", "model"] as const;
export type Truth = (typeof TRUTHS)[number];

/** Images attacked where --count is not given. */
const DEFAULT_COUNT = 100;

export interface Selection {
  /** The --data that was given, for the errors. */
  data: string;
  first: number;
  count?: number;
  truth: Truth;
}

/** What counts as the truth of a set: without labels, or where the model has no classes, the model's answers. */
export function truthOf({ labels }: Dataset, asked: Truth, { classes }: Pick<Network, "classes">): Truth {
  return labels[0] === UNLABELLED || classes === 1 ? "model" : asked;
}

/** The images that the flags select, with the true answers that they name. */
export function selectImages(data: Dataset, network: Network, selection: Selection): Dataset {
  const { first, data: spec } = selection;
  if (first >= data.count) outOfRange("--first", `a position below ${data.count}, the images of ${spec}`, `${first}`);
  const count = selection.count ?? Math.min(DEFAULT_COUNT, data.count - first);
  if (imageSize(data.shape) !== network.inputSize) {
    outOfRange(
      `--data ${spec}`,
      `images of ${network.inputSize} values, as ${network.name} takes`,
      data.shape.join(" x "),
    );
  }
  if (data.classes > network.classes && network.classes > 1) {
    outOfRange(
      `--data ${spec}`,
      `labels below ${network.classes}, as ${network.name} answers`,
      `${data.classes} classes`,
    );
  }
  if (count < 1 || first + count > data.count) {
    outOfRange(
      `--first ${first} --count ${count}`,
      `images within the ${data.count} of ${spec}`,
      `up to ${first + count}`,
    );
  }
  return withTruth(network, slice(data, first, first + count), truthOf(data, selection.truth, network));
}

/** The images with the labels that count as the truth. */
function withTruth(network: Network, data: Dataset, truth: Truth): Dataset {
  if (truth === "labels") return data;
  const { classes } = network;
  return { ...data, classes, labels: predictedClasses(rankingOf(network, data.rows), classes) };
}

/** A name for each class, a line each. */
export async function readClassNames(file: string, network: Network): Promise<string[]> {
  const names = new TextDecoder()
    .decode(await readBytes(file))
    .trim()
    .split(/\r?\n/);
  if (names.length !== network.classes) {
    outOfRange(file, `${network.classes} lines, the name of a class each`, `${names.length}`);
  }
  return names;
}
