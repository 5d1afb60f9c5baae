/**
 * How far a single-precision network may be from the f64 oracle: a running error analysis of its forward and backward
 * pass, row by row. It assumes sums in any order, functions within the errors of test/support/claims.ts, and weights
 * below 2^-64 of their kernel's largest counted or not. So it judges TensorFlow.js, too.   [Higham 2002, 3.3]
 */
import { chunks, type DenseStep, forward, gradients, loss, type Step } from "../oracle/network.ts";
import { g, gBoth, U32, U64, ulp32 } from "./bounds.ts";
import { CLAIMS } from "./claims.ts";
import { linearBound, linearSlopeBound, linearTerms, maxBound, maxSlopeBound } from "./linear-bounds.ts";
import { lossError, softmaxError } from "./softmax-bounds.ts";

type Vector = ArrayLike<number>;

/** The oracle's numbers, and how far from each an implementation may be. */
export interface Judged {
  value: Float64Array;
  bound: Float64Array;
}

/** What a product that underflows loses at most. */
const UNDERFLOW = 2 ** -149;
/** Softmax values down here are off by more than their relative error. */
export const LEAST_NORMAL = 2 ** -126;
const NEGLIGIBLE = 2 ** -64;

/** The output of every step, the row first. */
export function judgeForward(steps: readonly Step[], row: Vector): Judged[] {
  const values = forward(steps, row);
  const judged: Judged[] = [{ value: values[0] as Float64Array, bound: new Float64Array(row.length) }];
  steps.forEach((step, s) => {
    const value = values[s + 1] as Float64Array;
    judged.push({ value, bound: stepBound(step, judged[s] as Judged, value) });
  });
  return judged;
}

function stepBound(step: Step, x: Judged, y: Float64Array): Float64Array {
  if (step.kind === "dense") {
    const { inputs, units, bias } = step;
    const floor = NEGLIGIBLE * largest(step.kernel);
    return y.map((_, at) => {
      const [o, j] = [Math.floor(at / units), at % units];
      return sumBound(inputs, Math.abs(bias?.[j] ?? 0), floor, x, o * inputs, (i) => weight(step, i, j));
    });
  }
  if (step.kind === "linear") return linearBound(step, x);
  if (step.kind === "max") return maxBound(step, x);
  if (step.kind === "relu") return x.bound;
  if (step.kind === "softmax") {
    const bounds = chunks(x.bound, step.width);
    const ys = chunks(y, step.width);
    return Float64Array.from(
      chunks(x.value, step.width).flatMap((z, r) => {
        const relative = shiftedSoftmaxError(z, bounds[r] as Float64Array);
        return Array.from(ys[r] as Float64Array, (p) => p * relative + LEAST_NORMAL);
      }),
    );
  }
  const steepest = step.kind === "sigmoid" ? 1 / 4 : 1;
  const ulps = Math.max(...CLAIMS.filter(({ kernel }) => kernel === `${step.kind}_f32`).map((claim) => claim.ulps));
  return y.map((v, i) => {
    const shift = steepest * (x.bound[i] as number);
    return shift + ulps * ulp32(Math.abs(v) + shift);
  });
}

/** Error of c + sum_i x_i w_i over `count` elements of x from `offset` on. */
function sumBound(
  count: number,
  start: number,
  floor: number,
  x: Judged,
  offset: number,
  weightOf: (i: number) => number,
): number {
  let inherited = 0;
  let magnitude = start;
  let dropped = 0;
  for (let i = 0; i < count; i++) {
    const size = Math.abs(x.value[offset + i] as number) + (x.bound[offset + i] as number);
    const w = Math.abs(weightOf(i));
    inherited += w * (x.bound[offset + i] as number);
    magnitude += w * size;
    if (w < floor) dropped += w * size;
  }
  return inherited + dropped + gBoth(count + 2) * magnitude + count * UNDERFLOW;
}

/** Relative error of a softmax whose logits are off by at most `bound`. */
export function shiftedSoftmaxError(z: Vector, bound: Vector): number {
  const shift = largest(bound);
  // A little wider than z: the logits that were in fact there.
  const wider = [...Array.from(z), Math.min(...Array.from(z)) - 2 * shift];
  return Math.exp(2 * shift) * (1 + softmaxError(wider)) - 1;
}

