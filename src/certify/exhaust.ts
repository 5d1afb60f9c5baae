/** One row by branch and bound: whether no change of a length alters its answer, or the largest length of which that is proved. */
import { lengthIn } from "../attacks/index.ts";
import { predictedClasses } from "../model/index.ts";
import type { Outcome, Search } from "./branch/outcome.ts";
import type { Spending, Spent } from "./budget.ts";
import type { Decider } from "./decide.ts";
import { type ExactRadius, exactRadius, type RadiusBracket } from "./exact-radius.ts";
import { type BoxOptions, farthest, leadNeeded, leadWeights, type Question, smallestChange } from "./question.ts";
import type { KeptRegion } from "./wider-regions.ts";

/** Whether no change within a radius alters the answer. */
export function decideBall(decider: Decider, question: Question, radius: number, search: Search): Promise<Outcome> {
  const { bounds, target, row, label, other, norm, box } = question;
  const weights = leadWeights(bounds.scores, label, other);
  const offset = -leadNeeded(target);
  const alternatives = Array.from({ length: weights.length / bounds.scores }, (_, r) => {
    return [{ weights: weights.subarray(r * bounds.scores, (r + 1) * bounds.scores), offset }];
  });
  const isBroken = (scores: Float32Array) => {
    const [answer] = predictedClasses(scores, target.classes);
    return other === undefined ? answer !== label : answer === other;
  };
  return decider.decide({ ball: { row, box, norm, epsilon: radius }, alternatives, isBroken }, search);
}

/** From the radius that linear bounds prove to the shortest change that an attack finds. */
async function bracketOf(
  question: Question,
  options: BoxOptions & { signal?: AbortSignal },
  low: number,
): Promise<RadiusBracket> {
  const nearest = await smallestChange(question, options);
  const isKnown = nearest.success[0] === 1;
  const known = isKnown ? (nearest.distance[0] as number) : farthest(question.box, question.row, question.norm);
  return { low, known, high: known, isKnown };
}

/** What a search for a row's largest radius has come to, plain data: from there it goes on to the same bits. */
export interface RadiusState {
  readonly bracket: RadiusBracket;
  readonly spent: Spent;
  /** Balls that linear bounds were computed of, before branch and bound. */
  readonly passes: number;
  /** What is known of balls of the row that were looked at. */
  readonly regions: readonly KeptRegion[];
}

/** The largest radius, from one on that linear bounds prove, or from where an earlier search stopped. */
export async function largestRadius(
  decider: Decider,
  question: Question,
  options: BoxOptions & { signal?: AbortSignal },
  spending: Spending,
  {
    begin,
    resume,
    onState,
  }: {
    begin: () => Promise<{ radius: number; passes: number }>;
    resume?: RadiusState | undefined;
    onState?: ((snapshot: () => RadiusState) => void) | undefined;
  },
): Promise<ExactRadius & { passes: number }> {
  const { row, norm, bounds } = question;
  if (resume) bounds.wider.restore(question, resume.regions);
  const proved = resume ? { radius: resume.bracket.low, passes: resume.passes } : await begin();
  const { passes } = proved;
  const result = await exactRadius(
    spending,
    resume?.bracket ?? (await bracketOf(question, options, proved.radius)),
    (bracket) => {
      // A snapshot is of this moment, whenever it is taken.
      const state = { bracket, spent: spending.spent, passes, regions: [...bounds.wider.regions] };
      onState?.(() => state);
    },
    async (radius, search) => {
      const outcome = await decideBall(decider, question, radius, search);
      return { ...outcome, ...(outcome.row && { length: lengthIn(norm, row, outcome.row) }) };
    },
  );
  return { ...result, passes };
}
