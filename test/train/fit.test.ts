/** Full-batch training on tiny data: it learns, it repeats itself to the bit, it stops and goes on. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { NotFiniteError } from "../../src/check.ts";
import { fullyConnected, type Network, softmaxRegression } from "../../src/model/index.ts";
import { Lbfgs } from "../../src/optimize/lbfgs.ts";
import {
  type FitOptions,
  type FitProgress,
  type FitResult,
  fit as train,
  trainingObjective,
} from "../../src/train/index.ts";
import { descend } from "../../src/train/run.ts";
import { messageOf, rejectionOf } from "../message-of.ts";
import { toLogits } from "../oracle/network.ts";
import { blobs } from "../support/blobs.ts";
import { firstDifferent } from "../support/bounds.ts";
import { judgeParameters } from "../support/network-bounds.ts";
import { rowOf, stepsOf } from "../support/network-steps.ts";

const INPUTS = 6;
const CLASSES = 3;
const data = blobs(45, INPUTS, CLASSES);
const build = () => fullyConnected([INPUTS, 5, CLASSES], { seed: 2 });
const OPTIONS: FitOptions = { iterations: 30, decay: 1e-3, memory: 4 };

type Report = Omit<FitProgress, "snapshot">;

interface Run {
  network: Network;
  result: FitResult;
  progress: Report[];
}

async function run(options: FitOptions, network = build()): Promise<Run> {
  const progress: Report[] = [];
  const onIteration = ({ snapshot: _, ...now }: FitProgress) => {
    progress.push(now);
  };
  const result = await train(network, data, { ...OPTIONS, ...options, onIteration });
  return { network, result, progress };
}

/** A signal that is aborted at the n-th time it is looked at. */
function abortedAt(n: number): AbortSignal {
  let looked = 0;
  const signal = new AbortController().signal;
  return Object.defineProperty(signal, "aborted", { get: () => looked++ >= n });
}

function expectSame(actual: Run, expected: Run): void {
  expect(firstDifferent(actual.network.getParameters(), expected.network.getParameters())).toBe(-1);
  expect(actual.result).toEqual(expected.result);
}

