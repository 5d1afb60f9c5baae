/**
 * The objective of training: mean cross-entropy over all rows plus (lambda_l / 2) |W_l|^2 for the kernel of each layer.
 * Biases are not decayed. That reading of the paper's "weight decay" reproduces its errors (docs/decisions/train.md).
 */
import { type Labels, outOfRange, requireNumber } from "../check.ts";
import type { Network, ParameterGradient, PreparedRows } from "../model/index.ts";
import { addSpectralPenalty } from "./spectral-penalty.ts";
import { addWeightDecay } from "./weight-decay.ts";

/** Rows with their labels. */
export interface TrainingSet {
  /** f32[n, inputSize]. */
  rows: Float32Array;
  /** n whole numbers in [0, classes). */
  labels: Labels;
}

/** A training set whose rows were prepared for many evaluations. */
export interface PreparedSet {
  rows: PreparedRows;
  labels: Labels;
}

/** Value, gradient and errors at one setting of the parameters. */
export interface ObjectiveValue {
  /** Mean cross-entropy plus decay. */
  value: number;
  /** f64[parameterCount]. */
  gradient: Float64Array;
  /** Share of the rows that the network gets wrong. */
  error: number;
}

/**
 * Evaluates the objective at `parameters` (f64, each rounded to f32 in the network, which keeps them).
 *
 * @param decay lambda of each layer that has a kernel, in order
 * @param spectral beta of each of them, of the penalty on its bound (spectral-penalty.ts)
 */
export function trainingObjective(
  network: Network,
  { rows, labels }: TrainingSet | PreparedSet,
  decay: readonly number[],
  parameters: Float64Array,
  spectral: readonly number[] = [],
): ObjectiveValue {
  network.setParameters(parameters);
  return objectiveOf(network, network.parameterGradient(rows, labels), labels.length, decay, parameters, spectral);
}

/** The objective from the summed loss of `count` rows and its gradient, which is overwritten. */
export function objectiveOf(
  network: Network,
  { loss, errors, gradient }: ParameterGradient,
  count: number,
  decay: readonly number[],
  parameters: Float64Array,
  spectral: readonly number[],
): ObjectiveValue {
  for (let i = 0; i < gradient.length; i++) gradient[i] = (gradient[i] as number) / count;
  let value = loss / count;
  let offset = 0;
  let layer = 0;
  for (const { shape, size } of network.parameters) {
    if (shape.length > 1) {
      const lambda = decay[layer] as number;
      const beta = spectral[layer++] ?? 0;
      const weights = parameters.subarray(offset, offset + size);
      const slope = gradient.subarray(offset, offset + size);
      if (beta > 0) {
        const columns = shape.at(-1) as number;
        value += addSpectralPenalty(beta, weights, size / columns, columns, slope);
      }
      value += addWeightDecay(lambda, weights, slope);
    }
    offset += size;
  }
  return { value, gradient, error: errors / count };
}

/** One number a kernel, from one for all or a list: the lambdas of `decay`, the betas of `spectral`. */
export function requireDecay(
  network: Network,
  decay: number | readonly number[],
  subject = "decay",
): readonly number[] {
  const kernels = network.parameters.filter(({ shape }) => shape.length > 1).length;
  const list = typeof decay === "number" ? new Array<number>(kernels).fill(decay) : decay;
  if (list.length !== kernels) outOfRange(subject, `one number, or ${kernels}, one a layer`, `${list.length}`);
  for (const [i, lambda] of list.entries()) requireNumber(`${subject}[${i}]`, lambda, 0);
  return list;
}
