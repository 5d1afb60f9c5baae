/** How far a single-precision sparse autoencoder may be from the f64 oracle: the analysis of network-bounds.ts, from its error on. */
import {
  type AutoencoderSteps,
  CODE,
  divergenceSlope,
  type SparseObjective,
  summedGradient,
} from "../oracle/autoencoder.ts";
import { inputGradient, type Step } from "../oracle/network.ts";
import { g, gBoth, U32, U64 } from "./bounds.ts";
import { type Judged, judgeForward, slopeBound, termsOf } from "./network-bounds.ts";

export interface JudgedAutoencoder {
  /** Of the objective, without the rounding of its decay. */
  valueBound: number;
  /** Of `summedGradient`. */
  gradient: Judged;
}

export function judgeAutoencoder(
  steps: AutoencoderSteps,
  rows: readonly ArrayLike<number>[],
  sparsity: SparseObjective,
): JudgedAutoencoder {
  const { beta, target } = sparsity;
  const passes = rows.map((row) => judgeForward(steps, row));
  const units = ((passes[0] as Judged[])[CODE] as Judged).value.length;
  // The mean activation of each unit: f32 sums of a chunk, then f64.
  const pull: Judged = { value: new Float64Array(units), bound: new Float64Array(units) };
  let valueBound = 0;
  for (let j = 0; j < units; j++) {
    let [mean, size, error] = [0, 0, 0];
    for (const pass of passes) {
      const { value, bound } = pass[CODE] as Judged;
      mean += (value[j] as number) / rows.length;
      size += (value[j] as number) + (bound[j] as number);
      error += bound[j] as number;
    }
    const off = (error + gBoth(rows.length + 2) * size) / rows.length;
    const [low, high] = [mean - off, mean + off].map((q) => beta * divergenceSlope(target, q)) as [number, number];
    pull.value[j] = beta * divergenceSlope(target, mean);
    // The slope rises with q; its parts, of opposite sign, are rounded before it is, and it to f32.
    const parts = beta * ((1 - target) / (1 - mean - off) + target / (mean - off));
    pull.bound[j] = high - low + U32 * Math.max(Math.abs(low), Math.abs(high)) + g(8, U64) * parts;
    valueBound +=
      Math.max(Math.abs(low), Math.abs(high)) * off + g(16, U64) * beta * (1 + Math.abs(Math.log(mean - off)));
  }

  const inherited: number[] = [];
  const magnitude: number[] = [];
  let most = 1;
  rows.forEach((row, r) => {
    const values = passes[r] as Judged[];
    const made = values.at(-1) as Judged;
    const d = made.value.map((y, i) => y - (row[i] as number));
    let dy: Judged = {
      value: d,
      bound: d.map((v, i) => (made.bound[i] as number) + U32 * (Math.abs(v) + (made.bound[i] as number))),
    };
    d.forEach((v, i) => {
      const e = dy.bound[i] as number;
      valueBound += (Math.abs(v) * e + e * e + g(d.length + 4, U64) * (Math.abs(v) + e) ** 2) / rows.length;
    });
    const parts: { error: number; size: number }[][] = [];
    for (let s = steps.length - 1; s >= 0; s--) {
      const [step, x, y] = [steps[s] as Step, values[s] as Judged, values[s + 1] as Judged];
      if (s + 1 === CODE) dy = sumOf(dy, pull);
      parts.unshift(termsOf(step, x, dy));
      dy = { value: inputGradient(step, x.value, y.value, dy.value), bound: slopeBound(step, x, y, dy) };
      most = Math.max(most, x.value.length);
    }
    parts.flat().forEach(({ error, size }, at) => {
      inherited[at] = (inherited[at] ?? 0) + error;
      magnitude[at] = (magnitude[at] ?? 0) + size;
    });
  });
  const value = summedGradient(steps, rows, sparsity);
  const count = rows.length + 2;
  const bound = value.map((_, i) => (inherited[i] as number) + gBoth(count) * (magnitude[i] as number));
  return { valueBound, gradient: { value, bound: bound.map((b) => b + count * most * 2 ** -149) } };
}

function sumOf(a: Judged, b: Judged): Judged {
  const value = a.value.map((v, i) => v + (b.value[i] as number));
  const bound = value.map((_, i) => {
    const sizes = Math.abs(a.value[i] as number) + Math.abs(b.value[i] as number);
    const errors = (a.bound[i] as number) + (b.bound[i] as number);
    return errors + 2 * U32 * (sizes + errors);
  });
  return { value, bound };
}
