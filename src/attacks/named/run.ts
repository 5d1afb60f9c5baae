/**
 * Runs an attack of the literature on many rows: checks what is asked, gives each row its memory and its share of evaluations, and
 * asks the target again about each success. What the attack does is in the file of its name.
 */
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
import { Workspace } from "../../wasm/index.ts";
import { type Domain, type DomainOptions, requireDomain, requireRowsInDomain } from "../domain.ts";
import type { LockstepTarget } from "../minimal/lockstep.ts";
import type { NormName } from "../minimal/norm.ts";
import { type Question, requireQuestions } from "../question.ts";
import { affordableRows, requireRunOptions, requireTargetWith } from "../run-options.ts";
import { boxOf, type SearchResult, searchRows } from "../search-rows.ts";
import type { ScoreTarget } from "../target.ts";
import type { NamedAttack, QuestionKind, TargetShape } from "./attack.ts";
import { type OptionSpecs, type OptionValue, type OptionValues, requireAttackOptions } from "./options.ts";
import { AttackRow, reserveRowSeat } from "./row.ts";
import { type AttackName, attackOf, namesOf } from "./table.ts";

/** A model that gives its answers and nothing else: the label of each row. */
export interface LabelTarget {
  /** Numbers in a row. */
  readonly inputSize: number;
  readonly classes: number;
  /** f32[n, inputSize] to n labels. */
  answers(rows: Float32Array): Labels | Promise<Labels>;
}

/** What an attack by name can be put to. A target without `scoreGradient` takes the attacks that need none. */
export type NamedTarget = ScoreTarget | Omit<ScoreTarget, "scoreGradient"> | LabelTarget;

export interface NamedAttackOptions extends Pick<DomainOptions, "lower" | "upper" | "frozen"> {
  /** One of `ATTACKS`. */
  attack: AttackName;
  /** f32[n, inputSize], inside the box. */
  rows: Float32Array;
  /** True labels: a row is to be answered with any other. With `labels` too: rows that the target gets wrong are not attacked. */
  truth?: Labels;
  /** The label that each row is to be driven to. */
  labels?: Labels;
  /** What is asked instead of a label: one question for all rows, or one a row. */
  criterion?: Question | readonly Question[];
  /** Default: the first that the attack has. */
  norm?: NormName;
  /** The most that a change may measure in the norm: of attacks that search within it, and only of these. */
  epsilon?: number;
  /** Evaluations of one row at most. An attack with steps takes as many as fit. */
  evaluations?: number;
  /** Steps of the attack, where it has steps and `evaluations` does not say. */
  steps?: number;
  /** The attack's own options, by the names that `ATTACKS` gives; default the authors' values. */
  options?: Readonly<Record<string, OptionValue>>;
  /** Of everything random, default 0. What a row draws follows from the seed and the row, not from its place. */
  seed?: number;
  /** Rows attacked at once; changes no result. */
  batch?: number;
  /** Whether the result has `traces`: the successes on the way, and what they cost; default no. */
  trace?: boolean;
  signal?: AbortSignal;
  /** Called several times a second, after `onImage`, with the rows that are done, the rows of all, and the evaluations so far. */
  onProgress?: (done: number, total: number, evaluations: number) => void;
  /** Called for each row soon after its search has ended: entry `row` of `result` is final. A promise is awaited. */
  onImage?: (row: number, result: NamedAttackResult) => void | Promise<void>;
}

/** What an attack by name found for n rows. */
export interface NamedAttackResult extends SearchResult {
  attack: AttackName;
  /** Of attacks that search within it. */
  epsilon?: number;
  /** The attack's options, all of them. */
  options: Readonly<Record<string, OptionValue>>;
}

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
};

/** What is asked for, checked, with its defaults. */
interface Checked {
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

/**
 * Runs an attack by its name. Rejects before any work for an attack, a norm, a question or an option that is not known, naming
 * those that fit. A change that was not found is a value, not an error.
 *
 *     const found = await namedAttack(network, { attack: "pgd", norm: "linf", epsilon: 0.1, rows, truth });
 */
export async function namedAttack(target: NamedTarget, options: NamedAttackOptions): Promise<NamedAttackResult> {
  requireTargetWith(target, []);
  const { attack, norm, epsilon, budget, count, truth, questions, domain, ...checked } = requireNamed(target, options);
  const { rows, seed = 0, batch, trace, signal, onProgress, onImage } = options;
  const { inputSize: size } = target;
  const shape = shapeOf(target);
  const vectors = attack.vectors(checked.options, shape);
  const points = attack.points?.(checked.options, shape) ?? 1;
  const workspace = new Workspace();
  const seats = Math.min(count, batch ?? affordableRows(8 * size * (4 + vectors) + 4 * size * points));
  const idle = Array.from({ length: seats }, () => reserveRowSeat(workspace, size, vectors, points));
  return searchRows(
    scoredBy(target),
    {
      attack: attack.name as AttackName,
      ...(attack.finds === "within" && { epsilon }),
      options: checked.options as Readonly<Record<string, OptionValue>>,
    },
    { rows, truth, questions, norm, seats, trace, signal, onProgress, onImage },
    ({ image, question, criterion, scores }) => {
      const seat = idle.pop() as (typeof idle)[number];
      const box = boxOf(domain, image);
      const row = new AttackRow(seat, {
        norm,
        epsilon,
        image,
        ...box,
        question,
        criterion,
        scores,
        budget,
        seed,
        shape,
      });
      return {
        search: row.bounded(attack.search(row, checked.options)),
        end: () => {
          idle.push(seat);
          return row;
        },
      };
    },
  );
}

/** How large a target's rows and answers are. A network says the shape of its rows too. */
function shapeOf(target: NamedTarget): TargetShape {
  const { inputSize: size, classes } = target;
  const { inputShape } = target as { inputShape?: readonly number[] };
  return { size, classes, ...(inputShape && { inputShape }) };
}

/** Checks everything but the numbers of the rows. */
function requireNamed(target: NamedTarget, options: NamedAttackOptions): Checked {
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

/** The target as searches ask it. Of one that answers with labels, the score of the answer is 1 and of the others 0. */
function scoredBy(target: NamedTarget): LockstepTarget & Pick<ScoreTarget, "head"> {
  if ("scores" in target) return target;
  const { inputSize, classes } = target;
  return {
    inputSize,
    classes,
    scores: async (rows) => {
      const count = rows.length / inputSize;
      const answers = requireLabels("target's answers", await target.answers(rows), count, classes);
      const scores = new Float32Array(count * classes);
      for (let row = 0; row < count; row++) scores[row * classes + (answers[row] as number)] = 1;
      return scores;
    },
  };
}
