import { describe, expect, test } from "vitest";
import { Lbfgsb, lbfgs, minimize, type Objective, type Result, type Status } from "../../src/optimize/index.ts";
import { bowl, start } from "./functions.ts";
import { rosenbrockObjective } from "./problems/index.ts";

describe("every status", () => {
  const solvers = { lbfgs, minimize } as const;
  const reached = new Set<Status>();
  const expectStatus = (result: Result, status: Status) => {
    expect(result.status).toBe(status);
    reached.add(status);
  };

  for (const [name, solver] of Object.entries(solvers)) {
    test(`${name}: converged-gradient where the gradient vanishes`, () => {
      expectStatus(solver(bowl([1, 2]), [0, 0]), "converged-gradient");
      expect(solver(bowl([1, 2]), [1, 2])).toMatchObject({
        status: "converged-gradient",
        iterations: 0,
        evaluations: 1,
      });
    });

    test(`${name}: converged-reduction where f hardly falls`, () => {
      const found = solver(rosenbrockObjective, start(10), { factr: 1e13, pgtol: 0 });
      expectStatus(found, "converged-reduction");
    });

    test(`${name}: max-iterations, exactly`, () => {
      for (const maxIterations of [0, 1, 5]) {
        const found = solver(rosenbrockObjective, start(10), { maxIterations });
        expectStatus(found, "max-iterations");
        expect(found.iterations).toBe(maxIterations);
      }
    });

    test(`${name}: max-evaluations, never one more, at the best point called`, () => {
      for (let maxEvaluations = 1; maxEvaluations <= 25; maxEvaluations++) {
        const values: number[] = [];
        const fg: Objective = (x, g) => {
          values.push(rosenbrockObjective(x, g));
          return values.at(-1) as number;
        };
        const found = solver(fg, start(10), { maxEvaluations, pgtol: 0 });
        expectStatus(found, "max-evaluations");
        expect(found.evaluations).toBe(maxEvaluations);
        expect(values.length).toBe(maxEvaluations);
        expect(found.f).toBe(Math.min(...values));
        const g = new Float64Array(10);
        expect(rosenbrockObjective(found.x, g)).toBe(found.f);
        expect(found.gradient).toEqual(g);
      }
    });

    test(`${name}: line-search-failed where the gradient points the wrong way`, () => {
      // Around 0, so that no step is too short to see.
      const wrong: Objective = (x, g) => {
        let f = 0;
        x.forEach((v, i) => {
          f += v + v * v;
          g[i] = -1 - 2 * v;
        });
        return f;
      };
      const found = solver(wrong, [0, 0]);
      expectStatus(found, "line-search-failed");
      expect([...found.x, found.f, found.iterations, found.evaluations]).toEqual([0, 0, 0, 0, 21]);
    });

    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      test(`${name}: not-finite where f is ${bad} at the start`, () => {
        expectStatus(
          solver(() => bad, [1, 2]),
          "not-finite",
        );
      });

      test(`${name}: not-finite where f is ${bad} all around, at the best point`, () => {
        let calls = 0;
        const found = solver(
          (x, g) => {
            const f = bowl([0, 0])(x, g);
            return calls++ < 4 ? f + (x[0] as number) ** 4 : bad;
          },
          [30, 2],
          { pgtol: 0, factr: 0 },
        );
        expectStatus(found, "not-finite");
        expect(found.f).toBeLessThan(810_904);
        expect(found.f).toBe(bowl([0, 0])(found.x, new Float64Array(2)) + (found.x[0] as number) ** 4);
      });
    }

    test(`${name}: a gradient that is not finite counts like f`, () => {
      const found = solver(
        (_, g) => {
          g[0] = 0;
          g[1] = Number.NaN;
          return 1;
        },
        [1, 2],
      );
      expectStatus(found, "not-finite");
    });

    test(`${name}: backtracks where the function is not defined`, () => {
      // x - log x, defined for x > 0: the first steps from far out land beyond 0.
      for (const outside of [Number.NaN, Number.POSITIVE_INFINITY]) {
        let met = 0;
        const found = solver(
          (x, g) => {
            let f = 0;
            x.forEach((v, i) => {
              g[i] = 1 - 1 / v;
              f += v > 0 ? v - Math.log(v) : outside;
            });
            if (!Number.isFinite(f)) met++;
            return f;
          },
          [1e-3, 40, 5],
        );
        expect(met).toBeGreaterThan(0);
        expect(found.status).toMatch(/^converged/);
        for (const v of found.x) expect(v).toBeCloseTo(1, 3);
      }
    });

    test(`${name}: aborted, at the iterate where it was`, () => {
      const controller = new AbortController();
      let last: { f: number; x: Float64Array } | undefined;
      const found = solver(rosenbrockObjective, start(10), {
        signal: controller.signal,
        onIteration: ({ iteration, f, x }) => {
          last = { f, x: x.slice() };
          if (iteration === 7) controller.abort();
        },
      });
      expectStatus(found, "aborted");
      expect(found.iterations).toBe(7);
      expect({ f: found.f, x: found.x }).toEqual(last);
    });

    test(`${name}: aborted before the first call, at the start`, () => {
      const found = solver(rosenbrockObjective, start(10), { signal: AbortSignal.abort() });
      expect(found).toMatchObject({ status: "aborted", evaluations: 0, iterations: 0, f: Number.NaN });
      expect(found.x).toEqual(start(10));
    });
  }

  test("converged-noise where rounding of f hides every decrease (lbfgs)", () => {
    // A gradient that is off by 1e-3: where f is least it still points somewhere.
    const rounded: Objective = (x, g) => {
      const f = bowl([3, 3])(x, g);
      g[0] = (g[0] as number) + 1e-3;
      return Math.fround(1 + f);
    };
    expectStatus(lbfgs(rounded, [0, 1], { noise: 2 ** -24, factr: 0, pgtol: 0 }), "converged-noise");
  });

  test("no status is left out", () => {
    expect([...reached].sort()).toEqual([
      "aborted",
      "converged-gradient",
      "converged-noise",
      "converged-reduction",
      "line-search-failed",
      "max-evaluations",
      "max-iterations",
      "not-finite",
    ]);
  });
});

