/**
 * The models of the paper's tables (Szegedy et al. 2014, sections 4.1 and 4.2) under the settings with which its errors come
 * out: mean cross-entropy, (lambda / 2) |W|^2, linear models without biases and from zeros. The paper says "L-BFGS until
 * convergence"; FC100-100-10 has no training error left after some 190 iterations, but its test error goes on falling for
 * hundreds more, while the decay shrinks the first layer, so the numbers of iterations here are large.
 */
import { outOfRange } from "../check.ts";
import type { Recipe } from "../train/index.ts";

/** A model as the paper names it and as it is trained here. */
export interface PaperModel extends Recipe {
  /** As the paper's tables write it. */
  title: string;
}

const linear = (name: string, title: string, lambda: number, iterations: number): PaperModel => ({
  name,
  title,
  units: [10],
  useBias: false,
  decay: [lambda],
  iterations,
});

/**
 * Two sigmoid layers and a softmax; the paper's lambdas. Of FC123-456-10 it states none: those of the others. P1 is the first
 * half of the training set, P2 the second: how the paper drew them is not stated.
 */
const sigmoid = (
  name: string,
  title: string,
  hidden: readonly [number, number],
  iterations: number,
  half?: 1 | 2,
): PaperModel => ({
  name,
  title,
  units: [...hidden, 10],
  useBias: true,
  decay: [1e-5, 1e-5, 1e-6],
  iterations,
  ...(half && { half }),
});

/** Every model of tables 1 to 4 that full-batch L-BFGS trains on labels alone. */
export const CONNECTED: readonly PaperModel[] = [
  linear("fc10-1e-4", "FC10(10⁻⁴)", 1e-4, 150),
  linear("fc10-1e-2", "FC10(10⁻²)", 1e-2, 150),
  linear("fc10-1", "FC10(1)", 1, 150),
  sigmoid("fc100-100-10", "FC100-100-10", [100, 100], 700),
  sigmoid("fc200-200-10", "FC200-200-10", [200, 200], 700),
  sigmoid("fc100-100-10-p1", "FC100-100-10", [100, 100], 750, 1),
  sigmoid("fc123-456-10-p1", "FC123-456-10", [123, 456], 680, 1),
  sigmoid("fc100-100-10-p2", "FC100-100-10′", [100, 100], 750, 2),
];

/** The models of tables 1 and 2, in their order. */
export const TABLE_1_MODELS = ["fc10-1e-4", "fc10-1e-2", "fc10-1", "fc100-100-10", "fc200-200-10", "ae400-10"] as const;

/** The models of tables 3 and 4, in their order. */
export const TABLE_3_MODELS = ["fc100-100-10-p1", "fc123-456-10-p1", "fc100-100-10-p2"] as const;

/** The model of a name. */
export function paperModel(name: string): PaperModel {
  return (
    CONNECTED.find((model) => model.name === name) ?? outOfRange("model", CONNECTED.map((m) => m.name).join(", "), name)
  );
}
