/** How long branch and bound may search for one row. */
import { outOfRange, requireInteger, requireNumber, requireOptions, wrongType } from "../check.ts";
import { turns } from "../clock.ts";
import type { Search } from "./branch/outcome.ts";

/** Where none of both is given there is no end but the answer. */
export interface CertifyBudget {
  /** Linear bounds, each of one row of coefficients: the answer does not depend on the machine. */
  evaluations?: number;
  /** Seconds by the clock: the answer depends on the machine. */
  seconds?: number;
}

/** The budget that an effort means; undefined for the efforts that have none. */
export function budgetOf(effort: unknown, named: readonly string[]): CertifyBudget | undefined {
  if (effort === "exhaustive") return {};
  if (typeof effort === "object" && effort !== null) {
    const { evaluations, seconds } = effort as CertifyBudget;
    requireOptions("effort", effort as CertifyBudget, { evaluations: true, seconds: true });
    if (evaluations !== undefined) requireInteger("effort.evaluations", evaluations, 1);
    if (seconds !== undefined) requireNumber("effort.seconds", seconds, 0);
    return { ...(evaluations !== undefined && { evaluations }), ...(seconds !== undefined && { seconds }) };
  }
  if (typeof effort !== "string") wrongType("effort", "a name or a budget { evaluations, seconds }", effort);
  if (!named.includes(effort))
    outOfRange("effort", `one of ${[...named, "exhaustive"].join(", ")}`, JSON.stringify(effort));
  return undefined;
}

/** What a search has spent. */
export interface Spent {
  readonly evaluations: number;
  readonly seconds: number;
}

/** A budget that is being spent, by one search after another. */
export class Spending {
  /** Linear bounds so far. */
  evaluations = 0;
  private readonly begun: number;
  private readonly most: number;
  private readonly end: number;
  private readonly turn: () => Promise<void>;

  /** @param spent what an earlier run of the same search spent */
  constructor({ evaluations = Number.POSITIVE_INFINITY, seconds }: CertifyBudget, signal?: AbortSignal, spent?: Spent) {
    this.evaluations = spent?.evaluations ?? 0;
    this.most = evaluations;
    this.begun = performance.now() - 1000 * (spent?.seconds ?? 0);
    this.end = seconds === undefined ? Number.POSITIVE_INFINITY : this.begun + 1000 * seconds;
    this.turn = turns(signal);
  }

  get isSpent(): boolean {
    return this.evaluations >= this.most || performance.now() >= this.end;
  }

  /** What is spent so far. */
  get spent(): Spent {
    return { evaluations: this.evaluations, seconds: (performance.now() - this.begun) / 1000 };
  }

  /** A search that may spend a share of what is left. */
  search(share = 1): Search {
    const most = this.evaluations + share * (this.most - this.evaluations);
    const end = share === 1 ? this.end : performance.now() + share * (this.end - performance.now());
    const before = this.evaluations;
    return {
      isSpent: (evaluations) => before + evaluations >= most || performance.now() >= end,
      turn: this.turn,
    };
  }
}
