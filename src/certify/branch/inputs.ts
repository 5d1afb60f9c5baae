/** Branch and bound for networks with few inputs, whatever they are made of: a box is halved along its inputs until every part is decided. */
import { type Claim, conditionsOf, openAlternatives } from "../claim.ts";
import type { LinearBounds } from "../linear-bounds.ts";
import type { Intervals } from "../wider-regions.ts";
import type { Witness } from "../witness.ts";
import type { Outcome, Search } from "./outcome.ts";

interface Box {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Intervals of the box that it is half of: they hold here too. */
  readonly around?: Intervals;
}

/** Halves the box of a claim whose norm is L-infinity. */
export async function branchInputs(
  bounds: LinearBounds,
  claim: Claim,
  witness: Witness,
  { isSpent, turn }: Search,
): Promise<Outcome> {
  const { ball } = claim;
  const { alternatives } = claim;
  const open: Box[] = [
    {
      lower: ball.box.lower.map((low, i) => Math.max(low, Math.fround((ball.row[i] as number) - ball.epsilon))),
      upper: ball.box.upper.map((high, i) => Math.min(high, Math.fround((ball.row[i] as number) + ball.epsilon))),
    },
  ];
  let [evaluations, parts] = [0, 0];
  for (;;) {
    const box = open.pop();
    if (!box) return { verdict: "proved", evaluations, parts };
    if (isSpent(evaluations)) return { verdict: "undecided", evaluations, parts };
    await turn();
    const halves = decide(box);
    if (!(halves instanceof Float32Array)) open.push(...halves);
    else
      return {
        verdict: halves.length > 0 ? "falsified" : "undecided",
        evaluations,
        parts,
        ...(halves.length > 0 && { row: halves }),
      };
  }

  /** The halves of a box that is not proved; a row that breaks the claim, or an empty one where the box cannot be halved. */
  function decide(box: Box): Box[] | Float32Array {
    const row = Float32Array.from(box.lower, (low, i) => {
      const middle = Math.fround((low + (box.upper[i] as number)) / 2);
      return Math.min(Math.max(middle, low), box.upper[i] as number);
    });
    const { weights, counts } = conditionsOf(alternatives);
    const found = bounds.bound(
      { row, box, norm: "linf", epsilon: Number.POSITIVE_INFINITY },
      weights,
      true,
      box.around,
    );
    parts++;
    evaluations += found.length;
    const left = openAlternatives(alternatives, found);
    if (left.length === 0) return [];
    const broken = witness.at(Float32Array.from(row, (x, i) => x - (ball.row[i] as number)));
    if (broken) return broken;
    const first = counts.map((_, k) => counts.slice(0, k).reduce((a, b) => a + b, 0));
    const coefficients = left.map(({ alternative, condition }) =>
      bounds.coefficients((first[alternative] as number) + condition),
    );
    return (
      halve(
        box,
        coefficients.filter((row) => row !== undefined),
        bounds.narrowed,
      ) ?? new Float32Array(0)
    );
  }
}

/** So that the widest input is taken where no coefficient is known. */
const TINY = 2 ** -100;

/** Halves a box along the input that moves the bounds most. */
function halve(
  { lower, upper }: Box,
  coefficients: readonly Float32Array[],
  around: Intervals,
): [Box, Box] | undefined {
  let [widest, most, at] = [-1, -1, 0];
  for (let i = 0; i < lower.length; i++) {
    const [low, high] = [lower[i] as number, upper[i] as number];
    const middle = Math.fround((low + high) / 2);
    if (!(middle > low && middle < high)) continue;
    const weight = coefficients.reduce((sum, row) => sum + Math.abs(row[i] as number), TINY) * (high - low);
    if (weight > most) [widest, most, at] = [i, weight, middle];
  }
  if (widest < 0) return undefined;
  const [low, high] = [upper.slice(), lower.slice()];
  low[widest] = at;
  high[widest] = at;
  return [
    { lower, upper: low, around },
    { lower: high, upper, around },
  ];
}
