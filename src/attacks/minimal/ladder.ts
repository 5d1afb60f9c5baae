/** An objective with kinks is climbed: first a soft one is followed, then sharper ones from where the run is, at last itself. */
import type { Objective } from "../criterion.ts";
import type { Query, Reply } from "./lockstep.ts";
import type { Ladder } from "./race-plan.ts";
import type { Run } from "./run.ts";

/** What is followed in turn; nothing if the objective has no soft ones. */
export function rungsOf(objective: Objective | undefined, { sharpnesses }: Ladder): Objective[] {
  const { soften } = objective ?? {};
  return objective && soften ? [...sharpnesses.map((sharpness) => soften(sharpness)), objective] : [];
}

/**
 * Advances a run that has begun with the first rung, and then up the others.
 *
 * @param first evaluations of the first rung
 * @param rung evaluations of each other, and one more where it turns there
 */
export function* climbOn(
  run: Run,
  others: readonly Objective[],
  { first, rung }: { first: number; rung: number },
): Generator<Query, void, Reply> {
  yield* run.advance(first);
  for (const next of others) {
    if (run.turn) yield* run.turn(next);
    yield* run.advance(rung);
  }
}
