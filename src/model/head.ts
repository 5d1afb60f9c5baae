/**
 * The head of a model: the function at its end that makes its outputs of its scores. Losses, margins and attacks are taken of
 * the scores, because a softmax or a sigmoid is flat where it saturates; the answer is the class of the largest score.
 */
import { type Layer, type Merge, type Operation, type OperationMap, SoftmaxOperation } from "./layers/index.ts";

/** Functions of one number that rise everywhere: leaving them out does not change which output is the largest. */
const RISING = ["sigmoid", "tanh", "softplus"] as const;
export type Rising = (typeof RISING)[number];

export interface Head {
  /**
   * What makes the outputs of the scores. "linear": they are the scores. "probabilities": they are probabilities that are
   * seen through no further, such as the mean of several softmaxes; the scores are their logarithms.
   */
  readonly kind: "linear" | "softmax" | Rising | "probabilities";
  /** Numbers that the model answers. One sigmoid is two classes, with the scores 0 and what enters it. */
  readonly outputs: number;
}

/** Classes of a model with that head. */
export function classesOf({ kind, outputs }: Head): number {
  return outputs === 1 && (kind === "sigmoid" || kind === "probabilities") ? 2 : outputs;
}

/** A step of a plan, as far as the head is read from it. */
interface Step {
  readonly operation?: Operation | undefined;
  readonly merge?: Merge | undefined;
  readonly inputs: readonly number[];
}

const mapOf = ({ operation }: Step): OperationMap | undefined =>
  operation && "map" in operation ? (operation as Layer["operations"][number]).map : undefined;

/**
 * The head of a network, and the number of the value that enters it. Step i gives value i + 1. Masks of training behind the
 * head are left out with it.
 */
export function findHead(steps: readonly Step[], output: number, outputs: number): { head: Head; before: number } {
  const step = (value: number) => steps[value - 1];
  let value = output;
  while (isMask(step(value))) value = step(value)?.inputs[0] as number;
  const last = step(value);
  const rising = last && RISING.find((name) => nameOf(last) === name);
  // A softmax over an axis of less than all outputs is no distribution over them, and not monotone.
  const isSoftmax = last?.operation instanceof SoftmaxOperation && last.operation.width === outputs;
  const kind = isSoftmax ? "softmax" : rising;
  if (last && kind) return { head: { kind, outputs }, before: last.inputs[0] as number };
  const isOfProbabilities = outputs > 1 && joinsProbabilities(steps, value, outputs);
  return { head: { kind: isOfProbabilities ? "probabilities" : "linear", outputs }, before: output };
}

/** What training alone runs has no map: the masks of Dropout. */
function isMask(step: Step | undefined): boolean {
  return step?.operation !== undefined && mapOf(step) === undefined;
}

function nameOf(step: Step): string | undefined {
  const map = mapOf(step);
  return map?.kind === "elementwise" ? map.activation.name : undefined;
}

/** Whether a value is a mean, a product or the largest of probabilities, or of such values. */
function joinsProbabilities(steps: readonly Step[], value: number, outputs: number): boolean {
  const joins: boolean[] = [];
  const areProbabilities = [false];
  for (const step of steps.slice(0, value)) {
    const { operation, merge, inputs } = step;
    const isJoin = merge !== undefined && ["mean", "product", "largest"].includes(merge.kind);
    joins.push(isJoin && inputs.every((input) => areProbabilities[input]));
    const isSoftmax = operation instanceof SoftmaxOperation && operation.width === outputs;
    areProbabilities.push(joins.at(-1) || isSoftmax || nameOf(step) === "sigmoid");
  }
  return joins.at(-1) ?? false;
}
