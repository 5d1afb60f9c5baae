/** Activations as operations, by name, and the softmax of a row; the layers of Keras `Activation` and `Softmax`. */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import type { F32Pointer, Kernels, Workspace } from "../../wasm/index.ts";
import { type ActivationName, ELEMENTWISE, type ElementwiseName } from "./activations.ts";
import { Axis, requireConfig } from "./config.ts";
import { ElementwiseOperation } from "./elementwise.ts";
import type { Layer, LayerFactory, MappedOperation } from "./layer.ts";
import { transposeOperation } from "./move.ts";
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

/** The logarithm of a softmax over the last axis. */
class LogSoftmaxOperation implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly width: number;
  private readonly kernels: Kernels;

  constructor(size: number, width: number, kernels: Kernels) {
    this.inputSize = size;
    this.outputSize = size;
    this.width = width;
    this.map = { kind: "log softmax", width };
    this.kernels = kernels;
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    this.kernels.log_softmax_f32((rows * this.inputSize) / this.width, this.width, x, y);
  }

  inputGradient(rows: number, _x: F32Pointer, y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    this.kernels.log_softmax_grad_f32((rows * this.inputSize) / this.width, this.width, y, dy, dx);
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

/** A layer over one axis, which is brought behind the others for it; without one tfjs takes axis 1, Keras the last. */
function axisLayer(
  className: string,
  make: (size: number, width: number, kernels: Kernels) => MappedOperation,
): LayerFactory {
  return (config, inputShape, workspace) => {
    const { name, axis } = requireConfig(className, SoftmaxConfig, config);
    const rank = inputShape.length;
    const axes = [axis ?? 1].flat();
    const [only] = axes as [number];
    const at = only < 0 ? rank + only : only - 1;
    if (axes.length !== 1 || at < 0 || at >= rank) {
      outOfRange(`${name} axis`, `an axis behind the batch of an input of rank ${rank + 1}`, `[${axes.join(", ")}]`);
    }
    const width = inputShape[at] as number;
    const operation = make(sizeOf(inputShape), width, workspace.kernels);
    const order = [...inputShape.keys()].filter((other) => other !== at).concat(at);
    const back = inputShape.map((_, other) => order.indexOf(other));
    const turned = order.map((other) => inputShape[other] as number);
    const isLast = at === rank - 1;
    return {
      ...{ className, name, inputShape, outputShape: inputShape, parameters: [] },
      operations: isLast
        ? [operation]
        : [transposeOperation(workspace, inputShape, order), operation, transposeOperation(workspace, turned, back)],
      config: { name, trainable: true, dtype: "float32", axis: at + 1 },
    };
  };
}

/** Keras `Softmax`. */
export const softmaxLayer = axisLayer("Softmax", (size, width, kernels) => new SoftmaxOperation(size, width, kernels));
/** `LogSoftmax`, a layer of our own with the configuration of `Softmax`. */
export const logSoftmaxLayer = axisLayer(
  "LogSoftmax",
  (size, width, kernels) => new LogSoftmaxOperation(size, width, kernels),
);
