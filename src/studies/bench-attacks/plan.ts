/** Which attacks a bench runs in which norm, and with how many evaluations: as many as the propagations of its budget allow. */
import { ATTACKS, type AttackName, type NormName } from "../../attacks/index.ts";
import { leastEvaluations } from "../../attacks/named/checks.ts";
import { outOfRange } from "../../check.ts";
import type { Network } from "../../model/index.ts";
import type { BenchedAttack } from "../tasks/bench-attack.ts";
import type { LeftOut } from "./record.ts";

/** All that a bench can run: ours, then the others by name. */
export const BENCHED: readonly BenchedAttack[] = ["minimal", ...(Object.keys(ATTACKS) as AttackName[])];

/** An evaluation with a gradient is two propagations, one of scores alone is one. */
const GRADIENT_COST = 2;
/** What `minimalAttack` needs at least. */
const MINIMAL_LEAST = 1;

export interface Planned {
  attack: BenchedAttack;
  norm: NormName;
  budget: number;
  evaluations: number;
  /** Whether it searches within epsilon. */
  isWithin: boolean;
}

/** Requires known attacks, no name twice. */
export function requireBenched(attacks: readonly string[]): readonly BenchedAttack[] {
  attacks.forEach((attack, i) => {
    const isKnown = BENCHED.some((one) => one === attack);
    if (!isKnown) outOfRange(`attacks[${i}]`, `one of ${BENCHED.join(", ")}`, JSON.stringify(attack));
    if (attacks.indexOf(attack) !== i) outOfRange("attacks", "each attack once", `${attack} twice`);
  });
  return attacks as readonly BenchedAttack[];
}

/** The runs of some attacks in a norm, and those that need more than a budget; without attacks that do not know the norm, or need more classes. */
export function planned(
  network: Network,
  attacks: readonly BenchedAttack[],
  norm: NormName,
  budgets: readonly number[],
): { runs: Planned[]; leftOut: LeftOut[] } {
  const runs: Planned[] = [];
  const leftOut: LeftOut[] = [];
  for (const attack of attacks) {
    const described = attack === "minimal" ? undefined : ATTACKS[attack];
    if (described && (!described.norms.includes(norm) || network.classes < (described.classes ?? 2))) continue;
    const cost = !described || described.needs === "gradients" ? GRADIENT_COST : 1;
    const least = attack === "minimal" ? MINIMAL_LEAST : leastEvaluations(attack, norm, network);
    for (const budget of budgets) {
      const evaluations = Math.floor(budget / cost);
      if (evaluations < least) leftOut.push({ attack, norm, budget, least });
      else runs.push({ attack, norm, budget, evaluations, isWithin: described?.finds === "within" });
    }
  }
  return { runs, leftOut };
}

/** Numbers of propagations at which curves are drawn: 1, 2, 3, 5, 7 and 10, 15, 20, 30, ... up to the largest budget. */
export function checkpointsTo(most: number): number[] {
  const marks = [1, 1.5, 2, 3, 5, 7];
  const points: number[] = [];
  for (let decade = 1; decade <= most; decade *= 10) points.push(...marks.map((mark) => Math.floor(mark * decade)));
  return [...new Set([...points.filter((point) => point < most), most])];
}
