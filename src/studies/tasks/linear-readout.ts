/**
 * Linear classifiers on frozen features, by L-BFGS: item i is a detector of class i against the rest, and the last item a classifier of
 * all classes. Of several decays it takes the one with the fewest errors on the last training rows, and trains on all of them.
 */
import { predictedClasses, softmaxRegression } from "../../model/index.ts";
import { fit } from "../../train/index.ts";
import type { Task } from "./task.ts";

export interface LinearReadoutInput {
  /** f32[n, size] each. */
  features: { train: Float32Array; test: Float32Array };
  size: number;
  /** i32[n] each. */
  trainLabels: Int32Array;
  testLabels: Int32Array;
  classes: number;
  /** Training rows at the end that choose the decay. */
  held: number;
  decays: readonly number[];
  /** Of L-BFGS, at most. */
  iterations: number;
}

export interface LinearReadout {
  decay: number;
  /** Test rows that are answered wrongly. */
  wrong: number;
}

export const linearReadout: Task<LinearReadoutInput, LinearReadout> = async (input, items, { signal, done }) => {
  const { features, size, trainLabels, testLabels, classes, held, decays, iterations } = input;
  for (const item of items) {
    const isDetector = item < classes;
    const asked = (labels: Int32Array) => (isDetector ? labels.map((label) => Number(label === item)) : labels);
    const [train, test] = [asked(trainLabels), asked(testLabels)];
    const outputs = isDetector ? 2 : classes;
    const kept = train.length - held;
    const trained = async (rows: Float32Array, labels: Int32Array, decay: number) => {
      signal.throwIfAborted();
      const model = softmaxRegression(size, outputs, { useBias: true });
      await fit(model, { rows, labels }, { decay, iterations, signal });
      signal.throwIfAborted();
      return model;
    };
    const wrongIn = (model: ReturnType<typeof softmaxRegression>, rows: Float32Array, labels: Int32Array) =>
      predictedClasses(model.predict(rows), outputs).filter((answer, i) => answer !== labels[i]).length;
    let [best, least] = [decays[0] as number, Number.POSITIVE_INFINITY];
    for (const decay of decays) {
      const model = await trained(features.train.subarray(0, kept * size), train.subarray(0, kept), decay);
      const wrong = wrongIn(model, features.train.subarray(kept * size), train.subarray(kept));
      if (wrong < least) [best, least] = [decay, wrong];
    }
    const model = await trained(features.train, train, best);
    done(item, { decay: best, wrong: wrongIn(model, features.test, test) });
  }
};
