/** How the learning rate falls in the course of a run. */
import { outOfRange, requireInteger, requireNumber, wrongType } from "../check.ts";
import { cosineOfPi } from "../numeric/cosine.ts";

/** How the learning rate falls in the course of a run. */
export type Schedule =
  /** The rate as it is. */
  | "constant"
  /** rate (1 - t), t the share of the steps taken. */
  | "linear"
  /** rate (1 + cos(pi t)) / 2   [Loshchilov & Hutter 2017, without restarts] */
  | "cosine"
  /** rate factor^floor(epoch / every). */
  | { readonly name: "step"; readonly every: number; readonly factor: number };

export const SCHEDULES = ["constant", "linear", "cosine"] as const;

/** The rate of step `step` (from 0) of `steps`, in epoch `epoch` (from 0). */
export function rateAt(schedule: Schedule, rate: number, step: number, steps: number, epoch: number): number {
  const t = step / steps;
  if (schedule === "constant") return rate;
  if (schedule === "linear") return rate * (1 - t);
  if (schedule === "cosine") return rate * 0.5 * (1 + cosineOfPi(t));
  let factor = 1;
  for (let i = Math.floor(epoch / schedule.every); i > 0; i--) factor *= schedule.factor;
  return rate * factor;
}

export function requireSchedule(schedule: Schedule): Schedule {
  if (typeof schedule === "string") {
    if (SCHEDULES.some((name) => name === schedule)) return schedule;
    outOfRange("schedule", `${SCHEDULES.join(", ")} or { name: "step", every, factor }`, JSON.stringify(schedule));
  }
  if (typeof schedule !== "object" || schedule === null) wrongType("schedule", "a name or an object", schedule);
  if (schedule.name !== "step") outOfRange("schedule.name", '"step"', JSON.stringify(schedule.name));
  requireInteger("schedule.every", schedule.every, 1);
  requireNumber("schedule.factor", schedule.factor, 0, 1);
  return schedule;
}
