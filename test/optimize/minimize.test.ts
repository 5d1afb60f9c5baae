import { describe, expect, test } from "vitest";
import { minimize, type Objective } from "../../src/optimize/index.ts";
import { bowl, start } from "./functions.ts";
import { driver, rosenbrockObjective } from "./problems/index.ts";

describe("minimize", () => {
  for (const n of [1, 2, 7, 8, 9, 15, 16, 17, 511, 512, 513, 1025]) {
    test(`finds the corner of the box nearest to a bowl's centre, n = ${n}`, () => {
      const c = Float64Array.from({ length: n }, (_, i) => ((i * 7) % 5) - 2);
      const { x, f, status, projectedGradient } = minimize(bowl(c), new Float64Array(n), { lower: -1, upper: 1 });
      expect(status).toBe("converged-gradient");
      expect(projectedGradient).toBeLessThanOrEqual(1e-5);
      c.forEach((v, i) => {
        expect(Math.abs((x[i] as number) - Math.min(Math.max(v, -1), 1))).toBeLessThan(1e-5);
      });
      expect(f).toBe(bowl(c)(x, new Float64Array(n)));
    });
  }

  test("a million variables, one iteration after the other within memory", () => {
    const n = 1_000_000;
    const c = Float64Array.from({ length: n }, (_, i) => ((i * 7) % 5) - 2);
    const { x, status } = minimize(bowl(c), new Float64Array(n), { lower: -1, memory: 3 });
    expect(status).toBe("converged-gradient");
    expect(x[0]).toBe(-1);
    expect(x[4]).toBeCloseTo(1, 5);
  });

  test("bounds may be missing, one-sided or equal, and a start outside of them is projected", () => {
    const lower = [Number.NEGATIVE_INFINITY, 1, Number.NEGATIVE_INFINITY, 2];
    const upper = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, -1, 2];
    const asked: number[][] = [];
    const fg: Objective = (x, g) => {
      asked.push([...x]);
      return bowl([3, 0, 0, 0])(x, g);
    };
    const { x } = minimize(fg, [9, -9, 9, 9], { lower, upper });
    expect(asked[0]).toEqual([9, 1, -1, 2]);
    expect(x[0]).toBeCloseTo(3, 5);
    expect([...x.subarray(1)]).toEqual([1, -1, 2]);
  });

  test("what fg writes into x changes nothing", () => {
    const spoil: Objective = (x, g) => {
      const f = rosenbrockObjective(x, g);
      x.fill(Number.NaN);
      return f;
    };
    expect(minimize(spoil, start(10), { upper: 0.5 })).toEqual(
      minimize(rosenbrockObjective, start(10), { upper: 0.5 }),
    );
  });

  test("takes plain arrays, and leaves them alone", () => {
    const x0 = [5, 5];
    const lower = [0, 0];
    minimize(bowl([-1, 1]), x0, { lower });
    expect([x0, lower]).toEqual([
      [5, 5],
      [0, 0],
    ]);
  });
});

test("the driver problem costs what it costs the original, whatever memory is asked for", () => {
  const { fg, start: x0, lower, upper } = driver(25);
  const costs = [1, 2, 3, 5, 10, 30, 100].map((memory) => minimize(fg, x0, { lower, upper, memory }).evaluations);
  expect(Math.max(...costs)).toBeLessThan(120);
});
