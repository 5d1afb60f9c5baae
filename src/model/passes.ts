/**
 * Passes over rows that change nothing: the values that a plan leads to, and the gradient of the loss or of a direction
 * to each row. No sum crosses rows: the bits of a row's results do not depend on the batch it is in.
 */
import { type Labels, notFinite, outOfRange, requireLabels, requireLength, requireRows, wrongType } from "../check.ts";
import type { F32Pointer } from "../wasm/index.ts";
import type { Head } from "./head.ts";
import type { Plan } from "./plan.ts";

/** Loss of each row and its gradient with respect to the row. */
export interface LossGradient {
  /** f32[n], cross-entropy in nats. */
  loss: Float32Array;
  /** f32[n, inputSize]. */
  gradient: Float32Array;
  /** f32[n, classes], the scores: what enters the final softmax. */
  logits: Float32Array;
}

/** Checks the arguments of `lossGradient`. Returns the number of rows, and the record to fill: `into`, or a new one. */
export function requireLossGradient(
  { inputSize, classes }: { inputSize: number; classes: number },
  rows: Float32Array,
  labels: Labels,
  into: LossGradient | undefined,
): { count: number; out: LossGradient } {
  const count = requireRows("rows", rows, inputSize);
  requireLabels("labels", labels, count, classes);
  const out = into ?? {
    loss: new Float32Array(count),
    gradient: new Float32Array(count * inputSize),
    logits: new Float32Array(count * classes),
  };
  requireLength("into.loss", out.loss, count);
  requireLength("into.gradient", out.gradient, count * inputSize);
  requireLength("into.logits", out.logits, count * classes);
  return { count, out };
}

/** Just below -ln(LEAST_PROBABILITY), 87.3. */
const LEAST_LOGARITHM = 87.3;

/** Refuses rows whose label has a probability that is cut off: where scores are logarithms, the loss is flat there, though the model is not. */
export function requireSeen({ kind }: Head, loss: Float32Array, first: number): void {
  const unseen = kind === "probabilities" ? loss.findIndex((value) => value > LEAST_LOGARITHM) : -1;
  if (unseen < 0) return;
  outOfRange(
    `loss of row ${first + unseen}`,
    "a label whose probability f32 holds (or a model that gives logits)",
    "one below 1e-38",
  );
}

/**
 * Refuses rows whose gradient is nothing where probabilities are cut off, that lie in rows `first`, `first + 1`, ...
 *
 * @param scores f32[n, classes]
 * @param gradient f32[n, inputSize]
 */
export function requireGradientSeen(
  { kind }: Head,
  scores: Float32Array,
  gradient: Float32Array,
  n: number,
  first: number,
): void {
  if (kind !== "probabilities") return;
  const [classes, inputSize] = [scores.length / n, gradient.length / n];
  for (let r = 0; r < n; r++) {
    const own = scores.subarray(r * classes, (r + 1) * classes);
    if (!own.some((score) => score < -LEAST_LOGARITHM)) continue;
    if (gradient.subarray(r * inputSize, (r + 1) * inputSize).some((slope) => slope !== 0)) continue;
    outOfRange(
      `gradient of row ${first + r}`,
      "probabilities that f32 holds (or a model that gives logits)",
      "one below 1e-38",
    );
  }
}

/** The weights of one row's scores, `classes` numbers, chosen from these scores; `row` is its position among all rows. */
export type Weigh = (scores: Float32Array, row: number) => ArrayLike<number>;

/** Scores of each row and the gradient of their weighted sum with respect to the row. */
export interface ScoreGradient {
  /** f32[n, classes], what enters the final softmax. */
  scores: Float32Array;
  /** f32[n, inputSize], of sum_k w_k s_k with the weights held fixed. */
  gradient: Float32Array;
}

/** Checks the arguments of `scoreGradient`. Returns the number of rows, and the record to fill: `into`, or a new one. */
export function requireScoreGradient(
  { inputSize, classes }: { inputSize: number; classes: number },
  rows: Float32Array,
  weigh: Weigh,
  into: ScoreGradient | undefined,
): { count: number; out: ScoreGradient } {
  const count = requireRows("rows", rows, inputSize);
  if (typeof weigh !== "function") wrongType("weigh", "a function of a row's scores", weigh);
  const out = into ?? {
    scores: new Float32Array(count * classes),
    gradient: new Float32Array(count * inputSize),
  };
  requireLength("into.scores", out.scores, count * classes);
  requireLength("into.gradient", out.gradient, count * inputSize);
  return { count, out };
}

/** The weights of one row, checked: `classes` finite numbers. */
export function weightsOf(weigh: Weigh, scores: Float32Array, row: number): ArrayLike<number> {
  const weights = weigh(scores, row);
  requireLength(`weigh's weights of row ${row}`, weights, scores.length);
  for (let k = 0; k < weights.length; k++) {
    if (!Number.isFinite(weights[k])) outOfRange(`weigh's weights of row ${row}`, "finite numbers", weights[k]);
  }
  return weights;
}

/** One of the plan's values for each row: f32[n, width of the value]. */
export function valuesOf(plan: Plan, rows: Float32Array, target: number): Float32Array {
  const count = requireRows("rows", rows, plan.inputSize);
  const width = plan.widthOf(target);
  const out = new Float32Array(count * width);
  plan.eachBatch(rows, 0, count, undefined, (first, n) => {
    plan.forward(n, target);
    out.set(finite(plan, "output", plan.value(target), width, first, n), first * width);
  });
  return out;
}

