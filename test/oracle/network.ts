/** A network of dense layers, convolutions, pools and activations in double precision, one number at a time: forward, loss, gradients. */
import { relu, sigmoid } from "./activation.ts";
import {
  type LinearStep,
  linearForward,
  linearInputGradient,
  linearWeightGradient,
  type MaxStep,
  maxForward,
  maxInputGradient,
} from "./linear.ts";
import { crossEntropy, crossEntropyGradient, softmax, softmaxGradient } from "./softmax.ts";

type Vector = ArrayLike<number>;

/** y = x W + b on each of the vectors of `inputs` numbers that a row consists of. */
export interface DenseStep {
  kind: "dense";
  inputs: number;
  units: number;
  /** [inputs, units], row-major. */
  kernel: Float64Array;
  bias: Float64Array | undefined;
}

export interface ActivationStep {
  kind: "relu" | "sigmoid" | "tanh" | "softmax";
  /** Extent of the last axis, over which a softmax runs. */
  width: number;
}

export type Step = DenseStep | ActivationStep | LinearStep | MaxStep;

const MAPS = { relu, sigmoid, tanh: Math.tanh };
/** Slopes at the output y. */
export const SLOPES = {
  relu: (y: number) => (y > 0 ? 1 : 0),
  sigmoid: (y: number) => y * (1 - y),
  tanh: (y: number) => 1 - y * y,
};

/** The output of every step, the row itself first. */
export function forward(steps: readonly Step[], row: Vector): Float64Array[] {
  const values: Float64Array[] = [Float64Array.from(row)];
  for (const step of steps) values.push(apply(step, values.at(-1) as Float64Array));
  return values;
}

function apply(step: Step, x: Float64Array): Float64Array {
  if (step.kind === "dense") {
    const { inputs, units, kernel, bias } = step;
    const y = new Float64Array((x.length / inputs) * units);
    for (let o = 0; o < x.length / inputs; o++) {
      for (let j = 0; j < units; j++) {
        let sum = bias?.[j] ?? 0;
        for (let i = 0; i < inputs; i++) sum += (x[o * inputs + i] as number) * (kernel[i * units + j] as number);
        y[o * units + j] = sum;
      }
    }
    return y;
  }
  if (step.kind === "linear") return linearForward(step, x);
  if (step.kind === "max") return maxForward(step, x);
  if (step.kind !== "softmax") return x.map(MAPS[step.kind]);
  return Float64Array.from(chunks(x, step.width).flatMap((z) => softmax(z)));
}

/** Steps up to what the loss takes as logits: a softmax over all classes, or a function that rises, is left out at the end. */
export function toLogits(steps: readonly Step[], classes: number): readonly Step[] {
  const last = steps.at(-1);
  const isSoftmax = last?.kind === "softmax" && last.width === classes;
  const isHead = isSoftmax || ["sigmoid", "tanh", "softplus"].includes(last?.kind ?? "");
  return isHead ? steps.slice(0, -1) : steps;
}

/** Cross-entropy of a row from its logits, in nats. */
export function loss(logitSteps: readonly Step[], row: Vector, label: number): number {
  return crossEntropy(forward(logitSteps, row).at(-1) as Float64Array, label);
}

export interface Gradients {
  /** The loss's gradient to the output of every step, that to the row first. */
  slopes: Float64Array[];
  /** To every parameter, kernel before bias, step after step. */
  parameters: Float64Array;
}

/** The gradient of `loss` to everything. */
export function gradients(logitSteps: readonly Step[], row: Vector, label: number): Gradients {
  const values = forward(logitSteps, row);
  let dy = Float64Array.from(crossEntropyGradient(values.at(-1) as Float64Array, label));
  const slopes = [dy];
  const parameters: Float64Array[] = [];
  for (let s = logitSteps.length - 1; s >= 0; s--) {
    const step = logitSteps[s] as Step;
    const [x, y] = [values[s] as Float64Array, values[s + 1] as Float64Array];
    if (step.kind === "dense") parameters.unshift(parameterGradient(step, x, dy));
    if (step.kind === "linear" && step.trainable) parameters.unshift(linearWeightGradient(step, x, dy));
    dy = inputGradient(step, x, y, dy);
    slopes.unshift(dy);
  }
  return { slopes, parameters: Float64Array.from(parameters.flatMap((p) => [...p])) };
}

export function inputGradient(
  step: Step,
  x: Float64Array,
  y: Float64Array,
  dy: Float64Array,
): Float64Array<ArrayBuffer> {
  if (step.kind === "dense") {
    const { inputs, units, kernel } = step;
    const dx = new Float64Array(x.length);
    for (let at = 0; at < x.length; at++) {
      const [o, i] = [Math.floor(at / inputs), at % inputs];
      for (let j = 0; j < units; j++) {
        dx[at] = (dx[at] as number) + (dy[o * units + j] as number) * (kernel[i * units + j] as number);
      }
    }
    return dx;
  }
  if (step.kind === "linear") return linearInputGradient(step, x.length, dy);
  if (step.kind === "max") return maxInputGradient(step, x, dy);
  if (step.kind !== "softmax") {
    const slope = SLOPES[step.kind];
    return dy.map((v, i) => v * slope(y[i] as number)) as Float64Array<ArrayBuffer>;
  }
  const dys = chunks(dy, step.width);
  return Float64Array.from(chunks(y, step.width).flatMap((p, r) => softmaxGradient(p, dys[r] as Float64Array)));
}

export function parameterGradient({ inputs, units, bias }: DenseStep, x: Float64Array, dy: Float64Array): Float64Array {
  const gradient = new Float64Array(inputs * units + (bias ? units : 0));
  for (let o = 0; o < x.length / inputs; o++) {
    for (let j = 0; j < units; j++) {
      const slope = dy[o * units + j] as number;
      for (let i = 0; i < inputs; i++) {
        gradient[i * units + j] = (gradient[i * units + j] as number) + (x[o * inputs + i] as number) * slope;
      }
      if (bias) gradient[inputs * units + j] = (gradient[inputs * units + j] as number) + slope;
    }
  }
  return gradient;
}

export function chunks(x: Float64Array, width: number): Float64Array[] {
  return Array.from({ length: x.length / width }, (_, i) => x.slice(i * width, (i + 1) * width));
}
