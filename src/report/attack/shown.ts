/** Which examples of an attack are shown, and in which order they stand. */
import type { AttackExample } from "../../studies/attack/record.ts";

/** More pictures than this are not looked at and make a page slow. */
const SHOWN = 200;

/** What was found comes first; what was not attacked comes last. */
const RANK = { found: 0, "not-found": 1, "already-target": 2, misclassified: 3 };

/** How far an example was changed: in the norm that was asked for, or by its distortion. */
export function lengthOf({ distance, distortion }: AttackExample): number {
  return distance ?? distortion;
}

/** The order of two examples by outcome, then by how far they were changed: the nearest first, or with -1 the farthest. */
export function compareExamples(a: AttackExample, b: AttackExample, sign: 1 | -1 = 1): number {
  return RANK[a.outcome] - RANK[b.outcome] || sign * (lengthOf(a) - lengthOf(b));
}

/** The examples that are shown: all, or the nearest blind spots if there are more than 200. In the order given. */
export function shownExamples(examples: readonly AttackExample[], limit = SHOWN): readonly AttackExample[] {
  if (examples.length <= limit) return examples;
  const kept = new Set(examples.toSorted((a, b) => compareExamples(a, b)).slice(0, limit));
  return examples.filter((example) => kept.has(example));
}
