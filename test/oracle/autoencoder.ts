/** The objective of a sparse autoencoder in double precision, and its gradient, written from the lecture notes. */
import { type DenseStep, forward, inputGradient, parameterGradient, type Step } from "./network.ts";

export interface SparseObjective {
  decay: number;
  beta: number;
  target: number;
}

/** Encoder, sigmoid, decoder and, where it has one, its sigmoid. */
export type AutoencoderSteps = readonly Step[];

/** Position of the units' activations among the values of `forward`. */
export const CODE = 2;

/** KL(p || q) of two coins and its slope in q. */
export const divergence = (p: number, q: number) => p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));
export const divergenceSlope = (p: number, q: number) => (1 - p) / (1 - q) - p / q;

export function meanCode(steps: AutoencoderSteps, rows: readonly ArrayLike<number>[]): Float64Array {
  const codes = rows.map((row) => forward(steps, row)[CODE] as Float64Array);
  return (codes[0] as Float64Array).map((_, j) => codes.reduce((sum, h) => sum + (h[j] as number), 0) / rows.length);
}

export function objective(
  steps: AutoencoderSteps,
  rows: readonly ArrayLike<number>[],
  { decay, beta, target }: SparseObjective,
): number {
  const errors = rows.map((row) => {
    const made = forward(steps, row).at(-1) as Float64Array;
    return made.reduce((sum, y, i) => sum + (y - (row[i] as number)) ** 2 / 2, 0);
  });
  const mean = errors.reduce((sum, e) => sum + e, 0) / rows.length;
  const sparsity = meanCode(steps, rows).reduce((sum, q) => sum + divergence(target, q), 0);
  const squares = steps.reduce((sum, s) => sum + (s.kind === "dense" ? s.kernel.reduce((t, w) => t + w * w, 0) : 0), 0);
  return mean + beta * sparsity + (decay / 2) * squares;
}

/** The gradient of the objective without its decay, times the number of rows; kernel before bias, encoder before decoder. */
export function summedGradient(
  steps: AutoencoderSteps,
  rows: readonly ArrayLike<number>[],
  { beta, target }: SparseObjective,
): Float64Array {
  const pull = meanCode(steps, rows).map((q) => beta * divergenceSlope(target, q));
  let total: Float64Array | undefined;
  for (const row of rows) {
    const values = forward(steps, row);
    let dy = (values.at(-1) as Float64Array).map((y, i) => y - (row[i] as number)) as Float64Array<ArrayBufferLike>;
    const parts: Float64Array[] = [];
    for (let s = steps.length - 1; s >= 0; s--) {
      const step = steps[s] as Step;
      if (s + 1 === CODE) dy = dy.map((v, j) => v + (pull[j] as number));
      if (step.kind === "dense") parts.unshift(parameterGradient(step, values[s] as Float64Array, dy));
      dy = inputGradient(step, values[s] as Float64Array, values[s + 1] as Float64Array, dy);
    }
    const flat = Float64Array.from(parts.flatMap((p) => [...p]));
    total = total ? total.map((v, i) => v + (flat[i] as number)) : flat;
  }
  return total as Float64Array;
}

/** The steps of flat parameters. */
export function autoencoderSteps(
  parameters: ArrayLike<number>,
  inputs: number,
  units: number,
  decoder: "sigmoid" | "linear",
): AutoencoderSteps {
  let at = 0;
  const take = (n: number) => {
    at += n;
    return Float64Array.from({ length: n }, (_, i) => parameters[at - n + i] as number);
  };
  const dense = (from: number, to: number): DenseStep => ({
    kind: "dense",
    inputs: from,
    units: to,
    kernel: take(from * to),
    bias: take(to),
  });
  const steps: Step[] = [dense(inputs, units), { kind: "sigmoid", width: units }, dense(units, inputs)];
  return decoder === "sigmoid" ? [...steps, { kind: "sigmoid", width: inputs }] : steps;
}
