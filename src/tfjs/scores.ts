/**
 * What a tf model answers, and the logits that stand behind it: before the softmax that it ends in, if it ends in one. A
 * cross-entropy of probabilities is blind where they round to 0 or 1; of logits it is not.
 */
import { log, maximum, type Tensor } from "@tensorflow/tfjs-core";
import { outOfRange, wrongType } from "../check.ts";

/** What is known of an input or output without running the model; tfjs writes an open extent as null, -1 or nothing. */
interface Declared {
  readonly shape?: readonly (number | null)[];
  readonly dtype?: string;
}

/** A layer whose activation can be left out for a moment, or a model used as a layer. */
interface LastLayer {
  readonly name: string;
  getClassName(): string;
  getConfig(): { readonly activation?: unknown };
  readonly outputs?: readonly { readonly sourceLayer?: LastLayer }[];
  activation?: object | null;
  softmax?: (x: Tensor) => Tensor;
}

/** A tf.LayersModel, as far as it is used. */
export interface LayersModelLike {
  readonly inputs: readonly Declared[];
  readonly outputs: readonly (Declared & { readonly sourceLayer?: unknown })[];
  readonly layers: readonly unknown[];
  // `any`: tfjs's own overloads take lists, symbolic tensors and options as well.
  apply(x: any, options?: any): any;
}

/** The smallest normal f32: probabilities below it have no logarithm that could be relied upon. */
const LEAST_PROBABILITY = 2 ** -126;

interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly GraphNode[];
}

/** A tf.GraphModel, as far as it is used. */
export interface GraphModelLike {
  readonly inputs: readonly Declared[];
  readonly outputs: readonly Declared[];
  // `any`: the type is that of @tensorflow/tfjs-converter, which is no dependency.
  execute(x: any, names?: any): any;
}

/** A function of a batch of inputs, [n, ...shape] to [n, classes]. */
export type ScoreFunction = (x: Tensor) => Tensor;

export type TfModel = LayersModelLike | GraphModelLike | ScoreFunction;

export interface Scores {
  /** What the model answers, as it is. */
  answer: ScoreFunction;
  /** What the loss is taken of: logits, or logarithms of probabilities. */
  logits: ScoreFunction;
  isOfProbabilities: boolean;
  /** Shape of a batch of inputs, as far as the model says. */
  batchShape: readonly (number | null)[] | undefined;
}

/** How a model's outputs are to be read; "auto" looks for a softmax at its end. */
export type Output = "auto" | "logits" | "probabilities";

/** The answer and the logits of a model. */
export function scoresOf(model: TfModel, output: Output): Scores {
  if (typeof model === "function") return read(model, undefined, output, undefined);
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
  const [answer, bare] = isLayers ? ofLayers(model as LayersModelLike) : ofGraph(model as GraphModelLike);
  return read(answer, bare, output, shape);
}

function read(
  answer: ScoreFunction,
  bare: ScoreFunction | undefined,
  output: Output,
  batchShape: Scores["batchShape"],
) {
  const logarithms = (x: Tensor): Tensor => log(maximum(answer(x), LEAST_PROBABILITY));
  const known = { auto: bare ?? answer, logits: answer, probabilities: logarithms };
  return { answer, logits: known[output], isOfProbabilities: output === "probabilities", batchShape };
}

/** A LayersModel, and the same without the softmax of its last layer. */
function ofLayers(model: LayersModelLike): [ScoreFunction, ScoreFunction | undefined] {
  const answer = (x: Tensor) => model.apply(x, { training: false }) as Tensor;
  let last = model.outputs[0]?.sourceLayer as LastLayer | undefined;
  while (last && "layers" in last) last = last.outputs?.[0]?.sourceLayer;
  const swap = last && softmaxSwap(last);
  if (!swap) return [answer, undefined];
  return [
    answer,
    (x) => {
      const putBack = swap();
      try {
        return answer(x);
      } finally {
        putBack();
      }
    },
  ];
}

/** Leaves out a layer's softmax until the function that it returns is called; undefined where the layer has none. */
function softmaxSwap(layer: LastLayer): (() => () => void) | undefined {
  if (layer.getClassName() === "Softmax" && typeof layer.softmax === "function") {
    return () => {
      const own = layer.softmax as (x: Tensor) => Tensor;
      layer.softmax = (x) => x;
      return () => {
        layer.softmax = own;
      };
    };
  }
  if (layer.getConfig().activation !== "softmax" || !layer.activation) return undefined;
  return () => {
    const own = layer.activation as object;
    layer.activation = { apply: (x: Tensor) => x, getClassName: () => "linear" };
    return () => {
      layer.activation = own;
    };
  };
}

/** A GraphModel, and the same up to what its last node, a softmax, takes. */
function ofGraph(model: GraphModelLike): [ScoreFunction, ScoreFunction | undefined] {
  const answer = (x: Tensor) => model.execute(x) as Tensor;
  const { executor } = model as { executor?: { graph?: { outputs?: readonly GraphNode[] } } };
  let node = executor?.graph?.outputs?.[0];
  while (node?.op === "Identity") node = node.inputs[0];
  const before = node?.op === "Softmax" ? node.inputs[0]?.name : undefined;
  return [answer, before === undefined ? undefined : (x) => model.execute(x, before) as Tensor];
}
