/**
 * What is asked of a row in plain data, checked, and made a criterion: a label, any other label, or an output that moves or passes
 * a value. Outputs are in the units of `predict`; the scores behind them are what is compared, so that nothing saturates.
 */
import {
  type Labels,
  mistyped,
  outOfRange,
  requireInteger,
  requireLabels,
  requireLength,
  wrongType,
} from "../check.ts";
import { classesOf, type Head } from "../model/index.ts";
import { answers, answersNot, type Criterion, type Objective, objectiveValue } from "./criterion.ts";
import { outputScore } from "./output-score.ts";
import type { ScoreTarget } from "./target.ts";

/** What a change is to achieve; outputs are numbered from 0 and are in the units of `predict`. */
export type Question =
  /** The target answers this label. */
  | { label: number }
  /** The target answers any label but this. */
  | { not: number }
  /** An output moves by more than `by` from what it is on the unchanged row; up or down where no direction is given. */
  | { output: number; by: number; direction?: Direction }
  /** An output is above a value. */
  | { output: number; above: number }
  /** An output is below a value. */
  | { output: number; below: number };

type Direction = "up" | "down";

/** The names that a question has beside `output`, one of each kind. */
const KINDS = ["label", "not", "by", "above", "below"] as const;
const FORMS = "{ label }, { not }, { output, by }, { output, above } or { output, below }";

/** The head of a target; one that does not say has its scores for outputs. */
export function headOf({ head, classes }: Pick<ScoreTarget, "head" | "classes">): Head {
  return head ?? { kind: "linear", outputs: classes };
}

/** Checks a question of a target with that head: throws for another form, and for what fits no output. */
export function requireQuestion(subject: string, question: unknown, head: Head): Question {
  if (typeof question !== "object" || question === null) wrongType(subject, FORMS, question);
  const asked = question as Record<string, unknown>;
  const kinds = KINDS.filter((kind) => asked[kind] !== undefined);
  const [kind] = kinds;
  const isOfOutput = kind === "by" || kind === "above" || kind === "below";
  const known = [kind, ...(isOfOutput ? ["output"] : []), ...(kind === "by" ? ["direction"] : [])];
  const names = Object.keys(asked).filter((name) => asked[name] !== undefined);
  if (!kind || kinds.length > 1 || names.some((name) => !known.includes(name))) {
    outOfRange(subject, FORMS, `{ ${names.join(", ")} }`);
  }
  if (!isOfOutput) {
    const classes = classesOf(head);
    if (classes < 2) outOfRange(subject, "a question of output 0, which is no class", `{ ${kind} }`);
    requireInteger(`${subject}.${kind}`, asked[kind], 0, classes - 1);
    return question as Question;
  }
  requireInteger(`${subject}.output`, asked.output, 0, head.outputs - 1);
  const value = asked[kind];
  if (typeof value !== "number") wrongType(`${subject}.${kind}`, "a number", value);
  const { least, most, isClosed, name } = outputScore(head, asked.output as number);
  if (kind === "by") {
    const { direction } = asked;
    const isNone = direction !== undefined && direction !== "up" && direction !== "down";
    if (isNone) outOfRange(`${subject}.direction`, "up or down", direction);
    if (!(value > 0 && value < most - least)) {
      const widest =
        most - least === Number.POSITIVE_INFINITY ? "a finite number above 0" : `a number in (0, ${most - least})`;
      outOfRange(`${subject}.by`, `${widest}, as far as ${name} moves`, value);
    }
    return question as Question;
  }
  // Beyond a bound that outputs lie at, there are none; from the other side it is passed.
  const isFrom = isClosed && value === (kind === "above" ? least : most);
  if (!(Number.isFinite(value) && ((value > least && value < most) || isFrom))) {
    outOfRange(`${subject}.${kind}`, `a finite number in (${least}, ${most}), which ${name} gives`, value);
  }
  return question as Question;
}

/** What is asked of each row: its criterion, or its label, or any label but its true one. */
export function requireQuestions(
  target: Pick<ScoreTarget, "head" | "classes">,
  options: { truth?: Labels; labels?: Labels; criterion?: Question | readonly Question[] },
  count: number,
): Question[] {
  const { truth, labels, criterion } = options;
  const each = Array.from({ length: count }, (_, row) => row);
  if (criterion !== undefined) {
    if (labels !== undefined) mistyped("options", "labels or a criterion", "both");
    const head = headOf(target);
    if (!Array.isArray(criterion)) {
      const question = requireQuestion("criterion", criterion, head);
      return each.map(() => question);
    }
    requireLength("criterion", criterion, count, "questions, one a row");
    return criterion.map((question, row) => requireQuestion(`criterion[${row}]`, question, head));
  }
  if (labels !== undefined) {
    const required = requireLabels("labels", labels, count, target.classes);
    return each.map((row) => ({ label: required[row] as number }));
  }
  if (truth === undefined) mistyped("options", "truth, labels or a criterion", "none of them");
  return each.map((row) => ({ not: truth[row] as number }));
}

/**
 * The criterion of a question about one row.
 *
 * @param scores of the unchanged row
 */
export function criterionOf(question: Question, head: Head, scores: Float32Array): Criterion {
  const range = head.kind === "cut" && head.outputs > 1 ? head.range : undefined;
  if ("label" in question) return answers(question.label, range);
  if ("not" in question) return answersNot(question.not, range);
  const score = outputScore(head, question.output);
  const passes = (sign: 1 | -1, value: number): Objective[] => score.passing(sign, value, scores.length);
  if ("above" in question) return ofAny(passes(1, question.above));
  if ("below" in question) return ofAny(passes(-1, question.below));
  const before = score.outputOf(scores);
  const { by, direction } = question;
  return ofAny([
    ...(direction === "down" ? [] : passes(1, before + by)),
    ...(direction === "up" ? [] : passes(-1, before - by)),
  ]);
}

/** Met where one of the objectives is above zero; without any it is never met. */
function ofAny(objectives: Objective[]): Criterion {
  return {
    margin: (scores) => objectives.reduce((most, one) => Math.max(most, objectiveValue(one, scores)), LEAST),
    objectives: () => objectives,
  };
}

/** The margin of what cannot be met: finite, as all margins. */
const LEAST = -Number.MAX_VALUE;
