/** Whether a VNN-LIB property has a counterexample, on the f32 numbers that a network gives, and the result as VNN-COMP writes it. */
import { outOfRange, requireOptions, wrongType } from "../check.ts";
import { Network } from "../model/index.ts";
import { budgetOf, type CertifyBudget, Spending } from "./budget.ts";
import type { Alternative, Claim, Condition } from "./claim.ts";
import { Decider } from "./decide.ts";
import { LinearBounds } from "./linear-bounds.ts";
import { type OutputCondition, type PropertyCase, readProperty } from "./vnnlib/property.ts";

/** How long `certifyProperty` may search, and what stops it. */
export interface PropertyOptions {
  /** "exhaustive", the default, or a budget { evaluations, seconds } for all of the property. */
  effort?: "exhaustive" | CertifyBudget;
  /** Stops the search; it then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** What is known of a property. */
export interface PropertyResult {
  /** "timeout" where the budget ended the search, "unknown" where nothing is left to try. */
  verdict: "holds" | "violated" | "timeout" | "unknown";
  /** Where it is violated, f64: inputs in their boxes, which f32 rounds to the row that was asked, and the outputs of that row. */
  counterexample?: { inputs: Float64Array; outputs: Float64Array };
  /** Linear bounds that were computed, each of one row of coefficients. */
  evaluations: number;
}

/**
 * Decides a VNN-LIB property: "holds" where no input of its boxes, rounded to f32, gives outputs that meet its conditions. Outputs are compared
 * in exact arithmetic.
 *
 *     const { verdict } = await certifyProperty(network, text, { effort: { seconds: 60 } });
 *
 * Rejects for what is no property of the network: other inputs or outputs, conditions that are not linear.
 */
export async function certifyProperty(
  target: Network,
  text: string,
  options: PropertyOptions = {},
): Promise<PropertyResult> {
  requireOptions("certifyProperty", options, { effort: true, signal: true });
  if (!(target instanceof Network)) wrongType("target", "a Network, whose operations have bounds", target);
  if (typeof text !== "string") wrongType("property", "the text of a VNN-LIB property", text);
  const budget = budgetOf(options.effort ?? "exhaustive", []) as CertifyBudget;
  const { head, name, inputSize } = target;
  if (head.kind !== "linear") outOfRange(`network ${name}`, "outputs that are its scores", `a ${head.kind}`);
  const bounds = new LinearBounds(target);
  const cases = readProperty(text, { inputs: inputSize, outputs: bounds.scores });
  const decider = new Decider(target, bounds);
  const spending = new Spending(budget, options.signal);
  let isOpen = false;
  for (const [box, alternatives] of byBox(cases, bounds.scores)) {
    const claim = claimOf(box, alternatives);
    const { verdict, row, evaluations } = await decider.decide(claim, spending.search());
    spending.evaluations += evaluations;
    if (row) {
      const outputs = Float64Array.from(target.scores(row));
      const inputs = Float64Array.from(row, (x, i) => {
        return Math.min(Math.max(x, box.lower[i] as number), box.upper[i] as number);
      });
      return { verdict: "violated", counterexample: { inputs, outputs }, evaluations: spending.evaluations };
    }
    if (verdict === "undecided") isOpen = true;
    if (isOpen && spending.isSpent) break;
  }
  const verdict = !isOpen ? "holds" : spending.isSpent ? "timeout" : "unknown";
  return { verdict, evaluations: spending.evaluations };
}

type Box = Pick<PropertyCase, "lower" | "upper">;

/** The cases of each box, as alternatives. */
function byBox(cases: readonly PropertyCase[], scores: number): [Box, Alternative[]][] {
  const groups: [Box, Alternative[]][] = [];
  for (const { lower, upper, conditions } of cases) {
    const alternative = conditions.map((condition) => conditionOf(condition, scores));
    const isSame = (a: Float64Array, b: Float64Array) => a.every((x, i) => x === b[i]);
    const group = groups.find(([box]) => isSame(box.lower, lower) && isSame(box.upper, upper));
    if (group) group[1].push(alternative);
    else groups.push([{ lower, upper }, [alternative]]);
  }
  return groups;
}

function conditionOf({ coefficients, constant, isStrict }: OutputCondition, scores: number): Condition {
  const weights = new Float32Array(scores);
  for (const [output, coefficient] of coefficients) {
    weights[output] = coefficient;
    if (weights[output] !== coefficient) {
      outOfRange(`property: Y_${output}`, "a coefficient that single precision holds", `${coefficient}`);
    }
  }
  return { weights, offset: constant, isStrict };
}

/** The inputs of a box in f32: those that numbers of the box round to. */
function claimOf({ lower, upper }: Box, alternatives: readonly Alternative[]): Claim {
  const box = { lower: lower.map(Math.fround), upper: upper.map(Math.fround) };
  const row = Float32Array.from(box.lower, (low, i) => low + ((box.upper[i] as number) - low) / 2);
  for (const [i, x] of row.entries()) {
    if (!Number.isFinite(x)) outOfRange(`property: X_${i}`, "numbers that single precision holds", `${lower[i]}`);
  }
  return { ball: { row, box, norm: "linf", epsilon: Number.POSITIVE_INFINITY }, alternatives };
}

/** The words of a verdict: as in VNN-COMP 2021, and as in those from 2022 on. */
const WORDS = {
  holds: { holds: "holds", violated: "violated", timeout: "timeout", unknown: "unknown" },
  unsat: { holds: "unsat", violated: "sat", timeout: "timeout", unknown: "unknown" },
} as const;

/** A result as VNN-COMP writes it: a word, and below it the counterexample where there is one. */
export function propertyText(result: PropertyResult, words: keyof typeof WORDS = "holds"): string {
  const { verdict, counterexample } = result;
  const word = WORDS[words][verdict];
  if (!counterexample) return `${word}\n`;
  const { inputs, outputs } = counterexample;
  const values = [
    ...Array.from(inputs, (x, i) => `(X_${i} ${decimal(x)})`),
    ...Array.from(outputs, (y, j) => `(Y_${j} ${decimal(y)})`),
  ];
  return `${word}\n(${values.join("\n")})\n`;
}

/** The shortest decimal number that is the double. */
function decimal(x: number): string {
  return Object.is(x, -0) ? "0" : `${x}`;
}
