/** What a search may cost: evaluations of one row, forward and gradient, by norm and effort. */
import type { EffortName } from "../effort.ts";
import type { NormName } from "./norm.ts";

export const BUDGETS: Readonly<Record<NormName, Readonly<Record<EffortName, number>>>> = {
  l2: { fast: 120, thorough: 300, exhaustive: 1500 },
  linf: { fast: 60, thorough: 150, exhaustive: 1500 },
  l1: { fast: 80, thorough: 200, exhaustive: 1500 },
  l0: { fast: 200, thorough: 400, exhaustive: 1500 },
};