export interface JudgedLoss {
  loss: number;
  lossBound: number;
  logits: Judged;
  /** To the row. */
  gradient: Judged;
  /** To the output of every step, that to the row first. */
  slopes: Judged[];
}

/**
 * Loss of a row, its gradient to everything on the way. `slack` widens the logits by what an implementation loses that
 * does not subtract the largest of them first.
 */
export function judgeLoss(logitSteps: readonly Step[], row: Vector, label: number, slack = 0): JudgedLoss {
  const values = judgeForward(logitSteps, row);
  const logits = values.at(-1) as Judged;
  const z = logits.value;
  const bound = logits.bound.map((error) => error + slack);
  const shift = largest(bound);
  const value = loss(logitSteps, row, label);
  const score = Math.max(...z) - (z[label] as number);
  // The gradient to the logits has 1-norm at most 2.
  const lossBound = 2 * shift + lossError(z, value + 4 * shift, score + 2 * shift);

  const oracle = gradients(logitSteps, row, label).slopes;
  const relative = shiftedSoftmaxError(z, bound);
  const top = (oracle.at(-1) as Float64Array).map((slope, j) => {
    const p = j === label ? slope + 1 : slope;
    return p * relative * (1 + U32) + LEAST_NORMAL + (j === label ? U32 * (1 - p + p * relative) : 0);
  });
  const slopes: Judged[] = [{ value: oracle.at(-1) as Float64Array, bound: top }];
  for (let s = logitSteps.length - 1; s >= 0; s--) {
    const [x, y] = [values[s] as Judged, values[s + 1] as Judged];
    const back = slopeBound(logitSteps[s] as Step, x, y, slopes[0] as Judged);
    slopes.unshift({ value: oracle[s] as Float64Array, bound: back });
  }
  return { loss: value, lossBound, logits, gradient: slopes[0] as Judged, slopes };
}

export function slopeBound(step: Step, x: Judged, y: Judged, dy: Judged): Float64Array {
  if (step.kind === "dense") {
    const { inputs, units } = step;
    const floor = NEGLIGIBLE * largest(step.kernel);
    return x.value.map((_, at) => {
      const [o, i] = [Math.floor(at / inputs), at % inputs];
      return sumBound(units, 0, floor, dy, o * units, (j) => weight(step, i, j));
    });
  }
  if (step.kind === "linear") return linearSlopeBound(step, x.value.length, dy);
  if (step.kind === "max") return maxSlopeBound(step, x, dy);
  if (step.kind === "softmax") {
    const [p, pBound] = [chunks(y.value, step.width), chunks(y.bound, step.width)];
    const [d, dBound] = [chunks(dy.value, step.width), chunks(dy.bound, step.width)];
    return Float64Array.from(
      p.flatMap((_, r) =>
        softmaxSlopeBound(
          { value: p[r] as Float64Array, bound: pBound[r] as Float64Array },
          { value: d[r] as Float64Array, bound: dBound[r] as Float64Array },
        ),
      ),
    );
  }
  return dy.value.map((slope, i) => {
    const out = y.value[i] as number;
    const error = y.bound[i] as number;
    let factor: number;
    let factorError: number;
    if (step.kind === "relu") {
      factor = out > 0 ? 1 : 0;
      factorError = Math.abs(x.value[i] as number) <= (x.bound[i] as number) ? 1 : 0; // either side of the kink
    } else if (step.kind === "sigmoid") {
      factor = out * (1 - out);
      factorError = error + gBoth(3) * (Math.abs(out) + error) * (1 + error);
    } else {
      factor = 1 - out * out;
      factorError = 2 * Math.abs(out) * error + error ** 2 + gBoth(3) * (1 + (Math.abs(out) + error) ** 2);
    }
    const slopeError = dy.bound[i] as number;
    const inherited = Math.abs(slope) * factorError + (factor + factorError) * slopeError;
    return inherited + gBoth(4) * (Math.abs(slope) + slopeError) * (factor + factorError) + UNDERFLOW;
  });
}

