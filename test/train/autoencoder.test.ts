/** The sparse autoencoder's objective against f64 and finite differences, and its training on tiny data. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { Autoencoder, DECODERS } from "../../src/model/index.ts";
import {
  autoencoderObjective,
  type FitAutoencoderOptions,
  fitAutoencoder,
  type RunResult,
} from "../../src/train/index.ts";
import { messageOf, rejectionOf } from "../message-of.ts";
import { autoencoderSteps, meanCode, objective } from "../oracle/autoencoder.ts";
import { forward } from "../oracle/network.ts";
import { judgeAutoencoder } from "../support/autoencoder-bounds.ts";
import { blobs } from "../support/blobs.ts";
import { firstBeyond, firstDifferent, g, U64 } from "../support/bounds.ts";
import { judgeForward } from "../support/network-bounds.ts";
import { rowOf } from "../support/network-steps.ts";
import { noise64 } from "../support/noise.ts";

const [INPUTS, UNITS, COUNT] = [9, 5, 37];
const SPARSITY = { decay: 0.02, beta: 0.7, target: 0.2 };
const { rows } = blobs(COUNT, INPUTS, 3);
const each = Array.from({ length: COUNT }, (_, r) => rowOf(rows, r, INPUTS));
const build = (decoder: "sigmoid" | "linear" = "sigmoid") =>
  new Autoencoder({ inputs: INPUTS, units: UNITS, decoder, seed: 3 });

for (const decoder of DECODERS) {
  describe(`the objective with a ${decoder} decoder`, () => {
    const parameters = noise64(build().parameterCount, 4);
    const rounded = Float64Array.from(Float32Array.from(parameters));
    const steps = autoencoderSteps(rounded, INPUTS, UNITS, decoder);
    const isDecayed = build().parameters.flatMap(({ shape, size }) => new Array<boolean>(size).fill(shape.length > 1));
    const judged = judgeAutoencoder(steps, each, SPARSITY);

    test("value, error, activation and gradient are within the bound of f64", () => {
      const autoencoder = build(decoder);
      const found = autoencoderObjective(autoencoder, rows, SPARSITY, rounded);
      const value = objective(steps, each, SPARSITY);
      const rounding = g(parameters.length + 8, U64);
      expect(firstBeyond([found.value], [value], [judged.valueBound + rounding * value])).toBe(-1);
      const without = objective(steps, each, { ...SPARSITY, decay: 0, beta: 0 });
      expect(firstBeyond([found.error], [without], [judged.valueBound + rounding * value])).toBe(-1);
      const means = meanCode(steps, each);
      expect(found.activation).toBeCloseTo(means.reduce((sum, q) => sum + q, 0) / UNITS, 6);
      const decayOf = (i: number) => (isDecayed[i] ? SPARSITY.decay * (rounded[i] as number) : 0);
      const gradient = judged.gradient.value.map((v, i) => v / COUNT + decayOf(i));
      const bound = judged.gradient.bound.map(
        (e, i) => e / COUNT + rounding * (Math.abs(gradient[i] as number) + Math.abs(decayOf(i))),
      );
      expect(firstBeyond(found.gradient, gradient, bound)).toBe(-1);
      expect(firstDifferent(autoencoder.getParameters(), Float32Array.from(parameters))).toBe(-1);
    });

    test("the gradient is the slope of central differences of the oracle along random directions", () => {
      const { gradient } = autoencoderObjective(build(decoder), rows, SPARSITY, rounded);
      let directions = 0;
      for (const seed of [1, 2, 3]) {
        const direction = noise64(parameters.length, seed);
        const at = (t: number) => {
          const moved = rounded.map((w, i) => w + t * (direction[i] as number));
          return objective(autoencoderSteps(moved, INPUTS, UNITS, decoder), each, SPARSITY);
        };
        const h = 2 ** -12;
        const difference = (step: number) => (at(step) - at(-step)) / (2 * step);
        const [coarse, fine] = [difference(2 * h), difference(h)];
        const predicted = gradient.reduce((sum, v, i) => sum + v * (direction[i] as number), 0);
        // The error of the fine difference is a third of what the two differ by; rounding; the autoencoder's own error.
        const rounding = (g(1000, U64) * at(0)) / h;
        const own = judged.gradient.bound.reduce(
          (sum, e, i) => sum + (e / COUNT) * Math.abs(direction[i] as number),
          0,
        );
        expect(Math.abs(fine - predicted)).toBeLessThanOrEqual(Math.abs(coarse - fine) + rounding + own);
        directions++;
      }
      expect(directions).toBe(3);
    });
  });
}

describe("an autoencoder", () => {
  test("says of each row what the oracle says, over more than a batch", () => {
    const autoencoder = build();
    const steps = autoencoderSteps(autoencoder.getParameters(), INPUTS, UNITS, "sigmoid");
    const many = blobs(300, INPUTS, 3).rows;
    const codes = autoencoder.encode(many);
    const judged = Array.from({ length: 300 }, (_, r) => judgeForward(steps, rowOf(many, r, INPUTS))[2]);
    const [values, bounds] = (["value", "bound"] as const).map((key) => judged.flatMap((j) => [...(j?.[key] ?? [])]));
    expect(firstBeyond(codes, values ?? [], bounds ?? [])).toBe(-1);
    expect(forward(steps, rowOf(many, 0, INPUTS))[2]).toHaveLength(UNITS);
  });

  test("begins with biases of zero and kernels within UFLDL's limit, seeded", () => {
    const autoencoder = build();
    const limit = Math.sqrt(6 / (INPUTS + UNITS + 1));
    let at = 0;
    for (const { shape, size, name } of autoencoder.parameters) {
      const values = autoencoder.getParameters().subarray(at, at + size);
      if (shape.length === 1) expect([...values].every((v) => v === 0)).toBe(true);
      else expect(Math.max(...values.map(Math.abs)), name).toBeGreaterThan(limit / 2);
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(limit);
      at += size;
    }
    expect(firstDifferent(build().getParameters(), autoencoder.getParameters())).toBe(-1);
    const other = new Autoencoder({ inputs: INPUTS, units: UNITS, seed: 4 });
    expect(firstDifferent(other.getParameters(), autoencoder.getParameters())).not.toBe(-1);
  });
});

const OPTIONS: FitAutoencoderOptions = { ...SPARSITY, iterations: 25, memory: 4 };

interface Run {
  autoencoder: Autoencoder;
  result: RunResult;
  progress: { iteration: number; value: number; error: number; activation: number }[];
}

async function run(options: FitAutoencoderOptions): Promise<Run> {
  const autoencoder = build();
  const progress: Run["progress"] = [];
  const result = await fitAutoencoder(autoencoder, rows, {
    ...OPTIONS,
    ...options,
    onIteration: ({ iteration, value, error, activation }) => {
      progress.push({ iteration, value, error, activation });
    },
  });
  return { autoencoder, result, progress };
}

/** A signal that is aborted at the n-th time it is looked at. */
function abortedAt(n: number): AbortSignal {
  let looked = 0;
  const signal = new AbortController().signal;
  return Object.defineProperty(signal, "aborted", { get: () => looked++ >= n });
}

