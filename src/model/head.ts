/**
 * The head of a model: the function at its end that makes its outputs of its scores. Losses, margins and attacks are taken of
 * the scores, because a softmax or a sigmoid is flat where it saturates; the answer is the class of the largest score.
 */
import type { Line } from "./head-operations.ts";
import {
  type Activation,
  type Layer,
  type Merge,
  type Operation,
  type OperationMap,
  type Range,
  SoftmaxOperation,
} from "./layers/index.ts";

/** Functions of one number that rise everywhere: leaving them out does not change which output is the largest. */
const RISING = ["sigmoid", "tanh", "softplus", "elu", "selu", "exponential"] as const;
export type Rising = (typeof RISING)[number];
/** Activations that cut what enters them, the last of them after a x + b. */
const CUTS = ["relu", "relu6", "hard_sigmoid"];

/** What makes the outputs of a model of its scores. */
export interface Head {
  /**
   * What makes the outputs of the scores. "linear": they are the scores. "cut": they are the scores cut to `range`, as by a ReLU
   * or a hard sigmoid. "probabilities": they are probabilities that are seen through no further, such as the mean of several
   * softmaxes, or softmaxes of groups of outputs; the scores are their logarithms.
   */
  readonly kind: "linear" | "softmax" | Rising | "cut" | "probabilities";
  /** Numbers that the model answers. One sigmoid is two classes, with the scores 0 and what enters it. */
  readonly outputs: number;
  /** Of a cut: its lower and upper end. */
  readonly range?: Range;
}

/** Classes of a model with that head. One output that is cut to [0, 1] is a probability, as one sigmoid is. */
export function classesOf({ kind, outputs, range }: Head): number {
  if (outputs > 1) return outputs;
  const isProbability =
    kind === "sigmoid" || kind === "probabilities" || (kind === "cut" && range?.[0] === 0 && range[1] === 1);
  return isProbability ? 2 : 1;
}

/** The score of the first of two classes that one output makes: that of the second is what enters the head. */
export function evenScore({ kind }: Head): number {
  return kind === "cut" ? 0.5 : 0;
}

/**
 * The outputs of scores, as far as it matters to which is the largest: two that are cut at the same end are equal.
 *
 * @param scores f32[n, classes]
 */
export function ranked(head: Head | undefined, scores: Float32Array): Float32Array {
  if (head?.kind !== "cut" || !head.range || head.outputs === 1) return scores;
  const [low, high] = head.range;
  return scores.map((score) => Math.min(Math.max(score, low), high));
}

/** A step of a plan, as far as the head is read from it. */
interface Step {
  readonly operation?: Operation | undefined;
  readonly merge?: Merge | undefined;
  readonly inputs: readonly number[];
}

const mapOf = ({ operation }: Step): OperationMap | undefined =>
  operation && "map" in operation ? (operation as Layer["operations"][number]).map : undefined;

/** Where a network's scores are. */
interface FoundHead {
  readonly head: Head;
  /** The number of the value that enters the head. */
  readonly before: number;
  /** The line a x + b that the value is put on before it is cut. */
  readonly line: Line | undefined;
}

/** The head of a network. Step i gives value i + 1. Masks of training behind the head are left out with it. */
export function findHead(steps: readonly Step[], output: number, outputs: number): FoundHead {
  const step = (value: number) => steps[value - 1];
  let value = output;
  while (isMask(step(value))) value = step(value)?.inputs[0] as number;
  const last = step(value);
  const found = (head: Omit<Head, "outputs">, isSeen: boolean): FoundHead => ({
    head: { ...head, outputs },
    before: isSeen ? (last?.inputs[0] as number) : output,
    line: head.kind === "cut" && last !== undefined ? lineOf(last) : undefined,
  });
  // A softmax over an axis of less than all outputs is no distribution over them, and not monotone.
  if (last?.operation instanceof SoftmaxOperation && last.operation.width === outputs) {
    return found({ kind: "softmax" }, true);
  }
  const rising = last && RISING.find((name) => nameOf(last) === name);
  if (rising) return found({ kind: rising }, true);
  const range = last && cutOf(last);
  if (range) return found({ kind: "cut", range }, true);
  return found({ kind: outputs > 1 && areProbabilities(steps, value) ? "probabilities" : "linear" }, false);
}

/** The line of a hard sigmoid: that of Keras 2 unless it has numbers of its own. */
function lineOf(step: Step): Line | undefined {
  const activation = activationOf(step);
  if (activation?.name !== "hard_sigmoid") return undefined;
  const [slope = Math.fround(0.2), offset = 0.5] = activation.parameters ?? [];
  return { slope, offset };
}

/** The range of an activation that cuts. */
function cutOf(step: Step): Range | undefined {
  const activation = activationOf(step);
  if (!activation || !CUTS.includes(activation.name)) return undefined;
  const [low, high] = activation.range;
  return low < high ? [low, high] : undefined;
}

/** What training alone runs has no map: the masks of Dropout. */
function isMask(step: Step | undefined): boolean {
  return step?.operation !== undefined && mapOf(step) === undefined;
}

function nameOf(step: Step): string | undefined {
  return activationOf(step)?.name;
}

function activationOf(step: Step): Activation | undefined {
  const map = mapOf(step);
  return map?.kind === "elementwise" ? map.activation : undefined;
}

const JOINS = ["mean", "product", "largest", "concatenation"];

/** Whether a value is a softmax or sigmoids, or a mean, a product, the largest or the row of such values. */
function areProbabilities(steps: readonly Step[], value: number): boolean {
  const known = [false];
  for (const step of steps.slice(0, value)) {
    const { operation, merge, inputs } = step;
    const isJoin = merge !== undefined && JOINS.includes(merge.kind);
    const isOwn = operation instanceof SoftmaxOperation || nameOf(step) === "sigmoid";
    known.push(isOwn || (isJoin && inputs.every((input) => known[input])));
  }
  return known.at(-1) ?? false;
}
