/** Layers that move no number at inference: Flatten, Reshape, and all that is noise in training. */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { real, requireChannelsLast, requireConfig, whole } from "./config.ts";
import type { Layer, LayerFactory } from "./layer.ts";
import { sizeOf } from "./shape.ts";

const Named = v.looseObject({ name: v.string() });
/** tfjs writes null where its user wrote -1. */
const TargetExtent = v.nullable(whole(-1));
const ReshapeConfig = v.looseObject({ name: v.string(), target_shape: v.array(TargetExtent) });
const Rate = real(0, 1);
export const DropoutConfig = v.looseObject({ name: v.string(), rate: Rate });
const NoiseConfig = v.looseObject({ name: v.string(), stddev: real(0) });

export function identity(
  className: string,
  name: string,
  inputShape: readonly number[],
  outputShape: readonly number[],
  rest: Record<string, unknown>,
): Layer {
  return {
    className,
    name,
    inputShape,
    outputShape,
    parameters: [],
    operations: [],
    config: { name, trainable: true, dtype: "float32", ...rest },
  };
}

/** Keras `Flatten`, channels last. */
export function flattenLayer(config: Record<string, unknown>, inputShape: readonly number[]): Layer {
  const { name } = requireConfig("Flatten", Named, config);
  requireChannelsLast(name, config.data_format);
  return identity("Flatten", name, inputShape, [sizeOf(inputShape)], {});
}

/** Keras `Reshape`; one extent may be left open, -1 or null. */
export function reshapeLayer(config: Record<string, unknown>, inputShape: readonly number[]): Layer {
  const { name, target_shape } = requireConfig("Reshape", ReshapeConfig, config);
  const size = sizeOf(inputShape);
  const wanted = target_shape.map((extent) => extent ?? -1);
  const known = sizeOf(wanted.filter((extent) => extent !== -1));
  const outputShape = wanted.map((extent) => (extent === -1 ? size / known : extent));
  if (sizeOf(outputShape) !== size || !outputShape.every((extent) => Number.isInteger(extent) && extent > 0)) {
    outOfRange(`${name} target_shape`, `a shape of ${size} elements`, `[${wanted.join(", ")}]`);
  }
  return identity("Reshape", name, inputShape, outputShape, { target_shape: outputShape });
}

/** The kin of Keras `Dropout` (AlphaDropout and so on): the identity at inference; the rate is kept for whoever trains on. */
export function noiseLayer(className: string): LayerFactory {
  return (config, inputShape) => {
    const { name, rate } = requireConfig(className, DropoutConfig, config);
    return { ...identity(className, name, inputShape, inputShape, { rate }), drawsOtherNoise: rate > 0 };
  };
}

/** Keras `GaussianNoise`, the identity at inference. */
export function gaussianNoiseLayer(config: Record<string, unknown>, inputShape: readonly number[]): Layer {
  const { name, stddev } = requireConfig("GaussianNoise", NoiseConfig, config);
  return { ...identity("GaussianNoise", name, inputShape, inputShape, { stddev }), drawsOtherNoise: stddev > 0 };
}
