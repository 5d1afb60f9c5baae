/**
 * Whether a claim holds over a region: by linear bounds of the whole, by descents that look for a row that breaks it, and then by branch
 * and bound, along the inputs where they are few, along the signs of rectifiers where nothing else bends.
 */
import type { Network } from "../model/index.ts";
import { branch } from "./branch/branch.ts";
import { branchInputs } from "./branch/inputs.ts";
import type { Outcome, Search } from "./branch/outcome.ts";
import { Relaxation } from "./branch/relaxation.ts";
import { type Alternative, type Claim, conditionsOf, openAlternatives } from "./claim.ts";
import type { LinearBounds } from "./linear-bounds.ts";
import type { Ball } from "./region.ts";
import { Witness } from "./witness.ts";

/** Inputs that a box is halved along at most. */
const FEW = 12;
/** Rows from which a counterexample is looked for, where inputs are few and where they are many. */
const STARTS = { few: 256, many: 4 } as const;

export class Decider {
  private readonly network: Network;
  private readonly bounds: LinearBounds;
  private relaxation: Relaxation | undefined;

  constructor(network: Network, bounds: LinearBounds) {
    this.network = network;
    this.bounds = bounds;
  }

  async decide(claim: Claim, search: Search): Promise<Outcome> {
    const { network, bounds } = this;
    const { ball, alternatives } = claim;
    const witness = new Witness(network, claim);
    const { weights, offsets } = conditionsOf(alternatives);
    // An alternative without conditions is always true.
    const middle = witness.at(new Float32Array(ball.row.length));
    if (middle) return { verdict: "falsified", row: middle, evaluations: 0, parts: 0 };
    const found = offsets.length > 0 ? bounds.bound(ball, weights) : new Float64Array(0);
    const spent = { evaluations: offsets.length, parts: 1 };
    const open = openAlternatives(alternatives, found);
    if (open.length === 0) return { verdict: "proved", ...spent };
    const isSmall = freeInputs(ball) <= FEW;
    const sought = open.map(({ alternative }) => alternatives[alternative] as Alternative);
    const row = witness.search(sought, isSmall ? STARTS.few : STARTS.many);
    if (row) return { verdict: "falsified", row, ...spent };
    const rest = { ...search, isSpent: (evaluations: number) => search.isSpent(evaluations + spent.evaluations) };
    const left = { ...claim, alternatives: sought };
    const outcome = await this.branch(
      left,
      open.map(({ condition }) => condition),
      witness,
      rest,
    );
    if (!outcome) return { verdict: "undecided", ...spent };
    const { evaluations, parts } = outcome;
    return { ...outcome, evaluations: evaluations + spent.evaluations, parts: parts + spent.parts };
  }

  /** Branch and bound, where there is one for such a network. */
  private async branch(
    claim: Claim,
    nearest: readonly number[],
    witness: Witness,
    search: Search,
  ): Promise<Outcome | undefined> {
    const { bounds } = this;
    const { ball, alternatives } = claim;
    if (freeInputs(ball) <= FEW && ball.norm === "linf") return branchInputs(bounds, claim, witness, search);
    if (!Relaxation.fits(bounds)) return undefined;
    this.relaxation ??= new Relaxation(bounds);
    const goals = alternatives.map((conditions, k) => conditions[nearest[k] as number] as (typeof conditions)[number]);
    return branch(this.relaxation, { ball, goals, witness, ...search });
  }
}

/** Inputs that may change. */
function freeInputs({ box }: Ball): number {
  return box.lower.reduce((sum, low, i) => sum + (low < (box.upper[i] as number) ? 1 : 0), 0);
}
