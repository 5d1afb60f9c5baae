/** How often answers are not the labels. */
import type { Labels } from "../check.ts";

/** How many of the rows from `start` up to `end` are answered wrongly. */
export function wrongAnswers(answers: Labels, labels: Labels, start = 0, end = labels.length): number {
  let wrong = 0;
  for (let i = start; i < end; i++) if (answers[i] !== labels[i]) wrong++;
  return wrong;
}
