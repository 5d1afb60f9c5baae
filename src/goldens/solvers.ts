/** The bits of the optimisers on problems whose own arithmetic is + - * / and square roots. */
import { lbfgs, minimize, type Result } from "../optimize/index.ts";
import type { Golden, Results } from "./golden.ts";

/** The generalised Rosenbrock function [Moré, Garbow, Hillstrom 1981, 21, chained]. */
function rosenbrock(x: Float64Array, gradient: Float64Array): number {
  gradient.fill(0);
  let sum = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const at = x[i] as number;
    const bend = (x[i + 1] as number) - at * at;
    const rest = 1 - at;
    sum += 100 * bend * bend + rest * rest;
    gradient[i] = (gradient[i] as number) - 400 * bend * at - 2 * rest;
    gradient[i + 1] = (gradient[i + 1] as number) + 200 * bend;
  }
  return sum;
}

const start = (n: number) => Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? -1.2 : 1));
const resultsOf = ({ x, gradient, f, iterations, evaluations, status }: Result): Results => [
  ...[x, gradient, Float64Array.of(f)],
  `${iterations} ${evaluations} ${status}`,
];

export function solverGoldens(): Golden[] {
  const golden = (name: string, run: () => Results): Golden => ({ name, isQuick: true, run });
  return [
    golden("L-BFGS, 100 variables", () => resultsOf(lbfgs(rosenbrock, start(100), { factr: 0, pgtol: 1e-8 }))),
    golden("L-BFGS-B, 25 variables in a box", () =>
      resultsOf(
        minimize(rosenbrock, start(25), {
          lower: Float64Array.from({ length: 25 }, (_, i) => (i % 3 === 0 ? 0.5 : -2)),
          upper: new Float64Array(25).fill(0.9),
        }),
      ),
    ),
    golden("L-BFGS-B, 300 variables without bounds", () => resultsOf(minimize(rosenbrock, start(300), { memory: 5 }))),
  ];
}
