/** The untargeted minimum: every wrong label attacked, the nearest kept. */
import { type Labels, requireLabels, requireOptions, requireRows } from "../check.ts";
import { LBFGS_ATTACK_OPTIONS, type LbfgsAttackOptions, lbfgsAttack, requireTarget } from "./lbfgs.ts";
import { type AnswerTarget, type AttackResult, type AttackTarget, answersOf } from "./target.ts";

/** The options of `attackEveryLabel`: those of `lbfgsAttack`, but for the label that is searched for. */
export interface EveryLabelOptions extends Omit<LbfgsAttackOptions, "labels" | "truth" | "onImage" | "onEvaluation"> {
  /** True labels, n whole numbers in [0, classes). */
  truth: Labels;
}

/**
 * Attacks each row towards every label but its true one, and returns the success of smallest distortion for each row: the
 * smallest change that makes the target answer anything else. Evaluations and iterations are summed over the labels. Rows
 * that the target gets wrong already are "misclassified", and their entry in `targets` is the target's answer.
 * Rejects as `lbfgsAttack` does, and for options that it does not have.
 */
export async function attackEveryLabel(target: AttackTarget, options: EveryLabelOptions): Promise<AttackResult> {
  requireTarget(target);
  const { labels: _, onImage: __, onEvaluation: ___, ...names } = LBFGS_ATTACK_OPTIONS;
  requireOptions("attackEveryLabel", options, names);
  return everyLabel(target, options, (searches) => lbfgsAttack(target, searches));
}

/** `attackEveryLabel`, with `attack` running the searches, one for each row and wrong label. */
export async function everyLabel(
  target: AnswerTarget,
  options: EveryLabelOptions,
  attack: (searches: Omit<LbfgsAttackOptions, "onImage" | "onEvaluation">) => Promise<AttackResult>,
): Promise<AttackResult> {
  const { rows, truth, ...rest } = options;
  const { inputSize, classes } = target;
  const count = requireRows("rows", rows, inputSize);
  requireLabels("truth", truth, count, classes);

  const others = classes - 1;
  const repeated = new Float32Array(count * others * inputSize);
  const labels = new Int32Array(count * others);
  const repeatedTruth = new Int32Array(count * others);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < others; k++) {
      repeated.set(rows.subarray(i * inputSize, (i + 1) * inputSize), (i * others + k) * inputSize);
      labels[i * others + k] = ((truth[i] as number) + 1 + k) % classes;
      repeatedTruth[i * others + k] = truth[i] as number;
    }
  }
  const all = await attack({ ...rest, rows: repeated, labels, truth: repeatedTruth });

  const nearest = Array.from({ length: count }, (_, i) => nearestOf(all, i * others, others));
  const sum = (costs: Uint32Array, i: number): number =>
    costs.subarray(i * others, (i + 1) * others).reduce((total, cost) => total + cost, 0);
  const result: AttackResult = {
    rows: new Float32Array(rows.length),
    success: Uint8Array.from(nearest, (k) => all.success[k] as number),
    distortion: Float64Array.from(nearest, (k) => all.distortion[k] as number),
    targets: Int32Array.from(nearest, (k) => all.targets[k] as number),
    evaluations: Uint32Array.from(nearest, (_, i) => sum(all.evaluations, i)),
    iterations: Uint32Array.from(nearest, (_, i) => sum(all.iterations, i)),
    penalty: Float64Array.from(nearest, (k) => all.penalty[k] as number),
    stop: nearest.map((k) => all.stop[k] as AttackResult["stop"][number]),
  };
  nearest.forEach((k, i) => {
    result.rows.set(all.rows.subarray(k * inputSize, (k + 1) * inputSize), i * inputSize);
  });
  await nameAnswers(target, result);
  return result;
}

/** Sets the target of each misclassified row to the wrong label that it is answered with. */
async function nameAnswers(target: AnswerTarget, { rows, targets, stop }: AttackResult): Promise<void> {
  const { inputSize } = target;
  const misread = Array.from(stop.keys()).filter((row) => stop[row] === "misclassified");
  if (misread.length === 0) return;
  const some = new Float32Array(misread.length * inputSize);
  misread.forEach((row, i) => {
    some.set(rows.subarray(row * inputSize, (row + 1) * inputSize), i * inputSize);
  });
  const answers = await answersOf(target, some);
  misread.forEach((row, i) => {
    targets[row] = answers[i] as number;
  });
}

/** Of the results first, first + 1, ..., the success of least distortion, or the first if there is none. */
function nearestOf(all: AttackResult, first: number, count: number): number {
  let best = first;
  for (let k = first; k < first + count; k++) {
    if (!all.success[k]) continue;
    if (!all.success[best] || (all.distortion[k] as number) < (all.distortion[best] as number)) best = k;
  }
  return best;
}