describe("fitAutoencoder", () => {
  test("lowers the objective at each iteration, and brings the activations to the target as beta grows", async () => {
    const { progress, result } = await run({ iterations: 60 });
    const values = progress.map(({ value }) => value);
    expect(values.length).toBeGreaterThan(20);
    expect(values.every((value, i) => i === 0 || value < (values[i - 1] as number))).toBe(true);
    expect(result.value).toBe(values.at(-1));
    const away = async (beta: number) =>
      Math.abs(((await run({ beta })).progress.at(-1)?.activation as number) - SPARSITY.target);
    expect(await away(50)).toBeLessThan(await away(0.01));
  });

  test("stopped after any evaluation and resumed, gives the bits and the reports of a run that was not", async () => {
    const whole = await run({ iterations: 6 });
    for (let n = 0; n <= whole.result.evaluations; n++) {
      const part = await run({ iterations: 6, signal: abortedAt(n) });
      expect(part.result.evaluations).toBe(n);
      const rest = await run({ iterations: 6, resume: structuredClone(part.result.state) });
      expect(rest.result).toEqual(whole.result);
      expect(firstDifferent(rest.autoencoder.getParameters(), whole.autoencoder.getParameters())).toBe(-1);
      expect([...part.progress, ...rest.progress]).toEqual(whole.progress);
    }
    expect(whole.progress.map(({ iteration }) => iteration)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("refuses rows and options that are none", async () => {
    const refusal = (change: FitAutoencoderOptions, data: Float32Array = rows) =>
      rejectionOf(fitAutoencoder(build(), data, { ...OPTIONS, ...change }));
    expect(await refusal({}, rows.subarray(1))).toBe("rows: expected rows of 9 values, got 332 values");
    expect(await refusal({ target: 0 })).toMatch(/^target: expected a number in \[/);
    expect(await refusal({ target: 1 })).toMatch(/^target: expected a number in \[/);
    expect(await refusal({ beta: -1 })).toBe("beta: expected a finite number >= 0, got -1");
    expect(await refusal({ decay: Number.NaN })).toBe("decay: expected a finite number >= 0, got NaN");
    expect(await refusal({ iterations: 0 })).toBe("iterations: expected a whole number >= 1, got 0");
    expect(await refusal({ memory: 0 })).toBe("memory: expected a whole number >= 1, got 0");
    const spoilt = rows.map((v, i) => (i === 40 ? Number.POSITIVE_INFINITY : v));
    expect(await refusal({}, spoilt)).toBe("rows[40]: expected a finite number, got Infinity");
    expect(messageOf(() => new Autoencoder({ decoder: "tanh" as never }))).toBe(
      'decoder: expected one of sigmoid, linear, got "tanh"',
    );
    expect(messageOf(() => new Autoencoder({ units: 0 }))).toBe("units: expected a whole number >= 1, got 0");
  });
});

describe("prepared rows", () => {
  // Batches of 128 rows: sparse ones, a dense one, and one that is not full.
  const [inputs, count] = [24, 300];
  const some = Float32Array.from(noise64(count * inputs, 8), (v, i) =>
    (i >= 128 * inputs && i < 256 * inputs) || i % 6 === 0 ? Math.abs(v) : 0,
  );
  const autoencoder = new Autoencoder({ inputs, units: 7, seed: 3 });
  const at = Float64Array.from(autoencoder.getParameters());

  test("give the bits of the rows themselves, however often", () => {
    const expected = autoencoderObjective(autoencoder, some, SPARSITY, at);
    const prepared = autoencoder.prepare(some);
    expect([...prepared.sparse.keys()]).toEqual([0, 256]);
    for (let i = 0; i < 2; i++) {
      const { gradient, ...found } = autoencoderObjective(autoencoder, prepared, SPARSITY, at);
      expect(found).toEqual({ value: expected.value, error: expected.error, activation: expected.activation });
      expect(firstDifferent(gradient, expected.gradient)).toBe(-1);
    }
    // Another set in between leaves nothing behind.
    autoencoderObjective(autoencoder, some.subarray(0, 5 * inputs), SPARSITY, at);
    expect(autoencoderObjective(autoencoder, prepared, SPARSITY, at).value).toBe(expected.value);
  });

  test("are refused by an autoencoder of other batches, and where a number is not finite", () => {
    const other = new Autoencoder({ inputs, units: 200_000 });
    expect(messageOf(() => other.parameterGradient(autoencoder.prepare(some), (means) => means))).toMatch(
      /^rows: expected rows prepared in batches of \d+, got batches of 128$/,
    );
    const bad = some.slice();
    bad[130] = Number.NaN;
    expect(messageOf(() => autoencoder.prepare(bad))).toBe("rows[130]: expected a finite number, got NaN");
  });
});
