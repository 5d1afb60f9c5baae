/** The search of each norm. */
import { outOfRange } from "../../check.ts";
import { L0Search } from "./l0.ts";
import { L1Run } from "./l1.ts";
import { L1Step } from "./l1-step.ts";
import { L2Run } from "./l2.ts";
import { LinfRun } from "./linf.ts";
import type { RowSearch } from "./lockstep.ts";
import type { NormName } from "./norm.ts";
import type { Problem, Seat } from "./problem.ts";
import { Race } from "./race.ts";
import type { RacePlan } from "./race-plan.ts";

/** The search for one row after another in a seat. It reserves all its memory when it is made. */
export interface SeatSearch {
  search(problem: Problem): RowSearch;
}

interface NormSearch {
  create(seat: Seat): SeatSearch;
  /** Bytes that a search of rows of n numbers reserves. */
  bytes(n: number): number;
}

const LINF_RACE: RacePlan = {
  begin: 9,
  heats: [
    { runs: 5, evaluations: 5 },
    { runs: 2, evaluations: 20 },
  ],
  restarts: [
    { from: 0, objectives: 1, starts: ["corner"], trial: 8, rest: 17, hopeless: 1.15 },
    // Four kinds, so that every other label begins at corners and the best one at what the best change shares in.
    { from: 150, objectives: 3, starts: ["way", "corner", "cross", "wide"], trial: 8, rest: 42, hopeless: 1.04 },
  ],
  ladder: { sharpnesses: [1, 5, 50], rung: 20 },
  unsure: { error: 0.5, labels: 3, from: 150 },
};

const L2_RACE: RacePlan = {
  begin: 9,
  heats: [
    { runs: 5, evaluations: 5 },
    { runs: 2, evaluations: 20 },
    { runs: 9, evaluations: 20 },
  ],
  restarts: [{ from: 0, objectives: 3, starts: ["corner"], trial: 8, rest: 17, hopeless: 1.15 }],
  reach: 0.05,
  ladder: { sharpnesses: [1, 5, 50], rung: 20 },
  misled: { trust: 0.4, heats: [], scouting: 0 },
};

const L1_RACE: RacePlan = {
  begin: 9,
  heats: [
    { runs: 5, evaluations: 5 },
    { runs: 3, evaluations: 5 },
    { runs: 1, evaluations: 30 },
  ],
  restarts: [{ from: 0, objectives: 5, starts: ["corner"], trial: 8, rest: 17, hopeless: 1.1 }],
  reach: 0.1,
  ladder: { sharpnesses: [1, 5, 50], rung: 25 },
  walks: { from: 150, share: 0.35 },
  misled: {
    trust: 0.8,
    heats: [
      { runs: 3, evaluations: 5 },
      { runs: 1, evaluations: 20 },
    ],
    scouting: 8,
  },
};

/** A race in L2 that chooses the field of one in L1. */
const SCOUTS: RacePlan = {
  ...L2_RACE,
  heats: [
    { runs: 5, evaluations: 5 },
    { runs: 2, evaluations: 5 },
  ],
};

const SEARCHES: Readonly<Record<NormName, NormSearch>> = {
  l2: {
    create: (seat) => new Race(seat, L2_RACE, (of) => new L2Run(of)),
    bytes: (n) => Race.bytes(L2_RACE, n, L2Run.bytes(n)),
  },
  linf: {
    create: (seat) => new Race(seat, LINF_RACE, (of) => new LinfRun(of)),
    bytes: (n) => Race.bytes(LINF_RACE, n, LinfRun.bytes(n)),
  },
  l0: {
    create: (seat) => new L0Search(seat, raceInL1(seat)),
    bytes: (n) => L0Search.bytes(n) + bytesInL1(n),
  },
  l1: { create: raceInL1, bytes: bytesInL1 },
};

function raceInL1(seat: Seat): Race<L1Run> {
  const step = new L1Step(seat);
  const scouts = new Race(seat, SCOUTS, (of) => new L2Run(of));
  return new Race(seat, L1_RACE, (of) => new L1Run(of, step), scouts);
}

function bytesInL1(n: number): number {
  return L1Step.bytes(n) + Race.bytes(L1_RACE, n, L1Run.bytes(n)) + Race.bytes(SCOUTS, n, L2Run.bytes(n));
}

/** The search of a norm. Throws for a norm that has none. */
export function searchOf(norm: NormName): NormSearch {
  const found = Object.hasOwn(SEARCHES, norm) ? SEARCHES[norm] : undefined;
  return found ?? outOfRange("norm", `one of ${Object.keys(SEARCHES).join(", ")}`, JSON.stringify(norm));
}
