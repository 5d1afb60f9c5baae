/** Targets of attacks that are no networks: a linear model in double precision, and wrappers that watch or delay another. */
import type { AttackTarget } from "../../src/attacks/index.ts";
import type { LossGradient } from "../../src/model/index.ts";
import { crossEntropy, crossEntropyGradient } from "../oracle/softmax.ts";

/** Logits W x + b of any differentiable function of a row, and their Jacobian, one array a class. */
export interface Scores {
  logits: number[];
  jacobian: readonly (readonly number[])[];
}

/** A target whose scores are computed in f64 and rounded once. */
export function targetOf(inputSize: number, classes: number, scores: (row: Float32Array) => Scores): AttackTarget {
  const each = <T>(rows: Float32Array, use: (row: Float32Array, r: number) => T): T[] =>
    Array.from({ length: rows.length / inputSize }, (_, r) =>
      use(rows.subarray(r * inputSize, (r + 1) * inputSize), r),
    );
  return {
    inputSize,
    classes,
    predict: (rows) => Float32Array.from(each(rows, (row) => scores(row).logits).flat()),
    lossGradient: (rows, labels): LossGradient => {
      const found = each(rows, (row, r) => {
        const { logits, jacobian } = scores(row);
        const label = labels[r] as number;
        const slope = crossEntropyGradient(logits, label);
        const gradient = Array.from(row, (_, i) =>
          jacobian.reduce((sum, w, k) => sum + (w[i] as number) * (slope[k] as number), 0),
        );
        return { loss: crossEntropy(logits, label), gradient, logits };
      });
      return {
        loss: Float32Array.from(found, ({ loss }) => loss),
        gradient: Float32Array.from(found.flatMap(({ gradient }) => gradient)),
        logits: Float32Array.from(found.flatMap(({ logits }) => logits)),
      };
    },
  };
}

export function linearTarget(weights: readonly (readonly number[])[], biases: readonly number[]): AttackTarget {
  return targetOf((weights[0] as readonly number[]).length, weights.length, (row) => ({
    logits: weights.map((w, k) => w.reduce((sum, v, i) => sum + v * (row[i] as number), biases[k] as number)),
    jacobian: weights,
  }));
}

/** The same target behind promises that take a turn of the event loop, in arrays of its own. */
export function asynchronous(target: AttackTarget): AttackTarget {
  const later = () => new Promise((resolve) => setTimeout(resolve));
  return {
    inputSize: target.inputSize,
    classes: target.classes,
    predict: async (rows) => {
      const own = rows.slice();
      await later();
      return target.predict(own);
    },
    lossGradient: async (rows, labels) => {
      const own = rows.slice();
      await later();
      return target.lossGradient(own, labels);
    },
  };
}

/** The same target; `seen` is called with the rows of each value-and-gradient call. */
export function watched(target: AttackTarget, seen: (rows: Float32Array) => void): AttackTarget {
  return {
    inputSize: target.inputSize,
    classes: target.classes,
    predict: (rows) => target.predict(rows),
    lossGradient: (rows, labels, into) => {
      seen(rows);
      return target.lossGradient(rows, labels, into);
    },
  };
}
