/**
 * How much a search may cost. The first start is always the image itself. Each further start anneals the norm of the
 * perturbation over the decision boundary (decoupled direction and norm, Rony et al., CVPR 2019, algorithm 1), which leaves
 * basins that a minimiser cannot leave; the minimiser then refines the result.
 *
 * Measured on a 784-100-100-10 network (bench/attack.bench.mjs prints the table).
 */
import { outOfRange, requireInteger, requireNumber, wrongType } from "../check.ts";

/** One annealed start. */
export interface AnnealSchedule {
  /** Evaluations it takes. */
  steps: number;
  /**
   * Length of the first normalised gradient step, L2, as a share of the smallest change so far, or of the width of the box if
   * there is none; falls smoothly to a hundredth.
   */
  stepLength: number;
  /** Share by which the norm shrinks after a success and grows after a failure, at most 1/2. */
  rate: number;
}

/** How much searching a row may take. */
export type EffortName = "fast" | "thorough" | "exhaustive";

/** Annealed starts of each effort. */
export const EFFORTS: Readonly<Record<EffortName, readonly AnnealSchedule[]>> = {
  fast: [],
  thorough: [{ steps: 200, stepLength: 2, rate: 0.1 }],
  exhaustive: [
    { steps: 250, stepLength: 3, rate: 0.1 },
    { steps: 350, stepLength: 1, rate: 0.05 },
  ],
};

/** The schedules of a named effort, or the caller's own. */
export function requireEffort(effort: unknown): readonly AnnealSchedule[] {
  if (typeof effort === "string") {
    const names = Object.keys(EFFORTS).join(", ");
    if (!Object.hasOwn(EFFORTS, effort)) outOfRange("effort", `one of ${names}`, JSON.stringify(effort));
    return EFFORTS[effort as EffortName];
  }
  if (!Array.isArray(effort)) wrongType("effort", "a name or a list of schedules", effort);
  for (const [i, schedule] of (effort as AnnealSchedule[]).entries()) {
    if (typeof schedule !== "object" || schedule === null) wrongType(`effort[${i}]`, "a schedule", schedule);
    requireInteger(`effort[${i}].steps`, schedule.steps, 1);
    requireNumber(`effort[${i}].stepLength`, schedule.stepLength, 0);
    requireNumber(`effort[${i}].rate`, schedule.rate, 0, 0.5);
  }
  return effort as AnnealSchedule[];
}
