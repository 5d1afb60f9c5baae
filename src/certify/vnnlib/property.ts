/**
 * A VNN-LIB property: what a counterexample is, as boxes of inputs and linear conditions on outputs. Assertions hold at once; within one, `and`
 * and `or` of comparisons.   [VNN-LIB 1, as VNN-COMP 2021 to 2024 use it]
 */
import { outOfRange } from "../../check.ts";
import { type Expression, readExpressions, said } from "./expression.ts";
import { type Linear, linearOf, sumOf, type Variables, variableOf } from "./linear.ts";

/** The sum of coefficients times outputs, plus a constant, is at most 0, or below it. */
export interface OutputCondition {
  readonly coefficients: ReadonlyMap<number, number>;
  readonly constant: number;
  readonly isStrict: boolean;
}

/** Inputs in a box of which outputs that meet all conditions are a counterexample. */
export interface PropertyCase {
  /** f64[inputs] each */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly conditions: readonly OutputCondition[];
}

/** Cases that a property may come to, and comparisons in all of them. */
const MOST_CASES = 4096;
const MOST_COMPARISONS = 2 ** 20;

interface Comparison {
  /** At most 0, or below it. */
  readonly term: Linear;
  readonly isStrict: boolean;
  readonly subject: string;
}

/** Comparisons that hold at once. */
type Together = Comparison[];

/** The cases of a property of a network with so many inputs and outputs: none where no input can be a counterexample. */
export function readProperty(text: string, variables: Variables): PropertyCase[] {
  let cases: Together[] = [[]];
  for (const { line, expression } of readExpressions("property", text)) {
    const subject = `property, line ${line}`;
    const [command, ...rest] = expression as readonly Expression[];
    if (command === "assert" && rest.length === 1) {
      cases = both(subject, cases, casesOf(subject, rest[0] as Expression, variables));
    } else if (command === "declare-const" || command === "declare-fun") requireDeclared(subject, rest, variables);
    else outOfRange(subject, "(declare-const X_i Real) or (assert ...)", said(expression));
  }
  return cases.flatMap((together) => caseOf(together, variables));
}

function requireDeclared(subject: string, rest: readonly Expression[], variables: Variables): void {
  const [name, ...type] = rest;
  if (typeof name !== "string") outOfRange(subject, "a name", said(name));
  variableOf(subject, name, variables);
  const given = type.filter((part) => typeof part === "string" || part.length > 0);
  if (given.length !== 1 || given[0] !== "Real") outOfRange(subject, `${name} to be Real`, said(given[0]));
}

/** Every one of the first with every one of the second. */
function both(subject: string, first: readonly Together[], second: readonly Together[]): Together[] {
  const size = (cases: readonly Together[]) => cases.reduce((sum, { length }) => sum + length, 0);
  const count = first.length * second.length;
  if (count > MOST_CASES) outOfRange(subject, `at most ${MOST_CASES} cases`, `${count}`);
  const comparisons = size(first) * second.length + size(second) * first.length;
  if (comparisons > MOST_COMPARISONS) outOfRange(subject, `at most ${MOST_COMPARISONS} comparisons`, `${comparisons}`);
  const [only] = second;
  if (second.length > 1 || !only) return first.flatMap((a) => second.map((b) => [...a, ...b]));
  // Most assertions have one case: those that are there grow by it.
  for (const a of first) for (const comparison of only) a.push(comparison);
  return [...first];
}

function casesOf(subject: string, expression: Expression, variables: Variables): Together[] {
  if (typeof expression === "string") return outOfRange(subject, "a comparison, and or or", said(expression));
  const [operator, ...rest] = expression;
  switch (operator) {
    case "and":
      return rest.reduce<Together[]>((cases, part) => both(subject, cases, casesOf(subject, part, variables)), [[]]);
    case "or": {
      const cases: Together[] = [];
      for (const part of rest) {
        cases.push(...casesOf(subject, part, variables));
        if (cases.length > MOST_CASES) outOfRange(subject, `at most ${MOST_CASES} cases`, "more");
      }
      return cases;
    }
    case "<=":
    case ">=":
    case "<":
    case ">":
    case "=":
      return [compared(subject, operator, rest, variables)];
    default:
      return outOfRange(subject, "and, or, <=, >=, <, > or =", said(operator ?? expression));
  }
}

function compared(subject: string, operator: string, sides: readonly Expression[], variables: Variables): Together {
  if (sides.length !== 2) outOfRange(subject, `two sides of ${operator}`, `${sides.length}`);
  const [a, b] = sides.map((side) => linearOf(subject, side, variables)) as [Linear, Linear];
  const isStrict = operator === "<" || operator === ">";
  const below = sumOf([
    [a, 1],
    [b, -1],
  ]);
  const above = sumOf([[below, -1]]);
  const terms = operator === "=" ? [below, above] : operator.startsWith("<") ? [below] : [above];
  return terms.map((term) => ({ term, isStrict, subject }));
}

/** The box and the conditions that some comparisons come to; none where the box is empty. */
function caseOf(together: Together, { inputs }: Variables): PropertyCase[] {
  const lower = new Float64Array(inputs).fill(Number.NEGATIVE_INFINITY);
  const upper = new Float64Array(inputs).fill(Number.POSITIVE_INFINITY);
  const conditions: OutputCondition[] = [];
  for (const { term, isStrict, subject } of together) {
    const { constant } = term;
    const [x, ...more] = [...term.inputs].filter(([, coefficient]) => coefficient !== 0);
    const outputs = new Map([...term.outputs].filter(([, coefficient]) => coefficient !== 0));
    if (!x) {
      const isKnown = outputs.size === 0;
      if (isKnown && !(isStrict ? constant < 0 : constant <= 0)) return [];
      if (!isKnown) conditions.push({ coefficients: outputs, constant, isStrict });
      continue;
    }
    if (outputs.size > 0) outOfRange(subject, "conditions on inputs or on outputs", "one on both");
    if (more.length > 0) outOfRange(subject, "a box of inputs", "a condition on several");
    if (isStrict) outOfRange(subject, "inputs at most or at least a number", "inputs strictly below or above one");
    const [i, coefficient] = x;
    // Zero has no sign here.
    const end = -constant / coefficient + 0;
    if (coefficient > 0) upper[i] = Math.min(upper[i] as number, end);
    else lower[i] = Math.max(lower[i] as number, end);
  }
  for (let i = 0; i < inputs; i++) {
    const [low, high] = [lower[i] as number, upper[i] as number];
    if (low > high) return [];
    if (!Number.isFinite(low) || !Number.isFinite(high)) {
      outOfRange(`property: X_${i}`, "a number below it and one above it", `[${low}, ${high}]`);
    }
  }
  return [{ lower, upper, conditions }];
}
