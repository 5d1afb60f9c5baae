/** The result of an attack in one sentence: what was asked for, how often it was reached, and at what price. */
import { imageSize } from "../../data/dataset.ts";
import { distanceWords } from "../../studies/attack/minimal.ts";
import { namedWords } from "../../studies/attack/named.ts";
import type { AttackRecord } from "../../studies/attack/record.ts";
import { counted, figure, whole } from "../kit/format.ts";
import { distortionInLevels, lengthInLevels } from "../kit/meaning.ts";

/** The labels that the rules of the paper's attack ask for. */
const RULES: Readonly<Record<string, string>> = {
  next: "the next label",
  random: "a random wrong label",
  "runner-up": "the likeliest wrong label",
  "least-likely": "the least likely label",
  all: "the nearest wrong label",
};

/** ", into answering the next label": what the paper's attack asked for. */
export function into(target: unknown): string {
  if (typeof target !== "string") return "";
  const label = RULES[target] ?? (/^\d+$/.test(target) ? `label ${target}` : undefined);
  return label === undefined ? "" : ` into answering ${label}`;
}

/** The mean price of what was found, and what that means for a pixel. */
function priceOf({ summary, minimal, model }: Verdicted): string {
  const { found, meanDistortion } = summary;
  const levels = (words: (value: number) => string, value: number | null) =>
    value === null ? "" : ` (${words(value)})`;
  if (!minimal) {
    return `${found === 1 ? "a" : "a mean"} distortion of ${figure(meanDistortion)}${levels(distortionInLevels, meanDistortion)}`;
  }
  const { norm, meanDistance } = minimal;
  const inLevels = (value: number) => lengthInLevels(norm, value, imageSize(model.inputShape));
  return `${distanceWords(minimal, found)} of ${figure(meanDistance)}${levels(inLevels, meanDistance)}`;
}

type Verdicted = Pick<AttackRecord, "summary" | "minimal" | "options" | "model">;

/** Of an attack in a norm the price is its distance, and what was asked for is said behind it. */
export function verdict(record: Verdicted): string {
  const { summary, minimal, options } = record;
  const { count, misclassified, attacked, found } = summary;
  const by = minimal?.attack ? ` Attacked by ${namedWords(minimal.norm, minimal.attack)}.` : "";
  const asked = minimal ? ` Asked for: ${minimal.asked}.${by}` : "";
  if (count === 0) return "No image was given.";
  if (attacked === 0) {
    if (misclassified < count) {
      const met = minimal ? "as asked for" : "classified as the target";
      return `No image was attacked: each was misclassified or ${met} before any change.`;
    }
    return `${count === 1 ? "The one image was" : `All of ${whole(count)} images were`} misclassified before any change.`;
  }
  const answer = minimal ? "" : into(options.target);
  if (found === 0)
    return `No change was found that fools the model${answer}, in ${counted(attacked, "image")}.${asked}`;
  const price = priceOf(record);
  if (attacked === 1) return `The one image that was attacked fools the model${answer} at ${price}.${asked}`;
  if (found === attacked) return `Every one of ${whole(attacked)} images fools the model${answer} at ${price}.${asked}`;
  const fool = found === 1 ? "fools" : "fool";
  return `${whole(found)} of ${whole(attacked)} images ${fool} the model${answer} at ${price}.${asked}`;
}
