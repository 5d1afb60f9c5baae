/**
 * What a tf model answers, and the scores that stand behind it: before the softmax, sigmoid, tanh or softplus that it ends in, if
 * it ends in one. A cross-entropy of probabilities is blind where they round to 0 or 1; of scores it is not.
 */
import { concat, fill, log, maximum, reshape, sub, type Tensor, type Tensor2D } from "@tensorflow/tfjs-core";
import { outOfRange, wrongType } from "../check.ts";
import { classesOf, evenScore, type Head, LEAST_PROBABILITY } from "../model/index.ts";
import type { Seen, Watched } from "./watch.ts";

/** What is known of an input or output without running the model; tfjs writes an open extent as null, -1 or nothing. */
interface Declared {
  readonly shape?: readonly (number | null)[];
  readonly dtype?: string;
}

/** A tf.LayersModel, as far as it is used. */
export interface LayersModelLike {
  /** Its inputs; one is needed. */
  readonly inputs: readonly Declared[];
  /** Its outputs; one is needed. */
  readonly outputs: readonly (Declared & { readonly sourceLayer?: unknown })[];
  /** Its layers, by which the end of the model is known. */
  readonly layers: readonly unknown[];
  // `any`: tfjs's own overloads take lists, symbolic tensors and options as well.
  /** Runs the model, on tensors. */
  apply(x: any, options?: any): any;
}

/** A tf.GraphModel, as far as it is used. */
export interface GraphModelLike {
  /** Its inputs; one is needed. */
  readonly inputs: readonly Declared[];
  /** Its outputs; one is needed. */
  readonly outputs: readonly Declared[];
  // `any`: the type is that of @tensorflow/tfjs-converter, which is no dependency.
  /** Runs the model, on tensors. */
  execute(x: any, names?: any): any;
}

/** A function of a batch of inputs, [n, ...shape] to [n, classes]. */
export type ScoreFunction = (x: Tensor) => Tensor;

/** What `fromTfModel` takes: a model of tfjs, or a function of tensors. */
export type TfModel = LayersModelLike | GraphModelLike | ScoreFunction;

/** How a model's outputs are to be read; "auto" looks for a softmax or its like at its end. */
export type Output = "auto" | "logits" | "probabilities";

/** A model as a function. */
export interface Callable {
  answer: ScoreFunction;
  /** Shape of a batch of inputs, as far as the model says. */
  batchShape: readonly (number | null)[] | undefined;
}

export function callable(model: TfModel): Callable {
  if (typeof model === "function") return { answer: model, batchShape: undefined };
  if (typeof model !== "object" || model === null) {
    wrongType("model", "a tf.LayersModel, a tf.GraphModel or a function of a tensor", model);
  }
  const isLayers = "layers" in model && typeof model.apply === "function";
  if (!isLayers && typeof (model as GraphModelLike).execute !== "function") {
    wrongType("model", "a tf.LayersModel, a tf.GraphModel or a function of a tensor", model);
  }
  for (const side of ["inputs", "outputs"] as const) {
    if (model[side].length !== 1) outOfRange("model", `one ${side.slice(0, -1)}`, `${model[side].length}`);
  }
  const { shape, dtype } = model.inputs[0] as Declared;
  if (dtype !== undefined && dtype !== "float32") outOfRange("model", "an input of dtype float32", dtype);
  const answer: ScoreFunction = isLayers
    ? (x) => (model as LayersModelLike).apply(x, { training: false }) as Tensor
    : (x) => (model as GraphModelLike).execute(x) as Tensor;
  return { answer, batchShape: shape };
}

/** The head of a model that was run once. */
export function headOf({ answer, seen }: Watched, output: Output): Head {
  const [rows, outputs] = answer.shape as [number, number];
  if (output === "probabilities") return { kind: "probabilities", outputs };
  return output === "auto" ? seenHead(seen, rows, outputs) : { kind: "linear", outputs };
}

function seenHead(seen: Seen | undefined, rows: number, outputs: number): Head {
  if (!seen || seen.before.size !== rows * outputs) return { kind: "linear", outputs };
  const { kind, range, before } = seen;
  // A softmax over an axis of less than all outputs is no distribution over them, and not monotone.
  if (kind === "softmax" && before.shape.at(-1) !== outputs) return { kind: "probabilities", outputs };
  if (range && !(range[0] < range[1])) return { kind: "linear", outputs };
  return { kind, outputs, ...(range && { range }) };
}

/** The scores of a model that was run, [n, classes]: as `Network.scores` has them. */
export function scoresOf(watched: Watched, head: Head): Tensor2D {
  const { answer, seen } = watched;
  const [rows] = answer.shape as [number];
  if (head.kind === "probabilities") {
    const logarithm = (p: Tensor) => log(maximum(p, LEAST_PROBABILITY));
    const own = logarithm(answer);
    return (head.outputs === 1 ? concat([logarithm(sub(1, answer)), own], 1) : own) as Tensor2D;
  }
  if (head.kind === "linear") return answer as Tensor2D;
  if (seenHead(seen, rows, head.outputs).kind !== head.kind) {
    outOfRange("model", `one that ends in a ${head.kind} at every call, as at the first`, seen?.kind ?? "another end");
  }
  const scores = reshape((seen as Seen).before, [rows, head.outputs]) as Tensor2D;
  if (classesOf(head) === head.outputs) return scores;
  return concat([fill([rows, 1], evenScore(head)), scores], 1) as Tensor2D;
}

/** Values this near to 0 or 1 are those of a function that saturates. */
const NEAR = 1e-3;

/**
 * Refuses outputs that are taken for scores and look like probabilities, whose cross-entropy is flat: rows within [0, 1] that sum
 * to 1, or to as many as there are groups of them, or that lie at its ends.
 */
export function requireScores(scores: ArrayLike<number>, classes: number, first: number): void {
  if (classes < 2) return;
  const rows = Array.from({ length: scores.length / classes }, (_, r) =>
    Array.from({ length: classes }, (_, k) => scores[r * classes + k] as number),
  );
  if (!rows.every((row) => row.every((p) => p >= 0 && p <= 1))) return;
  const groups = Math.round(sumOf(rows[0] as number[]));
  const areShares = groups > 0 && rows.every((row) => Math.abs(sumOf(row) - groups) < NEAR);
  const isAtEnds = (row: number[]) => row.every((p) => Math.min(p, 1 - p) < NEAR) && row.some((p) => p > 1 - NEAR);
  const bad = areShares ? 0 : rows.findIndex(isAtEnds);
  if (bad < 0) return;
  outOfRange(
    `outputs of row ${first + bad}`,
    'scores, or the option output: "probabilities" (or "logits", if these are scores)',
    areShares ? `numbers from 0 to 1 that sum to ${groups}` : "numbers at the ends of [0, 1]",
  );
}

function sumOf(row: readonly number[]): number {
  return row.reduce((sum, p) => sum + p, 0);
}
