/** What may be asked of an attack by name: each refusal says what fits instead. */
import {
  type Labels,
  mistyped,
  type OptionNames,
  outOfRange,
  requireInteger,
  requireLabels,
  requireNumber,
  requireOptions,
  requireRows,
  wrongType,
} from "../../check.ts";
import { type Domain, requireDomain, requireRowsInDomain } from "../domain.ts";
import type { NormName } from "../minimal/norm.ts";
import { type Question, requireQuestions } from "../question.ts";
import { requireRunOptions, requireTargetWith } from "../run-options.ts";
import type { NamedAttack, QuestionKind } from "./attack.ts";
import { type OptionSpecs, type OptionValues, requireAttackOptions } from "./options.ts";
import type { NamedAttackOptions, NamedTarget } from "./request.ts";
import type { TargetShape } from "./row.ts";
import { type AttackName, attackOf, namesOf } from "./table.ts";

const OPTIONS: OptionNames<NamedAttackOptions> = {
  attack: true,
  rows: true,
  truth: true,
  labels: true,
  criterion: true,
  norm: true,
  epsilon: true,
  evaluations: true,
  steps: true,
  options: true,
  lower: true,
  upper: true,
  frozen: true,
  seed: true,
  batch: true,
  trace: true,
  signal: true,
  onProgress: true,
  onImage: true,
  onEvaluation: true,
};

/** What is asked for, checked, with its defaults. */
export interface CheckedAttack {
  attack: NamedAttack;
  norm: NormName;
  epsilon: number;
  options: OptionValues<OptionSpecs>;
  budget: number;
  count: number;
  truth: Labels | undefined;
  questions: readonly Question[];
  domain: Domain;
}

/** How large a target's rows and answers are. A network says the shape of its rows too. */
export function shapeOf(target: NamedTarget): TargetShape {
  const { inputSize: size, classes } = target;
  const { inputShape } = target as { inputShape?: readonly number[] };
  return { size, classes, ...(inputShape && { inputShape }) };
}

/** Checks everything but the numbers of the rows. */
export function requireNamed(target: NamedTarget, options: NamedAttackOptions): CheckedAttack {
  requireTargetWith(target, []);
  requireOptions("namedAttack", options, OPTIONS);
  requireRunOptions(options);
  const attack = attackOf(options.attack);
  requireNeeds(attack, target);
  requireClasses(attack, target);
  const norm = requireNorm(attack, options.norm);
  const epsilon = requireEpsilon(attack, options.epsilon);
  const { rows, seed = 0, batch } = options;
  requireInteger("seed", seed, 0);
  if (batch !== undefined) requireInteger("batch", batch, 1);
  const count = requireRows("rows", rows, target.inputSize);
  const truth = options.truth && requireLabels("truth", options.truth, count, target.classes);
  const questions = requireQuestions("head" in target ? target : { classes: target.classes }, options, count);
  for (const [row, question] of questions.entries()) requireKind(attack, target, question, row);
  const domain = requireDomain(target.inputSize, options);
  requireRowsInDomain(rows, domain);
  return {
    attack,
    norm,
    epsilon,
    ...requireBudget(attack, norm, shapeOf(target), options),
    count,
    truth,
    questions,
    domain,
  };
}

/** The attack's options and the evaluations of a row at most. */
function requireBudget(
  attack: NamedAttack,
  norm: NormName,
  shape: TargetShape,
  { evaluations, steps, options }: NamedAttackOptions,
): { options: OptionValues<OptionSpecs>; budget: number } {
  const hasSteps = "steps" in attack.options;
  if (steps !== undefined && !hasSteps) {
    const others = namesOf((other) => "steps" in other.options);
    outOfRange("steps", `none for ${attack.name} (those with steps: ${others})`, steps);
  }
  if (steps !== undefined && evaluations !== undefined) outOfRange("steps", "none beside evaluations", steps);
  const given = { ...options, ...(steps !== undefined && { steps }) };
  const all = requireAttackOptions(attack, norm, given);
  const most = (count?: number) => attack.evaluations(count === undefined ? all : { ...all, steps: count }, shape);
  if (evaluations === undefined) return { options: all, budget: most() };
  const least = leastOf(attack, all, shape);
  requireInteger("evaluations", evaluations, 1);
  if (evaluations < least) outOfRange("evaluations", `at least ${least} for ${attack.name}`, evaluations);
  if (!hasSteps || options?.steps !== undefined) return { options: all, budget: evaluations };
  let [fits, tooMany] = [1, 2];
  while (most(tooMany) <= evaluations) [fits, tooMany] = [tooMany, 2 * tooMany];
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (most(middle) <= evaluations) fits = middle;
    else tooMany = middle;
  }
  return { options: { ...all, steps: fits }, budget: evaluations };
}