describe("a run", () => {
  test("learns: the objective falls at every iteration, the training error ends at 0", async () => {
    const { result, progress } = await run({ iterations: 100 });
    expect(progress.length).toBeGreaterThan(20);
    const values = progress.map(({ value }) => value);
    expect(values.every((value, i) => i === 0 || value < (values[i - 1] as number))).toBe(true);
    expect(progress.at(-1)?.error).toBe(0);
    expect(result.value).toBe(values.at(-1));
  });

  test("reports each iteration once, and how the run ended", async () => {
    const { result, progress } = await run({});
    expect(progress.map(({ iteration }) => iteration)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(progress.every(({ iterations }) => iterations === 30)).toBe(true);
    expect(result).toMatchObject({ status: "max-iterations", iterations: 30 });
    expect(result.evaluations).toBe(progress.at(-1)?.evaluations);
    expect(result.evaluations).toBeGreaterThan(30); // the start, too
  });

  test("gives the same bits again, others from another start", async () => {
    const first = await run({});
    expectSame(await run({}), first);
    const other = await run({}, fullyConnected([INPUTS, 5, CLASSES], { seed: 3 }));
    expect(firstDifferent(other.network.getParameters(), first.network.getParameters())).not.toBe(-1);
  });

  test("a convex one ends where f32 shows no further decrease, at the same objective from any start", async () => {
    const ends: number[] = [];
    let unseen = 0;
    for (const start of [0, 0.5, -2]) {
      const network = softmaxRegression(INPUTS, CLASSES);
      network.setParameters(network.getParameters().map((_, i) => start * ((i % 7) - 3)));
      const { result } = await run({ iterations: 500, decay: 0.1 }, network);
      expect(result.status).toMatch(/^converged-(noise|reduction)$/);
      ends.push(result.value);
      // How far f32 may be from the objective there, and the decrease, promised by the slope, that ends a run.
      const rows = data.labels.map((_, r) => rowOf(data.rows, r, INPUTS));
      const judged = judgeParameters(toLogits(stepsOf(network).steps, CLASSES), rows, data.labels);
      unseen = Math.max(unseen, judged.lossBound / rows.length + 2 ** -24 * result.value);
    }
    expect(Math.max(...ends) - Math.min(...ends)).toBeLessThanOrEqual(2 * unseen);
    expect(ends).toHaveLength(3);
  });

  test("more decay leaves smaller kernels; one number is that number for each layer", async () => {
    const one = await run({ decay: 0.01 });
    expectSame(await run({ decay: [0.01, 0.01] }), one);
    const more = await run({ decay: [1, 0.01] });
    const first = ({ network }: Run) =>
      network
        .getParameters()
        .subarray(0, INPUTS * 5)
        .reduce((sum, w) => sum + w * w, 0);
    expect(first(more)).toBeLessThan(first(one));
  });
});

describe("a run that is stopped", () => {
  test("after any evaluation, and resumed, gives the bits and the reports of one that was not", async () => {
    const whole = await run({ iterations: 8 });
    let between = 0;
    for (let n = 0; n <= whole.result.evaluations; n++) {
      const part = await run({ iterations: 8, signal: abortedAt(n) });
      expect(part.result.evaluations).toBe(n);
      if (n < whole.result.evaluations) expect(part.result.status).toBe("running");
      if (part.result.state.trials > 1) between++;
      // What a checkpoint keeps: a copy of the state, and a network of any weights.
      const rest = await run({ iterations: 8, resume: structuredClone(part.result.state) });
      expectSame(rest, whole);
      expect([...part.progress, ...rest.progress]).toEqual(whole.progress);
    }
    expect(between).toBeGreaterThan(0); // some within a line search
  });

  test("may store a snapshot at each iteration, which is waited for, and goes on from any of them", async () => {
    const whole = await run({ iterations: 6 });
    const stored: FitResult["state"][] = [];
    await train(build(), data, {
      ...OPTIONS,
      iterations: 6,
      onIteration: async ({ iteration, snapshot }) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        stored.push(structuredClone(snapshot()));
        expect(stored).toHaveLength(iteration);
      },
    });
    expect(stored.map(({ iterations }) => iterations)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const resume of stored) expectSame(await run({ iterations: 6, resume }), whole);
  });

  test("leaves the network at the last iterate, before the first evaluation as it was", async () => {
    const untouched = await run({ signal: AbortSignal.abort() });
    expect(untouched.result).toMatchObject({ status: "running", iterations: 0, evaluations: 0 });
    expect(firstDifferent(untouched.network.getParameters(), build().getParameters())).toBe(-1);
    expectSame(await run({ resume: untouched.result.state }), await run({}));

    const controller = new AbortController();
    const network = build();
    const stopped = await train(network, data, {
      ...OPTIONS,
      signal: controller.signal,
      onIteration: ({ iteration }) => {
        if (iteration === 5) controller.abort();
      },
    });
    expect(stopped.iterations).toBe(5);
    const five = await run({ iterations: 5 });
    expect(firstDifferent(network.getParameters(), five.network.getParameters())).toBe(-1);
    expect(stopped.value).toBe(five.result.value);
  });
});

