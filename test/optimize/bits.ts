/**
 * Runs whose results must have the same bits on every engine: problems whose own arithmetic is + - * / and square roots.
 * No test framework is imported here, so that any runtime can call `digests` and compare with `GOLDEN`.
 */
import { lbfgs, minimize, type Result } from "../../src/optimize/index.ts";
import { driver, type Problem, problems, rosenbrockObjective } from "./problems/index.ts";

/** FNV-1a over the bytes of x, gradient, f and the projected gradient, then the counts. */
function digest(result: Result): string {
  const numbers = Float64Array.of(...result.x, ...result.gradient, result.f, result.projectedGradient);
  let hash = 0x811c9dc5;
  for (const byte of new Uint8Array(numbers.buffer)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return `${hash.toString(16).padStart(8, "0")} ${result.iterations} ${result.evaluations} ${result.status}`;
}

const NAMES = [
  "driver_n25",
  "rosenbrock_2",
  "wood",
  "ext_rosenbrock_n100_mixed",
  "broyden_tri_n100",
  "linear_full_rank_n50",
  "torsion_n900",
  "nnls_60x30",
  "infeasible_start_n20",
];

export function digests(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of NAMES) {
    const { fg, start, lower, upper } = problems.find((p) => p.name === name) as Problem;
    found[name] = digest(minimize(fg, start, { lower, upper, factr: 10, pgtol: 1e-8 }));
  }
  const { fg, start, lower, upper } = driver(1000);
  found["driver_n1000, m = 5"] = digest(minimize(fg, start, { lower, upper, memory: 5 }));
  const x0 = Float64Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? -1.2 : 1));
  found["lbfgs, rosenbrock n = 100"] = digest(lbfgs(rosenbrockObjective, x0, { factr: 0, pgtol: 1e-8 }));
  return found;
}

/** Little-endian machines, which WebAssembly assumes of memory anyway. */
export const GOLDEN: Record<string, string> = {
  driver_n25: "2de45987 34 40 converged-reduction",
  rosenbrock_2: "ec61d4d5 18 27 converged-gradient",
  wood: "7cd36e45 21 25 converged-gradient",
  ext_rosenbrock_n100_mixed: "4fcab1d3 78 95 converged-reduction",
  broyden_tri_n100: "dab5aa73 19 20 converged-reduction",
  linear_full_rank_n50: "f5314495 2 3 converged-gradient",
  torsion_n900: "aadf3a19 62 66 converged-gradient",
  nnls_60x30: "582b0cd7 20 21 converged-reduction",
  infeasible_start_n20: "318471f9 14 15 converged-reduction",
  "driver_n1000, m = 5": "3d22fdee 25 30 converged-reduction",
  "lbfgs, rosenbrock n = 100": "b53bf427 37 49 converged-gradient",
};
