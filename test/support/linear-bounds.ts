/** Error bounds of the steps of test/oracle/linear.ts, in the manner of network-bounds.ts. */
import type { LinearStep, MaxStep } from "../oracle/linear.ts";
import { gBoth } from "./bounds.ts";
import type { Judged } from "./network-bounds.ts";

const UNDERFLOW = 2 ** -149;
const NEGLIGIBLE = 2 ** -64;

/** Sums in any order, each of `count` products at most, of numbers that are off by their bounds. */
class Sums {
  private readonly inherited: Float64Array;
  private readonly magnitude: Float64Array;
  private readonly floor: number;

  constructor(size: number, floor: number) {
    this.inherited = new Float64Array(size);
    this.magnitude = new Float64Array(size);
    this.floor = floor;
  }

  add(at: number, weight: number, value: number, error: number): void {
    const size = Math.abs(value) + error;
    // A weight below the floor counts or not.
    const inherited = Math.abs(weight) * error + this.floor * size;
    this.inherited[at] = (this.inherited[at] as number) + inherited;
    this.magnitude[at] = (this.magnitude[at] as number) + Math.abs(weight) * size;
  }

  bound(count: number): Float64Array {
    return this.inherited.map(
      (error, i) => error + gBoth(count + 2) * (this.magnitude[i] as number) + count * UNDERFLOW,
    );
  }
}

function floorOf({ weights, kernelSize }: LinearStep): number {
  return NEGLIGIBLE * weights.subarray(0, kernelSize).reduce((top, w) => Math.max(top, Math.abs(w)), 0);
}

/** Of Wx + b. */
export function linearBound(step: LinearStep, x: Judged): Float64Array {
  const sums = new Sums(step.outputs, floorOf(step));
  for (let o = 0; o < step.outputs; o++) sums.add(o, step.weights[step.start(o)] ?? 0, 1, 0);
  step.each((output, input, weight) => {
    sums.add(output, step.weights[weight] as number, x.value[input] as number, x.bound[input] as number);
  });
  return sums.bound(step.most.output);
}

/** Of W^T dy. */
export function linearSlopeBound(step: LinearStep, inputs: number, dy: Judged): Float64Array {
  const sums = new Sums(inputs, floorOf(step));
  step.each((output, input, weight) => {
    sums.add(input, step.weights[weight] as number, dy.value[output] as number, dy.bound[output] as number);
  });
  return sums.bound(step.most.input);
}

/** Error and size of each term that one row adds to the gradient of the weights. */
export function linearTerms(step: LinearStep, x: Judged, dy: Judged): { error: number; size: number }[] {
  const terms = Array.from(step.weights, () => ({ error: 0, size: 0 }));
  const add = (at: number, v: number, e: number, output: number) => {
    const [slope, slopeError] = [Math.abs(dy.value[output] as number), dy.bound[output] as number];
    const term = terms[at] as { error: number; size: number };
    term.error += v * slopeError + e * slope + e * slopeError;
    term.size += (v + e) * (slope + slopeError);
  };
  step.each((output, input, weight) => {
    add(weight, Math.abs(x.value[input] as number), x.bound[input] as number, output);
  });
  for (let o = 0; o < step.outputs; o++) if (step.start(o) >= 0) add(step.start(o), 1, 0, o);
  return terms;
}

/** The largest of a window is off by no more than what is most off in it. */
export function maxBound({ pixels }: MaxStep, x: Judged): Float64Array {
  return Float64Array.from(pixels, (window) => Math.max(...window.map((at) => x.bound[at] as number)));
}

/** A slope goes to the first of the largest; to any of those that may be, if there are several. */
export function maxSlopeBound({ pixels }: MaxStep, x: Judged, dy: Judged): Float64Array {
  const bound = new Float64Array(x.value.length);
  const receivers = new Int32Array(x.value.length);
  const size = new Float64Array(x.value.length);
  pixels.forEach((window, output) => {
    const least = Math.max(...window.map((at) => (x.value[at] as number) - (x.bound[at] as number)));
    const may = window.filter((at) => (x.value[at] as number) + (x.bound[at] as number) >= least);
    // Equal numbers that are exact: the first, and no doubt about it.
    const certain = may.length === 1 || may.every((at) => x.bound[at] === 0);
    const [slope, error] = [Math.abs(dy.value[output] as number), dy.bound[output] as number];
    for (const at of may) {
      receivers[at] = (receivers[at] as number) + 1;
      size[at] = (size[at] as number) + slope + error;
      bound[at] = (bound[at] as number) + error + (certain ? 0 : slope);
    }
  });
  return bound.map((error, at) => error + gBoth((receivers[at] as number) + 1) * (size[at] as number));
}
