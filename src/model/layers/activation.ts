/** Activations as operations, by name, and the softmax of a row; the layers of Keras `Activation` and `Softmax`. */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import type { F32Pointer, Kernels, Workspace } from "../../wasm/index.ts";
import { type ActivationName, ELEMENTWISE, type ElementwiseName } from "./activations.ts";
import { Axis, requireConfig } from "./config.ts";
import { ElementwiseOperation } from "./elementwise.ts";
import type { Layer, MappedOperation } from "./layer.ts";
import type { OperationMap } from "./operation-map.ts";
import { sizeOf } from "./shape.ts";

/** The activations that run here, named as a `model.json` names them. */
export const ACTIVATIONS: readonly ActivationName[] = [
  "linear",
  ...(Object.keys(ELEMENTWISE) as ElementwiseName[]),
  "softmax",
];

/** Requires the name of an activation that runs here. */
export function requireActivation(layer: string, name: string): ActivationName {
  // tfjs's own name of hard_sigmoid is hardSigmoid.
  const known = ACTIVATIONS.find((a) => a === name || (a === "hard_sigmoid" && name === "hardSigmoid"));
  return known ?? outOfRange(`${layer} activation`, `one of ${ACTIVATIONS.join(", ")}`, JSON.stringify(name));
}

/** Softmax over the last axis. The network knows it by class: what enters the last one are the logits. */
export class SoftmaxOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  /** Extent of the last axis: numbers that sum to 1. */
  readonly width: number;
  private readonly kernels: Kernels;

  constructor(size: number, width: number, kernels: Kernels) {
    this.inputSize = size;
    this.outputSize = size;
    this.width = width;
    this.map = { kind: "softmax", width };
    this.kernels = kernels;
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    this.kernels.softmax_f32((rows * this.inputSize) / this.width, this.width, x, y);
  }

  inputGradient(rows: number, _x: F32Pointer, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    this.kernels.softmax_grad_f32((rows * this.inputSize) / this.width, this.width, y, dy, dx);
  }
}

/** The operations of an activation on one input of the given shape: none for `linear`. */
export function activationOperations(
  name: ActivationName,
  shape: readonly number[],
  workspace: Workspace,
): MappedOperation[] {
  if (name === "linear") return [];
  const size = sizeOf(shape);
  if (name === "softmax") return [new SoftmaxOperation(size, shape.at(-1) as number, workspace.kernels)];
  return [new ElementwiseOperation(ELEMENTWISE[name], size, workspace.kernels)];
}

const Config = v.looseObject({ name: v.string(), activation: v.string() });

/** Keras `Activation`. */
export function activationLayer(
  config: Record<string, unknown>,
  inputShape: readonly number[],
  workspace: Workspace,
): Layer {
  const { name, activation } = requireConfig("Activation", Config, config);
  const known = requireActivation(name, activation);
  return {
    className: "Activation",
    name,
    inputShape,
    outputShape: inputShape,
    parameters: [],
    operations: activationOperations(known, inputShape, workspace),
    config: { name, trainable: true, dtype: "float32", activation: known },
  };
}

const SoftmaxConfig = v.looseObject({ name: v.string(), axis: v.optional(v.nullable(v.union([Axis, v.array(Axis)]))) });

/** Keras `Softmax`, over the last axis; without one tfjs takes axis 1, Keras the last. */
export function softmaxLayer(
  config: Record<string, unknown>,
  inputShape: readonly number[],
  workspace: Workspace,
): Layer {
  const { name, axis } = requireConfig("Softmax", SoftmaxConfig, config);
  const rank = inputShape.length;
  const axes = [axis ?? 1].flat();
  if (axes.length !== 1 || (axes[0] !== -1 && axes[0] !== rank)) {
    outOfRange(`${name} axis`, `the last axis, -1 or ${rank}`, `[${axes.join(", ")}]`);
  }
  return {
    className: "Softmax",
    name,
    inputShape,
    outputShape: inputShape,
    parameters: [],
    operations: activationOperations("softmax", inputShape, workspace),
    config: { name, trainable: true, dtype: "float32", axis: rank },
  };
}
