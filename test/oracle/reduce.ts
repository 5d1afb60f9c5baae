/** Reductions of a list of numbers in double precision, by the names of src/model/layers/operation-map.ts, in the order of the kernel. */
const sum = (x: readonly number[]): number => x.reduce((total, v) => total + v, 0);

export const REDUCTIONS = {
  sum,
  mean: (x: readonly number[]) => sum(x) / x.length,
  largest: (x: readonly number[]) => Math.max(...x),
  least: (x: readonly number[]) => Math.min(...x),
  "sum of squares": (x: readonly number[]) => sum(x.map((v) => v * v)),
  "root of squares": (x: readonly number[]) => Math.sqrt(sum(x.map((v) => v * v))),
  "sum of magnitudes": (x: readonly number[]) => sum(x.map(Math.abs)),
  product: (x: readonly number[]) => x.reduce((product, v) => product * v, 1),
  "log of exponentials": (x: readonly number[]) => {
    const top = Math.max(...x);
    return top + Math.log(sum(x.map((v) => Math.exp(v - top))));
  },
};

/** What bounds the terms of the result, and of its roundings beside those of a sum. */
export function reducedTerms(of: keyof typeof REDUCTIONS, x: readonly number[]): number {
  if (of === "sum" || of === "sum of magnitudes") return sum(x.map(Math.abs));
  if (of === "mean") return sum(x.map(Math.abs)) / x.length;
  if (of === "log of exponentials") return Math.max(...x.map(Math.abs)) + 3 * (1 + Math.log(x.length));
  return Math.abs(REDUCTIONS[of](x));
}
