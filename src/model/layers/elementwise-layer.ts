/** `Elementwise`: a function of each number, by its name and parameters. A layer of our own, for what Keras has no layer for. */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { leakyRelu } from "./activations.ts";
import { real, requireConfig } from "./config.ts";
import { ElementwiseOperation } from "./elementwise.ts";
import {
  affine,
  celu,
  clip,
  elu,
  FUNCTIONS,
  hardSigmoid,
  hardSwish,
  powerOf,
  selu,
  thresholdedRelu,
} from "./functions.ts";
import type { LayerFactory } from "./layer.ts";
import type { Activation } from "./operation-map.ts";
import { sizeOf } from "./shape.ts";

/** Null is an end that is nowhere. */
const Config = v.looseObject({
  name: v.string(),
  function: v.string(),
  parameters: v.optional(v.array(v.nullable(real())), []),
});

type Parameters = readonly (number | null)[];
const INFINITY = Number.POSITIVE_INFINITY;

/** Functions by name, with the number of their parameters. */
const MADE: Readonly<Record<string, readonly [count: number, make: (...parameters: number[]) => Activation]>> = {
  affine: [2, affine],
  celu: [1, celu],
  elu: [1, elu],
  hard_sigmoid: [2, hardSigmoid],
  hard_swish: [2, hardSwish],
  leaky_relu: [1, leakyRelu],
  power: [1, powerOf],
  selu: [2, selu],
  thresholded_relu: [1, thresholdedRelu],
};

function activationFor(layer: string, name: string, parameters: Parameters): Activation {
  const requireCount = (count: number) => {
    if (parameters.length !== count) outOfRange(`${layer} parameters of ${name}`, `${count}`, `${parameters.length}`);
  };
  if (Object.hasOwn(FUNCTIONS, name)) {
    requireCount(0);
    return FUNCTIONS[name as keyof typeof FUNCTIONS];
  }
  if (name === "clip") {
    requireCount(2);
    return clip(parameters[0] ?? -INFINITY, parameters[1] ?? INFINITY);
  }
  const known = [...Object.keys(FUNCTIONS), "clip", ...Object.keys(MADE)].join(", ");
  const [count, make] =
    (Object.hasOwn(MADE, name) && MADE[name]) || outOfRange(`${layer} function`, `one of ${known}`, name);
  requireCount(count);
  if (parameters.includes(null)) outOfRange(`${layer} parameters of ${name}`, "numbers", "null");
  return make(...(parameters as number[]));
}

export const elementwiseLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, function: wanted, parameters } = requireConfig("Elementwise", Config, config);
  const activation = activationFor(name, wanted, parameters);
  return {
    ...{ className: "Elementwise", name, inputShape, outputShape: inputShape, parameters: [] },
    operations: [new ElementwiseOperation(activation, sizeOf(inputShape), workspace.kernels)],
    config: { name, trainable: true, dtype: "float32", function: wanted, parameters },
  };
};