describe("phases on a part of the rows", () => {
  const PHASES = [
    { rows: 15, iterations: 5 },
    { rows: 30, iterations: 3 },
  ];
  const first = (rows: number) => ({ rows: data.rows.subarray(0, rows * INPUTS), labels: data.labels.slice(0, rows) });

  test("are runs on the first rows, each from where the last ended", async () => {
    const { network, result, progress } = await run({ phases: PHASES, iterations: 6 });
    const parts = build();
    await train(parts, first(15), { ...OPTIONS, iterations: 5 });
    await train(parts, first(30), { ...OPTIONS, iterations: 3 });
    const last = await train(parts, data, { ...OPTIONS, iterations: 6 });
    expect(firstDifferent(network.getParameters(), parts.getParameters())).toBe(-1);
    expect(result).toEqual({ ...last, state: { ...last.state, phase: 2 } });
    expect(progress.map(({ phase, iteration }) => [phase, iteration])).toEqual([
      ...[1, 2, 3, 4, 5].map((i) => [0, i]),
      ...[1, 2, 3].map((i) => [1, i]),
      ...[1, 2, 3, 4, 5, 6].map((i) => [2, i]),
    ]);
    expect(new Set(progress.map(({ phases, rows, iterations }) => `${phases} ${rows} ${iterations}`))).toEqual(
      new Set(["3 15 5", "3 30 3", "3 45 6"]),
    );
  });

  test("take all rows where they ask for more, and change the bits", async () => {
    const whole = await run({ iterations: 6 });
    const phased = await run({ phases: [{ rows: 1000, iterations: 4 }], iterations: 6 });
    expect(phased.progress.every(({ rows }) => rows === 45)).toBe(true);
    expect(firstDifferent(phased.network.getParameters(), whole.network.getParameters())).not.toBe(-1);
  });

  test("stopped after any evaluation, also between two, and resumed, give the bits and the reports of a whole run", async () => {
    const options = { phases: PHASES, iterations: 4 };
    const whole = await run(options);
    const phases = new Map<number, number>();
    let between = 0;
    for (let n = 0; ; n++) {
      const part = await run({ ...options, signal: abortedAt(n) });
      if (part.result.status !== "running") break;
      const { state } = part.result;
      phases.set(state.phase, (phases.get(state.phase) ?? 0) + 1);
      if (state.phase > 0 && state.evaluations === 0) {
        between++;
        // Resumed and stopped at once, the network is where the phase before ended.
        const again = await run({ ...options, resume: structuredClone(state), signal: AbortSignal.abort() });
        expect(firstDifferent(again.network.getParameters(), part.network.getParameters())).toBe(-1);
        expect(again.result).toEqual(part.result);
      }
      const rest = await run({ ...options, resume: structuredClone(state) });
      expectSame(rest, whole);
      expect([...part.progress, ...rest.progress]).toEqual(whole.progress);
    }
    expect([...phases.keys()]).toEqual([0, 1, 2]);
    expect(between).toBe(2);
  });

  test("go on from the snapshot of any iteration, the last of a phase too", async () => {
    const options = { phases: PHASES, iterations: 4 };
    const whole = await run(options);
    const stored: FitResult["state"][] = [];
    await train(build(), data, {
      ...OPTIONS,
      ...options,
      onIteration: ({ snapshot }) => void stored.push(structuredClone(snapshot())),
    });
    expect(stored.map(({ phase, iterations }) => [phase, iterations])).toEqual(
      whole.progress.map(({ phase, iteration }) => [phase, iteration]),
    );
    for (const resume of stored) expectSame(await run({ ...options, resume }), whole);
  });

  test("do not put off the refusal of a row that is not finite", async () => {
    const rows = data.rows.map((v, i) => (i === 44 * INPUTS ? Number.NaN : v));
    let iterations = 0;
    const refused = train(build(), { ...data, rows }, { phases: PHASES, onIteration: () => void iterations++ });
    expect(await rejectionOf(refused)).toBe("rows[264]: expected a finite number, got NaN");
    expect(iterations).toBe(0);
  });
});

describe("an objective that overflows", () => {
  /** Rows so large that kernels of ones take logits out of the range of f32. */
  const huge = { rows: data.rows.map((v) => v * 3.4e38), labels: data.labels };

  test("says so by an error of its own, as parameters do that are out of the range of f32", () => {
    const network = softmaxRegression(INPUTS, CLASSES);
    const at = (parameters: number) => () =>
      trainingObjective(network, huge, [0], new Float64Array(network.parameterCount).fill(parameters));
    expect(at(0)).not.toThrow();
    for (const parameters of [1, 1e39]) expect(at(parameters)).toThrow(NotFiniteError);
    expect(messageOf(at(1))).toBe("loss of row 0: expected finite numbers, got NaN");
    expect(messageOf(at(1e39))).toBe("fc1/kernel[0]: expected a finite f32, got 1e+39");
  });

  test("at the start is refused: there is nowhere to retreat to", async () => {
    const network = softmaxRegression(INPUTS, CLASSES);
    network.setParameters(network.getParameters().fill(1));
    const refused = rejectionOf(train(network, huge, {}));
    expect(await refused).toBe("loss of row 0: expected finite numbers, got NaN");
  });

  test("at a trial step makes the solver retreat, to the minimum within the range", async () => {
    // 1 / x + x / 4, which overflows outside of (0, 2.1): minimum 1 at x = 2. From 1.2 a step of length 1, the first, leaves it.
    let overflows = 0;
    const evaluate = (at: Float64Array) => {
      const x = at[0] as number;
      if (!(x > 0 && x < 2.1)) {
        overflows++;
        throw new NotFiniteError("x");
      }
      return { value: 1 / x + x / 4, gradient: Float64Array.of(1 / 4 - 1 / (x * x)), seen: {} };
    };
    let left = 0;
    const model = { setParameters: (x: Float64Array) => (left = x[0] as number) };
    const reports: number[] = [];
    const onIteration = ({ value }: { value: number }) => void reports.push(value);
    const result = await descend(new Lbfgs([1.2], { pgtol: 1e-9, factr: 0 }), model, evaluate, { onIteration });
    expect(overflows).toBeGreaterThan(0);
    expect(result.status).toBe("converged-gradient");
    expect(result.evaluations).toBeGreaterThan(result.iterations + overflows);
    expect(reports).toHaveLength(result.iterations);
    expect(reports.every(Number.isFinite)).toBe(true);
    // The slope there is (x - 2) / 4 to first order: 1e-9 of it is 4e-9 of x.
    expect(Math.abs(left - 2)).toBeLessThanOrEqual(8e-9);
  });

  test("in any other way is not swallowed", async () => {
    const evaluate = (at: Float64Array) => {
      if ((at[0] as number) < 1) throw new RangeError("not this one");
      return { value: (at[0] as number) ** 2, gradient: Float64Array.of(2 * (at[0] as number)), seen: {} };
    };
    const refused = rejectionOf(descend(new Lbfgs([1]), { setParameters: () => {} }, evaluate, {}));
    expect(await refused).toBe("not this one");
  });
});

