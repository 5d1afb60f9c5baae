/** The mean of objectives, weighed by the exponentials of their values: all labels at once, as a cross-entropy follows them. */
import { exponential } from "../../numeric/exponential.ts";
import { type Objective, objectiveValue } from "../criterion.ts";

/** The exponential is asked for no less than this. */
const FARTHEST = 60;

export class SoftLargest implements Objective {
  /** The objective of largest value where this one was asked last. */
  largest: Objective;
  private readonly objectives: readonly Objective[];
  private value = 0;

  constructor(objectives: readonly Objective[]) {
    this.objectives = objectives;
    this.largest = objectives[0] as Objective;
  }

  readonly weigh = (scores: Float32Array): ArrayLike<number> => {
    const values = this.objectives.map((objective) => objectiveValue(objective, scores));
    const most = values.reduce((largest, value) => Math.max(largest, value));
    this.value = most;
    this.largest = this.objectives[values.indexOf(most)] as Objective;
    const weights = new Float64Array(scores.length);
    let sum = 0;
    for (const [k, objective] of this.objectives.entries()) {
      const share = exponential(Math.max(-FARTHEST, (values[k] as number) - most));
      const own = objective.weigh(scores);
      sum += share;
      for (let j = 0; j < weights.length; j++) weights[j] = (weights[j] as number) + share * (own[j] as number);
    }
    return weights.map((weight) => weight / sum);
  };

  /** Makes the value that of the largest. */
  readonly offset = (scores: Float32Array): number => {
    const weights = this.weigh(scores);
    return scores.reduce((value, score, j) => value - (weights[j] as number) * score, this.value);
  };
}
