/**
 * Which images are attacked, and towards which label. The paper says neither. The images are a random sample without
 * replacement of the whole set, so that they stand for it (the first thousand of MNIST's training images are harder than the
 * rest, those of its test images too); a larger sample of the same seed begins with the smaller one.
 */
import { TARGET_RULES, type TargetRule, targetLabels } from "../../attacks/index.ts";
import { outOfRange, requireInteger } from "../../check.ts";
import type { Dataset } from "../../data/index.ts";
import { imageSize } from "../../data/index.ts";
import { Random } from "../../numeric/random.ts";

/** A rule for each image; `all`, every wrong label, of which the nearest counts; or one label for all images. */
export type PaperTarget = TargetRule | "all" | number;

export interface Sample {
  /** Positions in the set, in the order in which they were drawn. */
  indices: Int32Array;
  /** f32[count, size of an image]. */
  rows: Float32Array;
  labels: Int32Array;
}

/** Keeps the draw apart from other uses of the same seed. */
const SAMPLE_STREAM = 0x5a3e;

/** The target that a text names: a rule, `all` or a label. */
export function parseTarget(text: string): PaperTarget {
  if (text === "all" || TARGET_RULES.some((rule) => rule === text)) return text as PaperTarget;
  if (/^\d+$/.test(text)) return requireInteger("target", Number(text), 0, 2 ** 31 - 1);
  return outOfRange("target", `${TARGET_RULES.join(", ")}, all or a label`, JSON.stringify(text));
}

/**
 * Draws `count` images. Images whose label is the one target of all of them are passed over: there is nothing to
 * drive them to.
 */
export function drawSample(data: Dataset, count: number, target: PaperTarget, seed: number): Sample {
  const eligible: number[] = [];
  for (let i = 0; i < data.count; i++) if (data.labels[i] !== target) eligible.push(i);
  requireInteger("count", count, 1, eligible.length);
  const random = new Random(seed, SAMPLE_STREAM);
  // Fisher and Yates, stopped after `count` draws.
  for (let i = 0; i < count; i++) {
    const j = i + random.integer(i, eligible.length - i);
    [eligible[i], eligible[j]] = [eligible[j] as number, eligible[i] as number];
  }
  const indices = Int32Array.from(eligible.slice(0, count));
  const size = imageSize(data.shape);
  const rows = new Float32Array(count * size);
  indices.forEach((index, i) => {
    rows.set(data.rows.subarray(index * size, (index + 1) * size), i * size);
  });
  return { indices, rows, labels: Int32Array.from(indices, (index) => data.labels[index] as number) };
}

/**
 * The target of each image of a sample by a rule or a label; `all` has no such list. A random target depends on the seed
 * and the image's position in its set alone.
 *
 * @param scores f32[count, classes], the model's on the sample; `runner-up` and `least-likely` need them
 */
export function sampleTargets(
  { indices, labels }: Sample,
  target: Exclude<PaperTarget, "all">,
  context: { classes: number; seed: number; scores?: Float32Array },
): Int32Array {
  const { classes } = context;
  if (typeof target === "number") {
    return new Int32Array(labels.length).fill(requireInteger("target", target, 0, classes - 1));
  }
  if (target !== "random") return targetLabels(target, labels, context);
  return Int32Array.from(
    indices,
    (index, i) => targetLabels(target, [labels[i] as number], { ...context, first: index })[0] as number,
  );
}