/** The softmax of the logits of each row, f32[n, classes]. */
export function probabilities(plan: Plan, rows: Float32Array): Float32Array {
  const logits = valuesOf(plan, rows, plan.logits);
  const { kernels, arena } = plan.workspace;
  const top = arena.mark();
  const at = arena.allocateF32(logits.length);
  try {
    plan.view(at, logits.length).set(logits);
    kernels.softmax_f32(logits.length / plan.classes, plan.classes, at, at);
    return plan.view(at, logits.length).slice();
  } finally {
    arena.release(top);
  }
}

/** A value along a direction for each row, and the gradient of that to the row. */
export function gradientAlong(
  plan: Plan,
  rows: Float32Array,
  target: number,
  direction: Float32Array,
): { value: Float64Array; gradient: Float32Array } {
  const { inputSize } = plan;
  const count = requireRows("rows", rows, inputSize);
  const width = plan.widthOf(target);
  requireLength("direction", direction, width);
  const value = new Float64Array(count);
  const gradient = new Float32Array(count * inputSize);
  plan.eachBatch(rows, 0, count, undefined, (first, n) => {
    plan.forward(n, target);
    const values = finite(plan, "output", plan.value(target), width, first, n);
    const slope = plan.view(plan.slope(target), n * width);
    for (let r = 0; r < n; r++) {
      slope.set(direction, r * width);
      let sum = 0;
      for (let i = 0; i < width; i++) sum += (values[r * width + i] as number) * (direction[i] as number);
      value[first + r] = sum;
    }
    if (target !== 0) plan.backward(n, target, "input");
    gradient.set(finite(plan, "gradient", plan.slope(0), inputSize, first, n), first * inputSize);
  });
  return { value, gradient };
}

/** Cross-entropy of each row against its label, and the gradient of that with respect to the row. */
export function lossGradient(plan: Plan, rows: Float32Array, labels: Labels, into?: LossGradient): LossGradient {
  const { inputSize, classes } = plan;
  const { count, out } = requireLossGradient(plan, rows, labels, into);
  plan.eachBatch(rows, 0, count, undefined, (first, n) => {
    plan.forward(n, plan.logits);
    crossEntropy(plan, labels, first, n);
    requireSeen(plan.head, finite(plan, "loss", plan.loss, 1, first, n), first);
    finite(plan, "logits", plan.value(plan.logits), classes, first, n);
    plan.backward(n, plan.logits, "input");
    finite(plan, "gradient", plan.slope(0), inputSize, first, n);
    // Written last, so that the caller's arrays stay finite if anything above throws.
    out.loss.set(plan.view(plan.loss, n), first);
    out.logits.set(plan.view(plan.value(plan.logits), n * classes), first * classes);
    out.gradient.set(plan.view(plan.slope(0), n * inputSize), first * inputSize);
  });
  return out;
}

/** The scores of each row, and the gradient of a weighted sum of them with respect to the row. */
export function scoreGradient(plan: Plan, rows: Float32Array, weigh: Weigh, into?: ScoreGradient): ScoreGradient {
  const { inputSize, classes } = plan;
  const { count, out } = requireScoreGradient(plan, rows, weigh, into);
  plan.eachBatch(rows, 0, count, undefined, (first, n) => {
    plan.forward(n, plan.logits);
    const scores = finite(plan, "scores", plan.value(plan.logits), classes, first, n).slice();
    for (let r = 0; r < n; r++) {
      const weights = weightsOf(weigh, scores.subarray(r * classes, (r + 1) * classes), first + r);
      // Viewed anew for each row: what `weigh` calls may let the memory grow.
      plan.view(plan.slope(plan.logits), n * classes).set(weights, r * classes);
    }
    if (plan.logits !== 0) plan.backward(n, plan.logits, "input");
    requireGradientSeen(plan.head, scores, finite(plan, "gradient", plan.slope(0), inputSize, first, n), n, first);
    // Written last, so that the caller's arrays stay finite if anything above throws.
    out.scores.set(scores, first * classes);
    out.gradient.set(plan.view(plan.slope(0), n * inputSize), first * inputSize);
  });
  return out;
}

/** Loss of the batch's rows from their logits, to `plan.loss`, and its gradient to these. */
export function crossEntropy(plan: Plan, labels: Labels, first: number, n: number): void {
  const { kernels, arena } = plan.workspace;
  const batch = arena.i32(plan.labels, n);
  for (let i = 0; i < n; i++) batch[i] = labels[first + i] as number;
  const { logits } = plan;
  kernels.cross_entropy_f32(n, plan.classes, plan.value(logits), plan.labels, plan.loss, plan.slope(logits));
}

/**
 * A view of a batch's values, f32[n, width]. Throws a NotFiniteError that names the row where one overflows: a NaN never
 * leaves the network.
 */
export function finite(
  plan: Plan,
  what: string,
  at: F32Pointer,
  width: number,
  first: number,
  n: number,
): Float32Array {
  const values = plan.view(at, n * width);
  const bad = plan.workspace.kernels.first_not_finite_f32(n * width, at);
  if (bad >= 0) notFinite(`${what} of row ${first + Math.floor(bad / width)}`, "finite numbers", values[bad]);
  return values;
}
