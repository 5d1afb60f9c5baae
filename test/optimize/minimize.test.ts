import { describe, expect, test } from "vitest";
import { Lbfgs, Lbfgsb, lbfgs, minimize, type Objective, type Result, type Status } from "../../src/optimize/index.ts";
import { Workspace } from "../../src/wasm/index.ts";
import { driver, problems, rosenbrockObjective } from "./problems/index.ts";

/** sum (x_i - c_i)^2: clamped to the box, its minimum is known. */
const bowl =
  (c: ArrayLike<number>): Objective =>
  (x, g) => {
    let f = 0;
    for (let i = 0; i < x.length; i++) {
      const t = (x[i] as number) - (c[i] as number);
      f += t * t;
      g[i] = 2 * t;
    }
    return f;
  };
const start = (n: number) => Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? -1.2 : 1));

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

describe("state", () => {
  const reference = () => minimize(rosenbrockObjective, start(30), { upper: 0.7 });

  test("an exception in fg passes through and leaves nothing behind", () => {
    const before = reference();
    for (let at = 1; at < 12; at++) {
      let calls = 0;
      const fg: Objective = (x, g) => {
        if (++calls === at) throw new Error(`call ${at}`);
        return rosenbrockObjective(x, g);
      };
      expect(() => minimize(fg, start(5000))).toThrow(`call ${at}`);
      expect(() => minimize(fg, start(5000), { onIteration: () => fg(start(2), new Float64Array(2)) })).not.toThrow();
    }
    expect(reference()).toEqual(before);
  });

  test("fg may call minimize, and memory may grow under the outer run", () => {
    const plain = reference();
    let depth = 0;
    const nested: Objective = (x, g) => {
      if (depth < 2) {
        depth++;
        const inner = minimize(nested, start(3000 * depth), { memory: 20, maxIterations: 3 });
        expect(inner.iterations).toBe(3);
        depth--;
      }
      return rosenbrockObjective(x, g);
    };
    expect(minimize(nested, start(30), { upper: 0.7 })).toEqual(plain);
  });

  test("an exception in a nested run reaches the outer fg, which may go on", () => {
    const plain = reference();
    const fg: Objective = (x, g) => {
      expect(() =>
        minimize(() => {
          throw new Error("inner");
        }, start(100)),
      ).toThrow("inner");
      return rosenbrockObjective(x, g);
    };
    expect(minimize(fg, start(30), { upper: 0.7 })).toEqual(plain);
  });

  test("hundreds of runs in lockstep in one workspace give what each gives alone", () => {
    const workspace = new Workspace();
    const starts = Array.from({ length: 200 }, (_, i) => start(20).map((v, j) => v + Math.sin(i + j) / 4));
    const runs = starts.map((x0) => new Lbfgsb(x0, { lower: -1.5, upper: 0.8 }, workspace));
    const g = new Float64Array(20);
    for (let busy = true; busy; ) {
      busy = false;
      for (const run of runs) {
        if (run.done) continue;
        run.tell(rosenbrockObjective(run.ask(), g), g);
        busy = true;
      }
    }
    starts.forEach((x0, i) => {
      expect(runs[i]?.result()).toEqual(minimize(rosenbrockObjective, x0, { lower: -1.5, upper: 0.8 }));
    });
  });

  test("a solver that is started over gives what a new one gives, within other bounds too", () => {
    const g = new Float64Array(20);
    const finish = (run: Lbfgs | Lbfgsb) => {
      while (!run.done) run.tell(rosenbrockObjective(run.ask(), g), g);
      return run.result();
    };
    const boxes = [{ lower: -1.5, upper: 0.8 }, {}, { upper: start(20).map((v) => v + 1) }, { lower: 0 }];
    const boxed = new Lbfgsb(start(20), { memory: 4 });
    const free = new Lbfgs(start(20), { memory: 4 });
    for (const [i, box] of boxes.entries()) {
      const x0 = start(20).map((v) => v + i / 10);
      boxed.restart(x0, box);
      expect(finish(boxed)).toEqual(minimize(rosenbrockObjective, x0, { memory: 4, ...box }));
      boxed.restart(x0);
      for (let call = 0; call < 7 && !boxed.done; call++) boxed.tell(rosenbrockObjective(boxed.ask(), g), g); // left in the middle
      free.restart(x0);
      expect(finish(free)).toEqual(lbfgs(rosenbrockObjective, x0, { memory: 4 }));
    }
    expect(() => boxed.restart([1])).toThrow("x0: expected 20 numbers, one a variable, got 1");
  });

  for (const name of ["driver_n25", "ext_rosenbrock_n100_mixed", "ext_powell_n100_free", "nnls_60x30", "wood"]) {
    test(`${name} continues from a snapshot bit for bit, wherever it is taken`, () => {
      const { fg, start: x0, lower, upper } = problems.find((p) => p.name === name) as (typeof problems)[number];
      const options = { lower, upper, memory: 4, maxIterations: 30 };
      const n = x0.length;
      const g = new Float64Array(n);
      const steady = new Lbfgsb(x0, options);
      const whole: number[][] = [];
      const cuts: [number, Lbfgsb][] = [];
      let between = 0;
      for (let call = 0; !steady.done; call++) {
        if (call % 3 === 0) {
          const state = structuredClone(steady.snapshot());
          if (state.trials > 1) between++;
          cuts.push([call, Lbfgsb.restore(state)]);
        }
        const x = steady.ask();
        const f = fg(x, g);
        whole.push([f, ...x, ...g]);
        steady.tell(f, g);
      }
      for (const [from, run] of cuts) {
        for (let call = from; !run.done; call++) {
          const x = run.ask();
          const f = fg(x, g);
          expect([f, ...x, ...g]).toEqual(whole[call]);
          run.tell(f, g);
        }
        expect(run.result()).toEqual(steady.result());
      }
      if (name !== "nnls_60x30") expect(between).toBeGreaterThan(0);
      expect(Lbfgsb.restore(steady.snapshot()).result()).toEqual(steady.result());
    });
  }

  test("a run that has ended says so", () => {
    const run = new Lbfgsb([1, 2]);
    expect(run.result().status).toBe("running");
    run.abort();
    expect(run.status).toBe("aborted");
    expect(() => run.ask()).toThrow('ask: expected a run under way, got one that ended with "aborted"');
    expect(() => run.tell(0, new Float64Array(2))).toThrow("tell: expected a run under way");
    run.abort();
  });
});

