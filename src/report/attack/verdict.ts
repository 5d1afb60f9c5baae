/** The result of an attack in one sentence. */
import type { AttackSummary } from "../../attacks/index.ts";
import { distanceWords, type MinimalSummary } from "../../studies/attack/minimal.ts";
import { namedWords } from "../../studies/attack/named.ts";
import { counted, figure, whole } from "../kit/format.ts";

/** @param minimal of an attack in a norm: the price is its distance, and what was asked for is said */
export function verdict(summary: AttackSummary, minimal?: MinimalSummary): string {
  const { count, misclassified, attacked, found, meanDistortion } = summary;
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
  if (found === 0) return `No change was found that fools the model, in ${counted(attacked, "image")}.${asked}`;
  const price = minimal
    ? `${distanceWords(minimal, found)} of ${figure(minimal.meanDistance)}`
    : `${found === 1 ? "a" : "a mean"} distortion of ${figure(meanDistortion)}`;
  if (attacked === 1) return `The one image that was attacked fools the model at ${price}.${asked}`;
  if (found === attacked) return `Every one of ${whole(attacked)} images fools the model at ${price}.${asked}`;
  return `${whole(found)} of ${whole(attacked)} images ${found === 1 ? "fools" : "fool"} the model at ${price}.${asked}`;
}
