import { describe, expect, test } from "vitest";
import { Lbfgsb, lbfgs, minimize, type Objective } from "../../src/optimize/index.ts";
import { bowl } from "./functions.ts";

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
