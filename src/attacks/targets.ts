/** Rules that choose the label an image is driven to. The paper leaves the choice open. */
import { type Labels, outOfRange, requireInteger, requireLabels, requireOptions, wrongType } from "../check.ts";
import { Random } from "../numeric/random.ts";

/** Rules that give one target an image. `all`, every wrong label, is `attackEveryLabel`. */
export const TARGET_RULES = ["next", "random", "runner-up", "least-likely"] as const;
/** How the label that a row is driven to follows from its true one. */
export type TargetRule = (typeof TARGET_RULES)[number];

/** What the rules of `targetLabels` need beside the true labels. */
export interface TargetContext {
  /** Number of labels. */
  classes: number;
  /** Of `random`; default 0. The target of image i depends on the seed and i alone. */
  seed?: number;
  /** f32[n, classes], the model's scores of the images; needed by `runner-up` and `least-likely`. */
  scores?: Float32Array;
  /** Position of the first image in the whole set, so that a part gets the targets it would get in the whole. */
  first?: number;
}

/**
 * A target label for each image, never its true one: i32[n]. Throws for labels out of range and for missing scores.
 *
 * - `next`: (true + 1) mod classes
 * - `random`: one of the others, uniformly, by the seed
 * - `runner-up`: the one of the others that the model scores highest; its boundary is usually the nearest
 * - `least-likely`: the one of the others that the model scores lowest
 */
export function targetLabels(rule: TargetRule, truth: Labels, context: TargetContext): Int32Array {
  if (typeof context !== "object" || context === null) wrongType("target context", "{ classes, ... }", context);
  requireOptions("targetLabels", context, { classes: true, seed: true, scores: true, first: true });
  const { classes, seed = 0, scores, first = 0 } = context;
  requireInteger("classes", classes, 2);
  requireLabels("truth", truth, truth?.length, classes);
  const random = new Random(seed, RANDOM_STREAM);
  return Int32Array.from({ length: truth.length }, (_, i) => {
    const label = truth[i] as number;
    if (rule === "next") return (label + 1) % classes;
    if (rule === "random") return (label + 1 + random.integer(first + i, classes - 1)) % classes;
    if (!needsScores(rule)) outOfRange("target rule", `one of ${TARGET_RULES.join(", ")}`, JSON.stringify(rule));
    if (scores?.length !== truth.length * classes) {
      outOfRange("scores", `${truth.length} rows of ${classes} for the rule ${rule}`, `${scores?.length ?? "none"}`);
    }
    return extreme(scores as Float32Array, i * classes, classes, label, rule === "runner-up" ? 1 : -1);
  });
}

/** Whether a rule needs the model's scores. */
export function needsScores(rule: TargetRule): boolean {
  return rule === "runner-up" || rule === "least-likely";
}

/** Keeps the targets apart from other uses of the same seed. */
const RANDOM_STREAM = 0x7a67;

/** The label but the true one with the highest score (sign 1) or the lowest (sign -1), the first of equals. */
function extreme(scores: Float32Array, offset: number, classes: number, truth: number, sign: 1 | -1): number {
  let found = truth === 0 ? 1 : 0;
  for (let i = 0; i < classes; i++) {
    if (i !== truth && sign * ((scores[offset + i] as number) - (scores[offset + found] as number)) > 0) found = i;
  }
  return found;
}
