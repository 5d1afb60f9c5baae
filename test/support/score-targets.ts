/** Targets of minimal attacks that are no networks: scores of any differentiable function in f64, and wrappers. */
import type { ScoreTarget } from "../../src/attacks/index.ts";
import type { Scores } from "./targets.ts";

/** A target whose scores and gradients are computed in f64 and rounded once. */
export function scoreTargetOf(inputSize: number, classes: number, scores: (row: Float32Array) => Scores): ScoreTarget {
  const rowsOf = (rows: Float32Array) =>
    Array.from({ length: rows.length / inputSize }, (_, r) => rows.subarray(r * inputSize, (r + 1) * inputSize));
  return {
    inputSize,
    classes,
    scores: (rows) => Float32Array.from(rowsOf(rows).flatMap((row) => scores(row).logits)),
    scoreGradient: (rows, weigh) => {
      const found = rowsOf(rows).map((row, r) => {
        const { logits, jacobian } = scores(row);
        const rounded = Float32Array.from(logits);
        const weights = weigh(rounded, r);
        const gradient = Float32Array.from(row, (_, i) =>
          jacobian.reduce((sum, w, k) => sum + (w[i] as number) * (weights[k] as number), 0),
        );
        return { rounded, gradient };
      });
      return {
        scores: Float32Array.from(found.flatMap(({ rounded }) => [...rounded])),
        gradient: Float32Array.from(found.flatMap(({ gradient }) => [...gradient])),
      };
    },
  };
}

/** The scores W x + b. */
export function linearScoreTarget(weights: readonly (readonly number[])[], biases: readonly number[]): ScoreTarget {
  return scoreTargetOf((weights[0] as readonly number[]).length, weights.length, (row) => ({
    logits: weights.map((w, k) => w.reduce((sum, v, i) => sum + v * (row[i] as number), biases[k] as number)),
    jacobian: weights,
  }));
}

/** The same target; `seen` is called with the rows of each call of `scoreGradient`. */
export function watchedScores(target: ScoreTarget, seen: (rows: Float32Array) => void): ScoreTarget {
  return {
    inputSize: target.inputSize,
    classes: target.classes,
    scores: (rows) => target.scores(rows),
    scoreGradient: (rows, weigh, into) => {
      seen(rows);
      return target.scoreGradient(rows, weigh, into);
    },
  };
}