describe("bad input", () => {
  const fg = bowl([0, 0]);
  const never: Objective = () => {
    throw new Error("called");
  };
  const x0 = [1, 2];
  const nan = Number.NaN;
  const cases: [string, () => unknown, typeof TypeError | typeof RangeError, string][] = [
    ["fg", () => minimize(null as never, x0), TypeError, "fg: expected a function of x and g, got null"],
    [
      "x0 missing",
      () => minimize(never, undefined as never),
      TypeError,
      "x0: expected an array of numbers, got undefined",
    ],
    ["x0 empty", () => minimize(never, []), RangeError, "x0: expected at least one variable, got none"],
    ["x0 NaN", () => minimize(never, [1, nan]), RangeError, "x0[1]: expected a finite number, got NaN"],
    ["x0 strings", () => minimize(never, ["1"] as never), TypeError, 'x0[0]: expected a number, got "1"'],
    [
      "lengths",
      () => minimize(never, x0, { lower: [0] }),
      RangeError,
      "lower: expected 2 numbers, one a variable, got 1",
    ],
    ["upper length", () => minimize(never, x0, { upper: [0, 0, 0] }), RangeError, "upper: expected 2 numbers"],
    [
      "bound NaN",
      () => minimize(never, x0, { upper: [0, nan] }),
      RangeError,
      "upper[1]: expected a number or an infinity, got NaN",
    ],
    [
      "scalar NaN",
      () => minimize(never, x0, { lower: nan }),
      RangeError,
      "lower[0]: expected a number or an infinity, got NaN",
    ],
    [
      "crossed",
      () => minimize(never, x0, { lower: [0, 3], upper: [1, 2] }),
      RangeError,
      "lower[1]: expected at most upper[1] = 2, got 3",
    ],
    [
      "lower Infinity",
      () => minimize(never, x0, { lower: Infinity }),
      RangeError,
      "lower[0]: expected a finite number or -Infinity, got Infinity",
    ],
    [
      "upper -Infinity",
      () => minimize(never, x0, { upper: -Infinity }),
      RangeError,
      "upper[0]: expected a finite number or Infinity, got -Infinity",
    ],
    ["memory", () => minimize(never, x0, { memory: 0 }), RangeError, "memory: expected a whole number >= 1, got 0"],
    [
      "memory kind",
      () => minimize(never, x0, { memory: "5" as never }),
      TypeError,
      'memory: expected a whole number, got "5"',
    ],
    ["factr", () => minimize(never, x0, { factr: -1 }), RangeError, "factr: expected a finite number >= 0, got -1"],
    ["pgtol", () => minimize(never, x0, { pgtol: nan }), RangeError, "pgtol: expected a finite number >= 0, got NaN"],
    [
      "maxIterations",
      () => minimize(never, x0, { maxIterations: 1.5 }),
      RangeError,
      "maxIterations: expected a whole number >= 0, got 1.5",
    ],
    [
      "maxEvaluations",
      () => minimize(never, x0, { maxEvaluations: 0 }),
      RangeError,
      "maxEvaluations: expected a whole number >= 1, got 0",
    ],
    ["options", () => minimize(never, x0, null as never), TypeError, "options: expected an object, got null"],
    [
      "onIteration",
      () => minimize(never, x0, { onIteration: 1 as never }),
      TypeError,
      "onIteration: expected a function, got 1",
    ],
    [
      "signal",
      () => minimize(never, x0, { signal: {} as never }),
      TypeError,
      "signal: expected an AbortSignal, got Object",
    ],
    ["noise", () => lbfgs(never, x0, { noise: 2 }), RangeError, "noise: expected a number in [0, 1], got 2"],
    ["lbfgs x0", () => lbfgs(never, [nan]), RangeError, "x0[0]: expected a finite number, got NaN"],
    ["fg undefined", () => minimize(() => undefined as never, x0), TypeError, "fg: expected a number, got undefined"],
    ["fg string", () => minimize(() => "1" as never, x0), TypeError, 'fg: expected a number, got "1"'],
    [
      "tell f",
      () => new Lbfgsb(x0).tell(undefined as never, new Float64Array(2)),
      TypeError,
      "f: expected a number, got undefined",
    ],
    [
      "tell length",
      () => new Lbfgsb(x0).tell(1, new Float64Array(3)),
      RangeError,
      "gradient: expected 2 numbers, one a variable, got 3",
    ],
  ];
  for (const [title, call, kind, message] of cases) {
    test(`${title}: ${message}`, () => {
      expect(call).toThrow(kind);
      expect(call).toThrow(message);
    });
  }

  test("fg takes an array away: x and g keep their length", () => {
    const taken =
      (which: 0 | 1): Objective =>
      (...arrays) => {
        const f = fg(...arrays);
        structuredClone(0, { transfer: [arrays[which].buffer as ArrayBuffer] });
        return f;
      };
    expect(() => minimize(taken(0), x0)).toThrow("x after fg: expected 2 numbers, got 0");
    expect(() => minimize(taken(1), x0)).toThrow("g after fg: expected 2 numbers, got 0");
  });
});

test("the driver problem costs what it costs the original, whatever memory is asked for", () => {
  const { fg, start: x0, lower, upper } = driver(25);
  const costs = [1, 2, 3, 5, 10, 30, 100].map((memory) => minimize(fg, x0, { lower, upper, memory }).evaluations);
  expect(Math.max(...costs)).toBeLessThan(120);
});
