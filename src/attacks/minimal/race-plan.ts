/** The numbers of a race: who begins and advances, how restarts go, and what is done where slopes at the image mislead. */
import type { StartKind } from "./starts.ts";

/**
 * In each heat the `runs` of least promise advance by `evaluations`: those of the heat before, or of all where it takes more than
 * that heat did.
 */
export type Heats = readonly { readonly runs: number; readonly evaluations: number }[];

/** How restarts go, from some evaluation of the row on. */
export interface RestartPlan {
  readonly from: number;
  /** Objectives that restarts take in turn, every other time the best. */
  readonly objectives: number;
  /** Where restarts begin, in turn. */
  readonly starts: readonly StartKind[];
  /** Evaluations of a restart before it is judged, and after. */
  readonly trial: number;
  readonly rest: number;
  /** A restart is given up if its promise is longer than the best by this factor. */
  readonly hopeless: number;
}

/** How a race goes. */
export interface RacePlan {
  /** Objectives that begin: those of largest value at the image. */
  readonly begin: number;
  readonly heats: Heats;
  /** The last whose `from` is reached holds; that of the first is 0. What is evaluated first does not depend on the budget. */
  readonly restarts: readonly RestartPlan[];
  /** The cube whose corners restarts begin at has this share of the box for a radius; the length of the best if not given. */
  readonly reach?: number;
  /** An objective with kinks is followed by softened ones of these sharpnesses, then itself, with `rung` evaluations each. */
  readonly ladder?: Ladder;
  /** Labels asked for by themselves, and annealed starts, take turns with restarts where the image tells little about labels. */
  readonly unsure?: UnsurePlan;
  /** Restarts alternate with primal-dual starts, from some evaluation on, which take this share of all. */
  readonly walks?: { readonly from: number; readonly share: number };
  /** What happens if the first step of the best earns less trust than this. */
  readonly misled?: MisledPlan;
}

/** The sharpnesses of softened objectives, and the evaluations of each. */
export interface Ladder {
  readonly sharpnesses: readonly number[];
  readonly rung: number;
}

/** Where the image tells little about labels. */
interface UnsurePlan {
  /** The first step of the best gains more or less than its model promises, by more than this share of that, */
  readonly error: number;
  /** and linear models reach fewer labels than this inside the box, or than there are if those are fewer. */
  readonly labels: number;
  /** The turns begin after so many evaluations. */
  readonly from: number;
}

/** How the detour goes. */
export interface MisledPlan {
  /** The detour is taken if the first step of the best earns less trust than this. */
  readonly trust: number;
  /** Heats of the runs that begin where the best scouts ended. */
  readonly heats: Heats;
  /** Steps of a scout from where annealing ended, before the run begins. */
  readonly scouting: number;
}
