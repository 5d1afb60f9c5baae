/**
 * The largest radius that bounds of bends together prove, nearly. Guesses, which are quick, find where it is; a ball a little inside is then
 * proved. What is returned was proved by a bound of its own, whatever the guesses were worth.
 */
import type { JointBounds } from "./joint-bounds.ts";
import { leadNeeded, leadOver, leadWeights, type Question } from "./question.ts";
import type { FoundRadius, RadiusSearch } from "./radius-search.ts";

/** Guesses before something is proved. */
const GUESSES = 5;
/** How far inside of the root that is guessed a ball is tried, and how much nearer to the root is not worth another. */
const INSIDE = 0.985;
const NEAR = 0.97;
/** A radius grows by this factor at most from one guess to the next. */
const GROWTH = 2;

type JointQuestion = Question & { joint: JointBounds };

/** How much the label leads over a ball at least, scales made good for it. */
export function jointLead(question: JointQuestion, epsilon: number): number {
  question.joint.forget();
  for (let i = 0; i < GUESSES; i++) guessedLead(question, epsilon);
  return leadOver({ ...question, bounds: question.joint }, epsilon);
}

function guessedLead({ target, joint, row, label, other, norm, box }: JointQuestion, epsilon: number): number {
  const found = joint.guess({ row, box, norm, epsilon }, leadWeights(joint.scores, label, other));
  return found.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) - leadNeeded(target);
}

export async function jointRadius(
  question: JointQuestion,
  { start, guess, largest, passes, turn }: Pick<RadiusSearch, "start" | "guess" | "largest" | "passes" | "turn">,
): Promise<FoundRadius> {
  question.joint.forget();
  let next = Math.min(guess, largest);
  for (let i = 0; i < GUESSES; i++) {
    await turn?.();
    const root = rootFrom(next, guessedLead(question, next), start);
    if (passes > 1) next = Math.min(root, GROWTH * next, largest);
  }
  if (passes > 1) next = Math.min(INSIDE * next, largest);
  const bounds = { ...question, bounds: question.joint };
  let [proved, failed] = [0, Number.POSITIVE_INFINITY];
  for (let used = 1; used <= passes; used++) {
    await turn?.();
    const margin = leadOver(bounds, next);
    const root = rootFrom(next, margin, start);
    if (margin > 0) proved = next;
    else failed = next;
    const isDone = proved > 0 && (proved >= Math.min(NEAR * failed, largest) || NEAR * root <= proved);
    if (isDone || (proved === 0 && next < guess * 2 ** -20)) return { radius: proved, passes: used, isCut: false };
    // Between the two ends, where there are.
    const aimed = margin > 0 ? INSIDE * root : Math.min(INSIDE * root, NEAR * next);
    next = Math.min(
      largest,
      failed < Number.POSITIVE_INFINITY && !(aimed > proved && aimed < failed) ? (proved + failed) / 2 : aimed,
    );
  }
  return { radius: proved, passes, isCut: true };
}

/** Where the margin would be zero, if what is lost grew with the square of the radius, as it does about. */
function rootFrom(radius: number, margin: number, start: number): number {
  if (!Number.isFinite(margin)) return radius / 2;
  return margin < start ? radius * Math.sqrt(start / (start - margin)) : GROWTH * radius;
}