function leastOf(attack: NamedAttack, options: OptionValues<OptionSpecs>, shape: TargetShape): number {
  const shortest = "steps" in attack.options ? { ...options, steps: 1 } : options;
  return attack.least?.(options, shape) ?? attack.evaluations(shortest, shape);
}

/** Evaluations of a row that an attack needs at least, with its authors' options. */
export function leastEvaluations(name: AttackName, norm: NormName, target: NamedTarget): number {
  const attack = attackOf(name);
  return leastOf(attack, requireAttackOptions(attack, norm), shapeOf(target));
}

/** What a target has that an attack may need, from the most to the least. */
const FUNCTIONS = { gradients: ["scores", "scoreGradient"], scores: ["scores"], labels: [] } as const;

function requireNeeds({ name, needs }: NamedAttack, target: NamedTarget): void {
  const has = (functions: readonly string[]) =>
    functions.every((one) => typeof (target as unknown as Record<string, unknown>)[one] === "function");
  const fits = namesOf((other) => has(FUNCTIONS[other.needs]));
  for (const one of FUNCTIONS[needs]) {
    const found = (target as unknown as Record<string, unknown>)[one];
    if (typeof found !== "function") {
      wrongType(`target.${one}`, `a function, as ${name} needs (without it: ${fits})`, found);
    }
  }
  if (!has(["scores"]) && !has(["answers"])) mistyped("target", "scores or answers", "neither");
}

function requireClasses({ name, classes = 2 }: NamedAttack, target: NamedTarget): void {
  if (target.classes >= classes || target.classes === 1) return;
  const others = namesOf((other) => (other.classes ?? 2) <= target.classes);
  outOfRange("target.classes", `${classes} or more for ${name} (with ${target.classes}: ${others})`, target.classes);
}

function requireNorm({ name, norms }: NamedAttack, norm: unknown): NormName {
  if (norm === undefined) return norms[0] as NormName;
  const found = norms.find((one) => one === norm);
  if (found) return found;
  const others = namesOf((other) => other.norms.some((one) => one === norm));
  const hint = others === "none" ? "" : ` (attacks in it: ${others})`;
  return outOfRange("norm", `${norms.join(" or ")} for ${name}`, `${JSON.stringify(norm)}${hint}`);
}

function requireEpsilon({ name, finds }: NamedAttack, epsilon: unknown): number {
  if (finds === "smallest") {
    if (epsilon === undefined) return Number.POSITIVE_INFINITY;
    const others = namesOf((other) => other.finds === "within");
    return outOfRange(
      "epsilon",
      `none for ${name}, which looks for the smallest change (within it: ${others})`,
      epsilon,
    );
  }
  if (epsilon === undefined) {
    const others = namesOf((other) => other.finds === "smallest");
    return wrongType("epsilon", `a number for ${name} (without it: ${others})`, epsilon);
  }
  requireNumber("epsilon", epsilon, 0);
  if (epsilon === 0) outOfRange("epsilon", "a number above 0", epsilon);
  return epsilon as number;
}

const KIND_WORDS: Readonly<Record<QuestionKind, string>> = {
  not: "any other label",
  label: "a label",
  output: "an output",
};

function requireKind({ name, questions }: NamedAttack, target: NamedTarget, question: Question, row: number): void {
  const kind = "label" in question ? "label" : "not" in question ? "not" : "output";
  const words = questions.map((one) => KIND_WORDS[one]).join(" or ");
  if (!questions.includes(kind)) {
    const others = namesOf((other) => other.questions.includes(kind));
    outOfRange(
      `question of row ${row}`,
      `${words} for ${name}`,
      `${KIND_WORDS[kind]} (attacks that ask it: ${others})`,
    );
  }
  if (kind === "output" && !("scores" in target))
    mistyped("target.scores", "a function, for a question of an output", "none");
}
