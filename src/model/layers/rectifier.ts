/** Linear units as layers of their own: ReLU with its bound, LeakyReLU, PReLU, ELU. */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import type { F32Pointer, Workspace } from "../../wasm/index.ts";
import { activationOperations } from "./activation.ts";
import { leakyRelu, reluUpTo } from "./activations.ts";
import { Axis, real, requireConfig } from "./config.ts";
import { ElementwiseOperation } from "./elementwise.ts";
import { thresholdedRelu } from "./functions.ts";
import type { Layer, LayerFactory, MappedOperation } from "./layer.ts";
import type { OperationMap } from "./operation-map.ts";
import { declareParameter, type Parameter } from "./parameter.ts";
import { sizeOf } from "./shape.ts";
import { stridedSources } from "./strided.ts";

const Scalar = v.optional(v.nullable(real()));
const ReluConfig = v.looseObject({
  name: v.string(),
  max_value: Scalar,
  negative_slope: Scalar,
  threshold: Scalar,
});
const LeakyConfig = v.looseObject({ name: v.string(), alpha: Scalar, negative_slope: Scalar });
const EluConfig = v.looseObject({ name: v.string(), alpha: Scalar });
const PreluConfig = v.looseObject({
  name: v.string(),
  shared_axes: v.optional(v.nullable(v.union([Axis, v.array(Axis)]))),
});

function layerOf(
  className: string,
  name: string,
  shape: readonly number[],
  operations: MappedOperation[],
  rest: object,
): Layer {
  const config = { name, trainable: true, dtype: "float32", ...rest };
  return { className, name, inputShape: shape, outputShape: shape, parameters: [], operations, config };
}

/**
 * Keras `ReLU`. A slope below zero or a threshold is refused: tfjs ignores both, so that the model would answer one thing
 * there and another in Keras.
 */
export const reluLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, max_value, negative_slope, threshold } = requireConfig("ReLU", ReluConfig, config);
  if (negative_slope)
    outOfRange(`${name} negative_slope`, "0 (tfjs ignores it; LeakyReLU has one)", `${negative_slope}`);
  if (threshold) outOfRange(`${name} threshold`, "0 (tfjs ignores it)", `${threshold}`);
  if (max_value === undefined || max_value === null) {
    return layerOf("ReLU", name, inputShape, activationOperations("relu", inputShape, workspace), {});
  }
  if (!(max_value >= 0)) outOfRange(`${name} max_value`, "a number >= 0", `${max_value}`);
  const operation = new ElementwiseOperation(reluUpTo(max_value), sizeOf(inputShape), workspace.kernels);
  return layerOf("ReLU", name, inputShape, [operation], { max_value });
};

/** Keras `LeakyReLU`; slope below zero `alpha`, default 0.3. */
export const leakyReluLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, alpha, negative_slope } = requireConfig("LeakyReLU", LeakyConfig, config);
  const slope = alpha ?? negative_slope ?? 0.3;
  const operation = new ElementwiseOperation(leakyRelu(slope), sizeOf(inputShape), workspace.kernels);
  return layerOf("LeakyReLU", name, inputShape, [operation], { alpha: slope });
};

/** Keras `ELU`; tfjs runs it with alpha 1 only. */
export const eluLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, alpha } = requireConfig("ELU", EluConfig, config);
  if ((alpha ?? 1) !== 1) outOfRange(`${name} alpha`, "1, as in tfjs", `${alpha}`);
  return layerOf("ELU", name, inputShape, activationOperations("elu", inputShape, workspace), { alpha: 1 });
};

const ThresholdConfig = v.looseObject({ name: v.string(), theta: v.optional(v.nullable(real(0)), 1) });

/** Keras `ThresholdedReLU`: x above theta, elsewhere 0. */
export const thresholdedReluLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, theta } = requireConfig("ThresholdedReLU", ThresholdConfig, config);
  const operation = new ElementwiseOperation(thresholdedRelu(theta ?? 1), sizeOf(inputShape), workspace.kernels);
  return layerOf("ThresholdedReLU", name, inputShape, [operation], { theta: theta ?? 1 });
};

/** y = x, below zero alpha x; alpha is one number for each element of a row but for the axes that share it. */
class PreluOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly workspace: Workspace;
  private readonly alpha: Parameter;
  /** Which element of alpha each element of a row takes. */
  private readonly sources: Int32Array;
  /** f32[inputSize], alpha spread out. */
  private readonly spread: F32Pointer;

  constructor(alpha: Parameter, sources: Int32Array, workspace: Workspace) {
    this.inputSize = sources.length;
    this.outputSize = sources.length;
    this.workspace = workspace;
    this.alpha = alpha;
    this.map = { kind: "prelu", alpha };
    this.sources = sources;
    this.spread = workspace.arena.allocateF32(sources.length);
  }

  parametersChanged(): void {
    const { arena } = this.workspace;
    const alpha = arena.f32(this.alpha.at, this.alpha.size);
    arena.f32(this.spread, this.inputSize).set(Float32Array.from(this.sources, (at) => alpha[at] as number));
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    this.workspace.kernels.prelu_f32(rows, this.inputSize, this.spread, x, y);
  }

  inputGradient(rows: number, x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    this.workspace.kernels.prelu_grad_f32(rows, this.inputSize, this.spread, x, dy, dx);
  }

  /** Of each element of a row over the rows first, then of the elements that share a number, both ascending. */
  parameterGradient(rows: number, x: F32Pointer, dy: F32Pointer, scratch: F32Pointer): void {
    const { arena, kernels } = this.workspace;
    const { alpha, inputSize } = this;
    alpha.gradient ??= arena.allocateF32(alpha.size);
    const sums = arena.f32(scratch, inputSize).fill(0);
    kernels.prelu_alpha_grad_f32(rows, inputSize, x, dy, scratch);
    const gradient = arena.f32(alpha.gradient, alpha.size);
    for (let i = 0; i < inputSize; i++) {
      const at = this.sources[i] as number;
      gradient[at] = (gradient[at] as number) + (sums[i] as number);
    }
  }

  scratchBytes(): number {
    return 4 * this.inputSize;
  }
}

/** Keras `PReLU`: alpha of the shape of a row, 1 along the shared axes, which count from 1. */
export const preluLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, shared_axes } = requireConfig("PReLU", PreluConfig, config);
  const shared = [shared_axes ?? []].flat();
  for (const axis of shared) {
    if (axis < 1 || axis > inputShape.length)
      outOfRange(`${name} shared_axes`, `axes of 1 to ${inputShape.length}`, `${axis}`);
  }
  const shape = inputShape.map((extent, i) => (shared.includes(i + 1) ? 1 : extent));
  const alpha = declareParameter(`${name}/alpha`, shape);
  const strides = shape.map((extent, axis) => (extent === 1 ? 0 : sizeOf(shape.slice(axis + 1))));
  const sources = stridedSources(inputShape, strides);
  const operation = new PreluOperation(alpha, sources, workspace);
  return {
    ...layerOf("PReLU", name, inputShape, [operation], { shared_axes: shared.length === 0 ? null : shared }),
    parameters: [alpha],
    parametersChanged: () => operation.parametersChanged(),
  };
};
