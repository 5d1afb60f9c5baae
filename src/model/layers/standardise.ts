/**
 * `Standardise`, a layer of our own: each group of numbers less its mean, over the root of its variance plus epsilon, times a scale and plus an
 * offset. The groups run over any axes: the last for a layer normalisation, those of the image for an instance normalisation.
 */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { BinaryOperation } from "./binary.ts";
import { Extent, real, requireConfig, whole } from "./config.ts";
import type { LayerFactory, MappedOperation } from "./layer.ts";
import { transposeOperation } from "./move.ts";
import { LayerNormalization } from "./normalization.ts";
import { declareParameter, type Parameter } from "./parameter.ts";
import { sizeOf } from "./shape.ts";

const Shape = v.optional(v.nullable(v.array(Extent)));
const Config = v.looseObject({
  ...{ name: v.string(), axes: v.array(whole(0, 64)), epsilon: v.optional(real(0), 1e-5) },
  ...{ scale_shape: Shape, offset_shape: Shape },
});

/** Axes count from 0 behind the batch; `scale_shape` and `offset_shape`, where given, are those of the weights `scale` and `offset`. */
export const standardiseLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, axes, epsilon, scale_shape, offset_shape } = requireConfig("Standardise", Config, config);
  const rank = inputShape.length;
  if (axes.length === 0 || axes.some((axis) => axis >= rank) || new Set(axes).size < axes.length)
    outOfRange(`${name} axes`, `some of the axes 0 to ${rank - 1}, each once`, `[${axes.join(", ")}]`);
  const order = [...inputShape.keys()].toSorted((a, b) => Number(axes.includes(a)) - Number(axes.includes(b)) || a - b);
  const channels = sizeOf(axes.map((axis) => inputShape[axis] as number));
  const affine = { epsilon, channels, gamma: undefined, beta: undefined };
  const core = new LayerNormalization(sizeOf(inputShape), affine, workspace);
  const operations: MappedOperation[] = [core];
  if (order.some((axis, i) => axis !== i)) {
    const turned = order.map((axis) => inputShape[axis] as number);
    const back = inputShape.map((_, axis) => order.indexOf(axis));
    operations.unshift(transposeOperation(workspace, inputShape, order));
    operations.push(transposeOperation(workspace, turned, back));
  }
  const parameters: Parameter[] = [];
  for (const [own, of, shape] of [
    ["scale", "product", scale_shape],
    ["offset", "sum", offset_shape],
  ] as const) {
    if (!shape) continue;
    const parameter = declareParameter(`${name}/${own}`, shape);
    const operation = new BinaryOperation(workspace, of, inputShape, parameter);
    if (operation.outputSize !== sizeOf(inputShape))
      outOfRange(
        `${name} ${own}_shape`,
        `a shape that stretches to [${inputShape.join(", ")}]`,
        `[${shape.join(", ")}]`,
      );
    parameters.push(parameter);
    operations.push(operation);
  }
  return {
    ...{ className: "Standardise", name, inputShape, outputShape: inputShape, parameters, operations },
    config: { name, trainable: true, dtype: "float32", axes, epsilon, scale_shape, offset_shape },
    parametersChanged: () => core.parametersChanged(),
  };
};
