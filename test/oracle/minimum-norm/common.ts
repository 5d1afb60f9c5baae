/** What the minimum-norm attacks have in common, in double precision and one number at a time: model, loss, projections, Adam. */

export interface Model {
  scores(x: readonly number[]): number[];
  /** Gradient at x of the sum of the weighted scores. */
  gradient(x: readonly number[], weights: readonly number[]): number[];
}

/** An image in [0, 1] to be answered with any label but its own, or with a label. */
export interface Task {
  model: Model;
  image: readonly number[];
  label: number;
  isTargeted: boolean;
}

export const sum = (values: readonly number[]) => values.reduce((total, v) => total + v, 0);
export const norms = {
  l0: (v: readonly number[]) => v.filter((one) => one !== 0).length,
  l1: (v: readonly number[]) => sum(v.map(Math.abs)),
  l2: (v: readonly number[]) => Math.sqrt(sum(v.map((one) => one * one))),
  linf: (v: readonly number[]) => Math.max(...v.map(Math.abs)),
};
export type Norm = keyof typeof norms;

export const add = (a: readonly number[], b: readonly number[]) => a.map((v, i) => v + (b[i] as number));
export const minus = (a: readonly number[], b: readonly number[]) => a.map((v, i) => v - (b[i] as number));
export const times = (factor: number, a: readonly number[]) => a.map((v) => factor * v);
export const clip = (x: readonly number[]) => x.map((v) => Math.min(1, Math.max(0, v)));
/** The change r cut so that image + r lies in the box. */
export const clipChange = (image: readonly number[], r: readonly number[]) => minus(clip(add(image, r)), image);

/** The label but one with the largest score. */
export function rival(scores: readonly number[], label: number): number {
  return scores
    .map((score, k) => [k === label ? Number.NEGATIVE_INFINITY : score, k] as const)
    .sort((a, b) => b[0] - a[0])[0]?.[1] as number;
}

/** What an attack lowers below zero: z_y - max z_k, or for a wanted label max z_k - z_t. */
export function lack({ label, isTargeted }: Task, scores: readonly number[]): number {
  const difference = (scores[label] as number) - (scores[rival(scores, label)] as number);
  return isTargeted ? -difference : difference;
}

/** Its gradient to the scores. */
export function lackWeights({ label, isTargeted }: Task, scores: readonly number[]): number[] {
  const other = rival(scores, label);
  const sign = isTargeted ? -1 : 1;
  return scores.map((_, k) => (k === label ? sign : k === other ? -sign : 0));
}

/** Gradient of the cross-entropy to the scores: softmax minus one-hot. */
export function crossEntropyWeights(label: number, scores: readonly number[]): number[] {
  const top = Math.max(...scores);
  const powers = scores.map((s) => Math.exp(s - top));
  return powers.map((p, k) => p / sum(powers) - Number(k === label));
}

/** The nearest point of the ball ||r||_1 <= radius, by sorting [Duchi et al. 2008, figure 1]. */
export function projectL1(r: readonly number[], radius: number): number[] {
  if (norms.l1(r) <= radius) return [...r];
  const sizes = r.map(Math.abs).sort((a, b) => b - a);
  let threshold = 0;
  let total = 0;
  for (const [k, size] of sizes.entries()) {
    total += size;
    const candidate = (total - radius) / (k + 1);
    if (size > candidate) threshold = candidate;
  }
  return r.map((v) => Math.sign(v) * Math.max(0, Math.abs(v) - threshold));
}

/** The change with all but its `count` largest components set to zero; those as large as the last stay. */
export function keepLargest(r: readonly number[], count: number): number[] {
  const least = r.map(Math.abs).sort((a, b) => b - a)[Math.max(1, count) - 1] ?? 0;
  return r.map((v) => (Math.abs(v) >= least ? v : 0));
}

/** Adam [Kingma & Ba 2015]: the step of a gradient, to be taken off, and the denominator of it. */
export function adam(size: number) {
  let [m, v] = [new Array<number>(size).fill(0), new Array<number>(size).fill(0)];
  let t = 0;
  return (gradient: readonly number[], rate: number) => {
    t++;
    m = m.map((old, i) => 0.9 * old + 0.1 * (gradient[i] as number));
    v = v.map((old, i) => 0.999 * old + 0.001 * (gradient[i] as number) ** 2);
    const denominator = v.map((old) => Math.sqrt(old / (1 - 0.999 ** t)) + 1e-8);
    return { denominator, step: m.map((old, i) => ((rate / (1 - 0.9 ** t)) * old) / (denominator[i] as number)) };
  };
}

/** Falls from 1 to 0 along half a cosine. */
export const cosine = (step: number, steps: number) => (1 + Math.cos((Math.PI * step) / steps)) / 2;
