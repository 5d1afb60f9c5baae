/** One row by branch and bound: whether no change of a length alters its answer, or the largest length of which that is proved. */
import { lengthIn } from "../attacks/index.ts";
import { predictedClasses } from "../model/index.ts";
import type { Outcome, Search } from "./branch/outcome.ts";
import type { Spending } from "./budget.ts";
import type { Decider } from "./decide.ts";
import { type ExactRadius, exactRadius } from "./exact-radius.ts";
import { type BoxOptions, farthest, leadNeeded, leadWeights, type Question, smallestChange } from "./question.ts";

/** Whether no change within a radius alters the answer. */
export function decideBall(decider: Decider, question: Question, radius: number, search: Search): Promise<Outcome> {
  const { bounds, target, row, label, norm, box } = question;
  const weights = leadWeights(bounds.scores, label);
  const offset = -leadNeeded(target);
  const alternatives = Array.from({ length: weights.length / bounds.scores }, (_, r) => {
    return [{ weights: weights.subarray(r * bounds.scores, (r + 1) * bounds.scores), offset }];
  });
  const isBroken = (scores: Float32Array) => predictedClasses(scores, target.classes)[0] !== label;
  return decider.decide({ ball: { row, box, norm, epsilon: radius }, alternatives, isBroken }, search);
}

/** The largest radius, from one that is proved on. */
export async function largestRadius(
  decider: Decider,
  question: Question,
  options: BoxOptions & { signal?: AbortSignal },
  spending: Spending,
  proved: number,
): Promise<ExactRadius> {
  const { row, box, norm } = question;
  const nearest = await smallestChange(question, options);
  const isReached = nearest.success[0] === 1;
  const found = isReached ? (nearest.distance[0] as number) : farthest(box, row, norm);
  return exactRadius(spending, { proved, found, isReached }, async (radius, search) => {
    const outcome = await decideBall(decider, question, radius, search);
    return { ...outcome, ...(outcome.row && { length: lengthIn(norm, row, outcome.row) }) };
  });
}
