/** Derivatives by central differences, with a tolerance that follows from the function. */
import { expect } from "vitest";
import { g, U64 } from "./bounds.ts";

export function inner(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return Array.from(x).reduce((total, v, i) => total + v * (y[i] as number), 0);
}

/** x moved by t times a direction. */
export function moved(x: ArrayLike<number>, direction: ArrayLike<number>, t: number): Float64Array {
  return Float64Array.from(x, (v, i) => v + t * (direction[i] as number));
}

/**
 * The central difference errs by h^2/6 times a third derivative that is not known: halving h quarters that, so the
 * difference of two such differences bounds what is left of it, wherever f is smooth. Rounding adds its share over h:
 * that of `operations` in a sum whose terms have the size `size`.
 */
export function expectDerivative(f: (t: number) => number, slope: number, size: number, operations = 1000): void {
  const h = 2 ** -13;
  const difference = (step: number) => (f(step) - f(-step)) / (2 * step);
  const [coarse, fine] = [difference(2 * h), difference(h)];
  const rounding = (g(operations, U64) * size) / h;
  expect(Math.abs(fine - slope)).toBeLessThanOrEqual(Math.abs(coarse - fine) + rounding);
  // A slope that the tolerance swallows would prove nothing.
  expect(Math.abs(slope)).toBeGreaterThan(10 * (Math.abs(coarse - fine) + rounding));
}
