/** What an attack in a norm asks, as the flags of the command say it: a rule for labels, or a question of all images. */
import type { NormName, Question } from "../../attacks/index.ts";
import { outOfRange } from "../../check.ts";
import type { StudyOptions } from "../command.ts";
import { rangesOf } from "../ranges.ts";
import type { StudyDomain } from "../tasks/minimal-attack.ts";

/** The target that is any answer but the true one. */
export const UNTARGETED = "untargeted";

/** The words for a norm in a sentence. */
export const NORM_WORDS: Readonly<Record<NormName, string>> = { l2: "L2", linf: "L-infinity", l1: "L1", l0: "L0" };

/** A question as options of the command. */
export function questionOptions(question: Question | undefined): StudyOptions {
  if (question === undefined) return {};
  if (!("label" in question)) return { ...question };
  return { target: `${question.label}` };
}

/** A domain as options of the command: features by their ranges, groups separated by semicolons. */
export function domainOptions({ levels, frozen, integers, groups }: StudyDomain): StudyOptions {
  return {
    ...(levels !== undefined && { levels }),
    ...(frozen && { frozen: rangesOf(frozen, ",") }),
    ...(integers && { integers: rangesOf(integers, ",") }),
    ...(groups && { groups: groups.map((group) => rangesOf(group, ",")).join(";") }),
  };
}

/** A question in words, after "asked for". */
export function questionWords(target: string, question: Question | undefined): string {
  if (question === undefined) {
    if (target === UNTARGETED) return "any other answer";
    return /^\d+$/.test(target) ? `the answer ${target}` : `the answer by the rule ${target}`;
  }
  if ("label" in question) return `the answer ${question.label}`;
  if ("not" in question) return `any answer but ${question.not}`;
  const output = `output ${question.output}`;
  if ("above" in question) return `${output} above ${question.above}`;
  if ("below" in question) return `${output} below ${question.below}`;
  const { direction, by } = question;
  return `${output} moved ${direction ? `${direction} ` : ""}by more than ${by}`;
}

/** Refuses a rule that is no question of a search in a norm. */
export function requireMinimalTarget(target: string): void {
  if (target === "all") outOfRange("--target", `${UNTARGETED} for the nearest of all labels in a norm`, "all");
}
