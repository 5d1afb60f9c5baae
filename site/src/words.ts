/** What a page says of a search: sentences of numbers with their units. */

import { counted, duration, figure, percent, whole } from "../../src/report/kit/format.ts";
import type { AttackExample } from "../../src/studies/index.ts";
import type { Method } from "./link.ts";

export { counted, duration, figure, percent, whole };

/** The names of the methods in a sentence. */
export const METHOD_NAMES: Readonly<Record<Method, string>> = {
  l2: "L2",
  linf: "L∞",
  l1: "L1",
  l0: "L0",
  paper: "L2",
};

/** What a distance in each method measures. */
export const METHOD_MEANINGS: Readonly<Record<Method, string>> = {
  l2: "the root of the summed squares: many small changes",
  linf: "the largest change of any pixel: all change by as much",
  l1: "the sum of all changes: some pixels, a good deal",
  l0: "how many pixels change, by whatever amount",
  paper: "L2, by the paper’s own search: L-BFGS under a penalty",
};

/** A distance in the place where it stands alone: changed pixels are counted. */
export function lengthWords(method: Method, distance: number): string {
  return method === "l0" ? whole(distance) : figure(distance);
}

/** The name of a class with its article: an 8, a 3. */
export function withArticle(name: string): string {
  return `${/^(8|11|18|[aeiou])/i.test(name) ? "an" : "a"} ${name}`;
}

const levels = (share: number): string => `${figure(255 * share)} of 255 grey levels`;

/** What a change of that length means for the pixels of an image. */
export function changeWords(method: Method, distance: number, pixels: number): string {
  if (method === "linf") return `no pixel by more than ${levels(distance)}`;
  if (method === "l0") return `${counted(distance, "pixel")} of ${whole(pixels)}`;
  if (method === "l1") return `by ${levels(distance / pixels)} a pixel on average`;
  return `by ${levels(distance / Math.sqrt(pixels))} a pixel, root mean square`;
}

/** The distance of an example in what was asked for. */
export const distanceOf = ({ distance, l2 }: AttackExample): number => distance ?? l2;

/** What became of an image, in a sentence. `answer` names a class. */
export function verdictWords(
  method: Method,
  example: AttackExample,
  pixels: number,
  answer: (label: number) => string = String,
  asked?: number,
): string {
  const { outcome, prediction, label, adversarialPrediction, evaluations } = example;
  if (outcome === "misclassified") {
    return `The model reads this ${answer(label)} as ${withArticle(answer(prediction))} before any change: there is nothing to search for.`;
  }
  if (outcome === "already-target")
    return `The model answers ${answer(prediction)} already: there is nothing to search for.`;
  if (outcome === "not-found") {
    const what = asked === undefined ? "No other answer" : `No change that is read as ${withArticle(answer(asked))}`;
    return `${what} was found in ${counted(evaluations, "evaluation")}. That is no proof that there is none; try a higher effort.`;
  }
  const by = changeWords(method, distanceOf(example), pixels);
  const starts = { l0: `With ${by} changed`, linf: `With ${by.replace(" by", " changed by")}` } as const;
  const changed = method === "l0" || method === "linf" ? starts[method] : `Changed ${by}`;
  return `${changed}, the ${answer(label)} is read as ${withArticle(answer(adversarialPrediction))}.`;
}