describe("what only shows at its edge", () => {
  test("a pair is passed over where s'y is eps (-g's), and used one rounding above", () => {
    // From the origin the first step goes to (1/2, 1), where the first variable meets its bound; g's is -2, of a step of 1.
    for (const [more, skipped] of [
      [-1, 1],
      [0, 1],
      [1, 0],
    ] as const) {
      const run = new Lbfgsb([0, 0], { lower: -8, upper: [0.5, 8] });
      run.tell(0, Float64Array.of(-2, -1));
      expect(run.ask()).toEqual(Float64Array.of(0.5, 1));
      run.tell(-2, Float64Array.of(-2, -1 + 2 ** -51 + more * 2 ** -52));
      const { iterations, skippedUpdates } = run.snapshot();
      expect({ more, iterations, skippedUpdates }).toEqual({ more, iterations: 1, skippedUpdates: skipped });
    }
  });

  test("a curvature lost in rounding behind the first bound sends no variable to infinity", () => {
    // The first variable's slope is 1e12 times the second's: where it stops, rounding of its square is all that is left.
    for (let k = 0; k < 40; k++) {
      const [big, small] = [1e9 * (1 + k / 7.3), 1e-3 * (1 + k / 5)];
      const bound = big * (0.1 + k / 50);
      const fg: Objective = (x, g) => {
        const [a, b] = [x[0] as number, (x[1] as number) - 1];
        g[0] = -big;
        g[1] = small * b;
        return -big * a + (small * b * b) / 2;
      };
      const found = minimize(fg, [0, 0], { lower: [-1, -1e300], upper: [bound, 1e300], pgtol: 1e-9, factr: 0 });
      expect([k, found.x[0]]).toEqual([k, bound]);
      expect(found.status).toMatch(/^converged/);
    }
  });
});