/** Error of y (dy - <dy, y>). */
function softmaxSlopeBound(y: Judged, dy: Judged): number[] {
  const n = y.value.length;
  const dot = { value: 0, bound: 0 };
  y.value.forEach((p, i) => {
    const [e, d, de] = [y.bound[i] as number, Math.abs(dy.value[i] as number), dy.bound[i] as number];
    dot.value += p * d;
    dot.bound += p * de + e * d + e * de + gBoth(n + 3) * (p + e) * (d + de);
  });
  return Array.from(y.value, (p, i) => {
    const size = Math.abs(dy.value[i] as number) + dot.value;
    const error = (dy.bound[i] as number) + dot.bound;
    const e = y.bound[i] as number;
    return e * (size + error) + p * error + gBoth(n + 3) * (p + e) * (size + error) + UNDERFLOW;
  });
}

/** The gradient of the summed loss of rows to every parameter. */
export function judgeParameters(
  logitSteps: readonly Step[],
  rows: readonly Vector[],
  labels: readonly number[],
  slack = 0,
): Judged & { loss: number; lossBound: number } {
  let total = { loss: 0, lossBound: 0 };
  let value: Float64Array | undefined;
  const inherited: number[] = [];
  const magnitude: number[] = [];
  let products = 0;
  rows.forEach((row, r) => {
    const label = labels[r] as number;
    const exact = gradients(logitSteps, row, label).parameters;
    const judged = judgeLoss(logitSteps, row, label, slack);
    total = { loss: total.loss + judged.loss, lossBound: total.lossBound + judged.lossBound };
    const values = judgeForward(logitSteps, row);
    let at = 0;
    value ??= new Float64Array(exact.length);
    logitSteps.forEach((step, s) => {
      const [x, dy] = [values[s] as Judged, judged.slopes[s + 1] as Judged];
      const terms = termsOf(step, x, dy);
      products = Math.max(products, productsOf(step, x));
      terms.forEach(({ error, size }) => {
        inherited[at] = (inherited[at] ?? 0) + error;
        magnitude[at] = (magnitude[at] ?? 0) + size;
        at++;
      });
    });
    exact.forEach((v, i) => {
      (value as Float64Array)[i] = ((value as Float64Array)[i] as number) + v;
    });
  });
  const count = rows.length * products + 2;
  const sums = value ?? new Float64Array();
  return {
    ...total,
    // Their sum is one in f64.
    lossBound: total.lossBound + g(rows.length, U64) * (total.loss + total.lossBound),
    value: sums,
    bound: sums.map((_, i) => (inherited[i] as number) + gBoth(count) * (magnitude[i] as number) + count * UNDERFLOW),
  };
}

/** What one row adds to the gradient of a step's parameters. */
export function termsOf(step: Step, x: Judged, dy: Judged): { error: number; size: number }[] {
  if (step.kind === "dense") return parameterTerms(step, x, dy);
  return step.kind === "linear" && step.trainable ? linearTerms(step, x, dy) : [];
}

/** Products that one row adds to the gradient of one parameter. */
function productsOf(step: Step, x: Judged): number {
  if (step.kind === "dense") return x.value.length / step.inputs;
  return step.kind === "linear" ? step.most.weight : 0;
}

/** Error and size of each term that one row adds to the gradient of a kernel, then of a bias. */
function parameterTerms({ inputs, units, bias }: DenseStep, x: Judged, dy: Judged): { error: number; size: number }[] {
  const terms = Array.from({ length: inputs * units + (bias ? units : 0) }, () => ({ error: 0, size: 0 }));
  for (let o = 0; o < x.value.length / inputs; o++) {
    for (let j = 0; j < units; j++) {
      const slope = Math.abs(dy.value[o * units + j] as number);
      const slopeError = dy.bound[o * units + j] as number;
      for (let i = 0; i < inputs; i++) {
        const [v, e] = [Math.abs(x.value[o * inputs + i] as number), x.bound[o * inputs + i] as number];
        const term = terms[i * units + j] as { error: number; size: number };
        term.error += v * slopeError + e * slope + e * slopeError;
        term.size += (v + e) * (slope + slopeError);
      }
      if (bias) {
        const term = terms[inputs * units + j] as { error: number; size: number };
        term.error += slopeError;
        term.size += slope + slopeError;
      }
    }
  }
  return terms;
}

function weight({ kernel, units }: DenseStep, i: number, j: number): number {
  return kernel[i * units + j] as number;
}

function largest(x: Vector): number {
  return Array.from(x).reduce((top, v) => Math.max(top, Math.abs(v)), 0);
}