describe("refusals", () => {
  const CASES: [string, object, FitOptions, string][] = [
    ["no rows", { rows: new Float32Array(0), labels: [] }, {}, "rows: expected at least one row of 6 values, got none"],
    ["ragged rows", { rows: new Float32Array(8) }, {}, "rows: expected rows of 6 values, got 8 values"],
    ["too few labels", { labels: [0] }, {}, "labels: expected 45 labels, one a row, got 1"],
    ["a label out of range", { labels: data.labels.map(() => 3) }, {}, "labels[0]: expected a label in [0, 2], got 3"],
    [
      "a pixel that is NaN",
      { rows: data.rows.map((v, i) => (i === 100 ? Number.NaN : v)) },
      {},
      "rows[100]: expected a finite number, got NaN",
    ],
    ["one lambda too many", {}, { decay: [1, 2, 3] }, "decay: expected one number, or 2, one a layer, got 3"],
    ["a negative lambda", {}, { decay: [0, -1] }, "decay[1]: expected a finite number >= 0, got -1"],
    ["a lambda that is NaN", {}, { decay: Number.NaN }, "decay[0]: expected a finite number >= 0, got NaN"],
    ["no iterations", {}, { iterations: 0 }, "iterations: expected a whole number >= 1, got 0"],
    ["phases that are no list", {}, { phases: 3 as never }, "phases: expected a list of { rows, iterations }, got 3"],
    ["a phase that is none", {}, { phases: [3 as never] }, "phases[0]: expected { rows, iterations }, got 3"],
    [
      "a phase on no rows",
      {},
      { phases: [{ rows: 0, iterations: 1 }] },
      "phases[0].rows: expected a whole number >= 1, got 0",
    ],
    [
      "a phase of no iterations",
      {},
      { phases: [{ rows: 1, iterations: 0 }] },
      "phases[0].iterations: expected a whole number >= 1, got 0",
    ],
    [
      "a phase with another option",
      {},
      { phases: [{ rows: 1, iterations: 1, memori: 2 } as never] },
      'phases[0]: expected options among rows, iterations, got "memori"',
    ],
    [
      "a state of a phase that there is not",
      {},
      { resume: { phase: 1 } as never },
      "resume.phase: expected a whole number in [0, 0], got 1",
    ],
    ["no memory", {}, { memory: 0 }, "memory: expected a whole number >= 1, got 0"],
  ];
  for (const [title, change, options, message] of CASES) {
    test(`${title}; the network stays as it was`, async () => {
      const network = build();
      expect(await rejectionOf(train(network, { ...data, ...change }, options))).toBe(message);
      expect(firstDifferent(network.getParameters(), build().getParameters())).toBe(-1);
    });
  }

  test("a state of another network", async () => {
    const { result } = await run({ iterations: 2, signal: abortedAt(2) });
    const other = softmaxRegression(INPUTS, CLASSES);
    expect(await rejectionOf(train(other, data, { resume: result.state }))).toBe(
      "parameters: expected 18 values, got 53",
    );
  });
});
