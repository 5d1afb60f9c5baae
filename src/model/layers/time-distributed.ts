/** Keras `TimeDistributed`: a layer for each step of a sequence by itself, as if the steps were rows. */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { requireConfig } from "./config.ts";
import type { LayerFactory } from "./layer.ts";
import { requireNumbers } from "./shape.ts";
import { MappedStepwiseOperation, StepwiseOperation } from "./stepwise.ts";

const Config = v.looseObject({
  name: v.string(),
  layer: v.looseObject({ class_name: v.string(), config: v.looseObject({ name: v.string() }) }),
});

/** @param factoryOf the layers that run here, by their class */
export function timeDistributedLayer(factoryOf: (className: string) => LayerFactory | undefined): LayerFactory {
  return (config, inputShape, workspace) => {
    const { name, layer: inner } = requireConfig("TimeDistributed", Config, config);
    const factory =
      factoryOf(inner.class_name) ?? outOfRange(`${name} layer`, "a layer that runs here", inner.class_name);
    const [steps, ...shape] = inputShape;
    if (steps === undefined || shape.length === 0) {
      outOfRange(name, "an input of shape [steps, ...]", `[${inputShape.join(", ")}]`);
    }
    // Its weights go by the name of the layer around it.
    const layer = factory({ ...inner.config, name }, shape, workspace);
    const outputShape = [steps, ...layer.outputShape];
    requireNumbers(`output of ${name}`, outputShape);
    const { operations, training, parameters, constants, ignoredWeights, drawsOtherNoise, parametersChanged } = layer;
    return {
      ...{ className: "TimeDistributed", name, inputShape, outputShape, parameters },
      ...(constants && { constants }),
      ...(ignoredWeights && { ignoredWeights }),
      ...(drawsOtherNoise && { drawsOtherNoise }),
      operations: operations.map((operation) => new MappedStepwiseOperation(operation, steps)),
      ...(training && {
        training: {
          operations: training.operations.map((operation) => new StepwiseOperation(operation, steps)),
          setNoise: (noise, stream, row) => training.setNoise(noise, stream, row * steps),
        },
      }),
      config: {
        ...{ name, trainable: true },
        layer: { class_name: layer.className, config: { ...layer.config, name: inner.config.name } },
      },
      ...(parametersChanged && { parametersChanged: () => parametersChanged.call(layer) }),
    };
  };
}
