/** Linear terms of the inputs X_i and the outputs Y_j of a network, from expressions of a VNN-LIB property. */
import { outOfRange } from "../../check.ts";
import { type Expression, said } from "./expression.ts";

/** The variables of a property, by their number. */
export interface Variables {
  readonly inputs: number;
  readonly outputs: number;
}

/** The sum of coefficients times variables, and a constant. */
export interface Linear {
  readonly inputs: ReadonlyMap<number, number>;
  readonly outputs: ReadonlyMap<number, number>;
  readonly constant: number;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const VARIABLE = /^([XY])_(0|[1-9]\d*)$/;

export function linearOf(subject: string, expression: Expression, variables: Variables): Linear {
  if (typeof expression === "string") return wordOf(subject, expression, variables);
  const [operator, ...rest] = expression;
  const terms = rest.map((term) => linearOf(subject, term, variables));
  switch (terms.length > 0 && operator) {
    case "+":
      return sumOf(terms.map((term) => [term, 1]));
    case "-":
      return sumOf(terms.map((term, i) => [term, i === 0 && terms.length > 1 ? 1 : -1]));
    case "*": {
      const varying = terms.filter((term) => !isConstant(term));
      if (varying.length > 1) return outOfRange(subject, "products with numbers", "a product of variables");
      const factor = terms.filter(isConstant).reduce((product, { constant }) => product * constant, 1);
      return varying[0] ? sumOf([[varying[0], factor]]) : { ...NOTHING, constant: factor };
    }
    default:
      return outOfRange(
        subject,
        "a number, X_i, Y_j or a sum (+), difference (-) or product (*) of them",
        said(expression),
      );
  }
}

/** The sum of terms times factors. */
export function sumOf(terms: readonly (readonly [Linear, number])[]): Linear {
  const [inputs, outputs] = [new Map<number, number>(), new Map<number, number>()];
  let sum = 0;
  for (const [term, factor] of terms) {
    for (const [variable, coefficient] of term.inputs) add(inputs, variable, factor * coefficient);
    for (const [variable, coefficient] of term.outputs) add(outputs, variable, factor * coefficient);
    sum += factor * term.constant;
  }
  return { inputs, outputs, constant: sum };
}

function add(to: Map<number, number>, variable: number, by: number): void {
  to.set(variable, (to.get(variable) ?? 0) + by);
}

const NOTHING: Linear = { inputs: new Map(), outputs: new Map(), constant: 0 };

function isConstant({ inputs, outputs }: Linear): boolean {
  return inputs.size === 0 && outputs.size === 0;
}

function wordOf(subject: string, word: string, variables: Variables): Linear {
  if (NUMBER.test(word)) {
    const constant = Number(word);
    if (!Number.isFinite(constant)) outOfRange(subject, "a number that a double holds", said(word));
    return { ...NOTHING, constant };
  }
  const { kind, index } = variableOf(subject, word, variables);
  const one = new Map([[index, 1]]);
  return kind === "X" ? { ...NOTHING, inputs: one } : { ...NOTHING, outputs: one };
}

/** The variable that a word names: it has to be one of the network's. */
export function variableOf(
  subject: string,
  word: string,
  { inputs, outputs }: Variables,
): { kind: "X" | "Y"; index: number } {
  const [, kind, digits] = VARIABLE.exec(word) ?? [];
  if (kind === undefined) return outOfRange(subject, "a number, X_i or Y_j", said(word));
  const count = kind === "X" ? inputs : outputs;
  const index = Number(digits);
  if (!(index < count)) {
    return outOfRange(subject, `${kind}_0 to ${kind}_${count - 1}, as the network has`, said(word));
  }
  return { kind: kind as "X" | "Y", index };
}
