/** Training by minibatches on tiny data: what a step is, that it learns, repeats itself to the bit, stops and goes on. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { fullyConnected, GradientSum, type Network, softmaxRegression, TRAINING_CHUNK } from "../../src/model/index.ts";
import {
  type EpochRecord,
  errorRate,
  fit,
  type MinibatchOptions,
  type MinibatchResult,
  type MinibatchState,
} from "../../src/train/index.ts";
import { permutation } from "../../src/train/order.ts";
import { rateAt } from "../../src/train/schedule.ts";
import { strategyOf } from "../../src/train/strategies/settings.ts";
import { messageOf, rejectionOf } from "../message-of.ts";
import { blobs } from "../support/blobs.ts";
import { firstBeyond, firstDifferent, g, U32 } from "../support/bounds.ts";
import { conv, dense, networkOf, part } from "../support/networks.ts";

const INPUTS = 6;
const CLASSES = 3;
const data = blobs(45, INPUTS, CLASSES);
const build = () => fullyConnected([INPUTS, 5, CLASSES], { seed: 2 });
const OPTIONS: MinibatchOptions = { optimizer: "adam", rate: 0.03, epochs: 4, batch: 10, decay: 1e-3 };

/** A signal that is aborted at the n-th time it is looked at. */
function abortedAt(n: number): AbortSignal {
  let looked = 0;
  return Object.defineProperty(new AbortController().signal, "aborted", { get: () => looked++ >= n });
}

function expectSame(actual: [Network, MinibatchResult], expected: [Network, MinibatchResult]): void {
  expect(firstDifferent(actual[0].getParameters(), expected[0].getParameters())).toBe(-1);
  expect(actual[1]).toEqual(expected[1]);
}

async function run(options: Partial<MinibatchOptions> = {}, network = build()): Promise<[Network, MinibatchResult]> {
  return [network, await fit(network, data, { ...OPTIONS, ...options } as MinibatchOptions)];
}

describe("memory", () => {
  const sizeOf = ({ workspace }: Network) => workspace.arena.memory.buffer.byteLength;
  const strategies = {
    plain: { name: "plain" },
    fresh: { name: "adversarial" },
    pooled: { name: "adversarial-layers", warmUp: 0 },
  } as const;

  for (const [name, settings] of Object.entries(strategies)) {
    test(`a thousand runs (${name}) take no more memory than the first two`, async () => {
      const network = fullyConnected([INPUTS, 40, CLASSES], { seed: 2 });
      const few = { rows: data.rows.subarray(0, 4 * INPUTS), labels: data.labels.slice(0, 4) };
      const sizes: number[] = [];
      for (let i = 0; i < (name === "plain" ? 1000 : 100); i++) {
        const optimizer = i % 2 === 0 ? "adam" : "sgd";
        const pool = name === "pooled" ? { ...settings, pool: 3 } : settings;
        await fit(network, few, { optimizer, epochs: 1, batch: 4, strategy: strategyOf(pool) });
        sizes.push(sizeOf(network));
      }
      expect(new Set(sizes.slice(2)).size).toBe(1);
      expect(sizes.at(-1)).toBe(sizes[1]);
    });
  }

  test("a run that throws gives its memory back", async () => {
    const network = fullyConnected([INPUTS, 200, CLASSES], { seed: 2 });
    const failing: MinibatchOptions = {
      ...OPTIONS,
      epochs: 1,
      onEpoch: () => {
        throw new Error("stop here");
      },
    };
    const sizes: number[] = [];
    for (let i = 0; i < 60; i++) {
      await expect(fit(network, data, failing)).rejects.toThrow("stop here");
      const unfit = { ...OPTIONS, strategy: strategyOf({ name: "adversarial", pool: 999 }) };
      await expect(fit(network, data, unfit)).rejects.toThrow("pool: expected at most the 45 rows");
      sizes.push(sizeOf(network));
    }
    expect(sizes.at(-1)).toBe(sizes[1]);
  });

  test("a snapshot after the run has ended is refused: its memory is another's by then", async () => {
    let snapshot: (() => MinibatchState) | undefined;
    const onEpoch: NonNullable<MinibatchOptions["onEpoch"]> = (_, take) => {
      snapshot = take;
    };
    await run({ onEpoch });
    expect(messageOf(() => snapshot?.())).toBe(
      "snapshot: expected a run that has not ended, got one that has: its result holds the state",
    );
  });
});

describe("a pass of training", () => {
  test(`adds the gradients of chunks of ${TRAINING_CHUNK} rows one after another, each scaled, to the bit`, () => {
    const network = build();
    const many = blobs(2 * TRAINING_CHUNK + 7, INPUTS, CLASSES);
    const sum = new GradientSum(network.workspace, network.parameters);
    const scale = Math.fround(0.3);
    const { loss, errors } = network.addGradient(many.rows, many.labels, sum, { scale });
    const expected = new Float32Array(network.parameterCount);
    let [wrong, total] = [0, 0];
    for (let first = 0; first < many.labels.length; first += TRAINING_CHUNK) {
      const end = Math.min(first + TRAINING_CHUNK, many.labels.length);
      const chunk = network.parameterGradient(
        many.rows.subarray(first * INPUTS, end * INPUTS),
        many.labels.slice(first, end),
      );
      chunk.gradient.forEach((value, i) => {
        expected[i] = (expected[i] as number) + Math.fround(scale * value);
      });
      wrong += chunk.errors;
      total += chunk.loss;
    }
    const found = network.parameters.flatMap((p) => [...network.workspace.arena.f32(sum.at(p), p.size)]);
    expect(firstDifferent(found, expected)).toBe(-1);
    expect(errors).toBe(wrong);
    expect(Math.abs(loss - total)).toBeLessThanOrEqual(g(many.labels.length, 2 ** -53) * total);
  });
});

describe("one step over all rows", () => {
  const before = build().getParameters();
  const { gradient } = build().parameterGradient(data.rows, data.labels);
  const isKernel = build().parameters.flatMap(({ shape, size }) => new Array<boolean>(size).fill(shape.length > 1));
  const decay = 0.1;
  /** The order of the rows is shuffled: f32 sums of 45 terms, each at most the largest row's share, taken in two orders. */
  const each = data.labels.map((label, r) =>
    build()
      .parameterGradient(data.rows.subarray(r * INPUTS, (r + 1) * INPUTS), [label])
      .gradient.map(Math.abs),
  );
  const sizes = Array.from(before, (_, i) => each.reduce((sum, row) => sum + (row[i] as number), 0) / 45);

  test("of SGD is rate times the gradient of the mean loss and decay of kernels", async () => {
    const [network] = await run({ optimizer: "sgd", rate: 0.5, epochs: 1, batch: 45, decay });
    const slopes = Array.from(before, (w, i) => (gradient[i] as number) / 45 + (isKernel[i] ? decay * w : 0));
    const expected = Array.from(before, (w, i) => w - 0.5 * (slopes[i] as number));
    const bound = Array.from(before, (w, i) => {
      return (
        0.5 * (2 * g(100, U32) * (sizes[i] as number) + g(4, U32) * decay * Math.abs(w)) + 2 * U32 * Math.abs(w) + U32
      );
    });
    expect(firstBeyond(network.getParameters(), expected, bound)).toBe(-1);
  });

  test("of Adam, the first, is the rate in the direction of each slope", async () => {
    const rate = 0.01;
    const [network] = await run({ rate, epochs: 1, batch: 45, decay: 0 });
    let judged = 0;
    network.getParameters().forEach((after, i) => {
      const slope = (gradient[i] as number) / 45;
      // Where the slope stands well above its rounding and above epsilon, |g| / (|g| + 1e-8) is 1 but for both.
      const doubt = (2 * g(100, U32) * (sizes[i] as number) + 1e-8) / Math.abs(slope);
      if (doubt > 1e-3) return;
      judged++;
      const moved = (before[i] as number) - after;
      const rounding = 2 * U32 * Math.abs(before[i] as number);
      expect(Math.abs(moved - rate * Math.sign(slope))).toBeLessThanOrEqual(rate * (doubt + g(10, U32)) + rounding);
    });
    expect(judged).toBeGreaterThan(before.length / 2);
  });
});

describe("a run", () => {
  for (const optimizer of ["sgd", "adam", { name: "sgd", momentum: 0.5, nesterov: true }] as const) {
    test(`learns by ${JSON.stringify(optimizer)}: loss and errors fall, records say how`, async () => {
      const validation = blobs(30, INPUTS, CLASSES, 1);
      const rate = optimizer === "adam" ? 0.03 : optimizer === "sgd" ? 0.2 : 0.8;
      const [network, result] = await run({ optimizer, rate, epochs: 40, schedule: "cosine", validation });
      expect(result).toMatchObject({ status: "finished", epochs: 40, steps: 200 });
      expect(result.records.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
      const [first, last] = [result.records[0] as EpochRecord, result.records[39] as EpochRecord];
      expect(last.loss).toBeLessThan(first.loss / 2);
      expect(last.error).toBe(0);
      expect(errorRate(network, data.rows, data.labels)).toBe(0);
      expect(last.validationError).toBe(errorRate(network, validation.rows, validation.labels));
      expect(last.rate).toBeLessThan(1e-3 * rate);
    });
  }

  test("gives the same bits again; others from another seed, batch or order of layers' decay", async () => {
    const first = await run();
    expectSame(await run(), first);
    expectSame(await run({ decay: [1e-3, 1e-3] }), first);
    for (const other of [{ seed: 1 }, { batch: 9 }, { decay: [1e-3, 0] }, { schedule: "linear" }] as const) {
      expect(firstDifferent((await run(other))[0].getParameters(), first[0].getParameters())).not.toBe(-1);
    }
  });

  test("of a convolutional network with pooling learns", async () => {
    const shape = [4, 4, 1];
    const images = blobs(60, 16, CLASSES);
    const network = networkOf(
      shape,
      [
        conv(
          "Conv2D",
          { name: "c", filters: 4, kernel_size: [2, 2], activation: "relu" },
          { kernel: [2, 2, 1, 4], bias: [4] },
        ),
        part("MaxPooling2D", { name: "p", pool_size: [3, 3], strides: [1, 1] }),
        part("Flatten", { name: "f" }),
        conv("Dense", { name: "d", units: 3, activation: "softmax" }, { kernel: [4, 3], bias: [3] }),
      ],
      0.5,
    );
    const { records } = await fit(network, images, { optimizer: "adam", rate: 0.02, epochs: 60, batch: 12 });
    expect((records.at(-1) as EpochRecord).loss).toBeLessThan(0.7 * (records[0] as EpochRecord).loss);
  });

  test("without a rate is Adam's 1e-3 or SGD's 0.1; a batch larger than the data is all of it", async () => {
    const { rate: _, ...rest } = OPTIONS;
    const adam = await fit(build(), data, { ...rest, batch: 1000 } as MinibatchOptions);
    expect(adam.steps).toBe(4);
    expect(adam.records[0]?.rate).toBe(1e-3);
    expect((await fit(build(), data, { optimizer: "sgd", epochs: 1 })).records[0]?.rate).toBe(0.1);
  });
});

describe("a run that is stopped", () => {
  for (const dropout of [undefined, [0.2, 0.3]]) {
    test(`after any step, and resumed, gives the bits of one that was not, ${dropout ? "with" : "without"} dropout`, async () => {
      const made = () => fullyConnected([INPUTS, 5, CLASSES], { seed: 2, ...(dropout && { dropout }) });
      const whole = await run({}, made());
      let stopped = 0;
      for (let n = 0; n < 100; n++) {
        const [, part] = await run({ signal: abortedAt(n) }, made());
        if (part.status === "finished") break;
        stopped++;
        expect(part.status).toBe("running");
        expectSame(await run({ resume: structuredClone(part.state) }, made()), whole);
      }
      expect(stopped).toBeGreaterThan(20); // 20 steps, and between epochs
    });
  }

  test("may go on from the snapshot of any epoch, which is waited for", async () => {
    const whole = await run();
    const stored: MinibatchState[] = [];
    await run({
      onEpoch: async (record, snapshot) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        stored.push(structuredClone(snapshot()));
        expect(stored).toHaveLength(record.epoch);
      },
    });
    for (const resume of stored) expectSame(await run({ resume }), whole);
    expect(stored).toHaveLength(4);
  });

  test("by an overflow goes back to the epoch before and says so", async () => {
    let good: Float32Array | undefined;
    const network = build();
    const [, result] = await run(
      {
        optimizer: "sgd",
        rate: 0.1,
        epochs: 9,
        onEpoch: ({ epoch }) => {
          if (epoch !== 3) return;
          good = network.getParameters();
          // From here on every step multiplies the weights.
          for (const { at, size } of network.parameters) network.workspace.arena.f32(at, size).fill(3e38);
          network.parametersChanged();
        },
      },
      network,
    );
    expect(result.status).toBe("diverged");
    expect(result.epochs).toBe(3);
    expect(result.records).toHaveLength(3);
    expect(good).toBeDefined();
    expect([...network.getParameters()].every(Number.isFinite)).toBe(true);
  });

  test("by a rate that throws the weights out of f32 ends as diverged, at the parameters it began with", async () => {
    const [network, result] = await run({ optimizer: "sgd", rate: 1e38, decay: 10, epochs: 3 });
    expect(result).toMatchObject({ status: "diverged", epochs: 0, records: [] });
    expect(firstDifferent(network.getParameters(), build().getParameters())).toBe(-1);
  });

  test("by a gradient to the rows that overflows ends as diverged, though every loss is finite", async () => {
    const layers = [dense("a", INPUTS, 1, "linear", false), dense("b", 1, 2, "softmax", false)];
    const network = networkOf([INPUTS], layers);
    const parameters = new Float32Array(INPUTS + 2).fill(1e25).fill(-1e25, INPUTS + 1);
    network.setParameters(parameters);
    const zeros = { rows: new Float32Array(4 * INPUTS), labels: [0, 1, 0, 1] };
    expect(network.score(zeros.rows, zeros.labels).loss / 4).toBeCloseTo(Math.LN2);
    const strategy = strategyOf({ name: "adversarial" });
    const result = await fit(network, zeros, { ...OPTIONS, strategy });
    expect(result).toMatchObject({ status: "diverged", epochs: 0, records: [] });
    expect(firstDifferent(network.getParameters(), parameters)).toBe(-1);
  });
});

describe("orders and rates", () => {
  test("an epoch's order has every row once, another for another epoch or seed", () => {
    const orders = [permutation(100, 1, 5, 0), permutation(100, 1, 5, 1), permutation(100, 2, 5, 0)];
    for (const order of orders) expect([...order].sort((a, b) => a - b)).toEqual([...Array(100).keys()]);
    expect(new Set(orders.map((order) => order.join())).size).toBe(3);
  });

  test("every position is equally likely for every row, within four standard deviations", () => {
    const [n, rounds] = [5, 2000];
    const counts = Array.from({ length: n }, () => new Array<number>(n).fill(0));
    for (let round = 0; round < rounds; round++) {
      permutation(n, 3, 5, round).forEach((row, place) => {
        (counts[row] as number[])[place] = ((counts[row] as number[])[place] as number) + 1;
      });
    }
    const deviation = Math.sqrt((rounds / n) * (1 - 1 / n));
    for (const count of counts.flat()) expect(Math.abs(count - rounds / n)).toBeLessThan(4 * deviation);
  });

  test("schedules fall as they say", () => {
    expect(rateAt("constant", 0.5, 7, 10, 3)).toBe(0.5);
    expect(rateAt("linear", 0.5, 5, 10, 0)).toBe(0.25);
    expect(rateAt("cosine", 0.5, 0, 10, 0)).toBe(0.5);
    expect(rateAt("cosine", 0.5, 5, 10, 0)).toBeCloseTo(0.25, 15);
    const step = { name: "step", every: 3, factor: 0.5 } as const;
    expect([0, 2, 3, 5, 6].map((epoch) => rateAt(step, 1, 0, 10, epoch))).toEqual([1, 1, 0.5, 0.5, 0.25]);
  });
});

describe("refusals", () => {
  const CASES: [string, object, string][] = [
    ["an optimiser of another name", { optimizer: "rmsprop" }, 'optimizer: expected lbfgs, sgd, adam, got "rmsprop"'],
    ["a rate below zero", { rate: -1 }, "rate: expected a finite number >= 0, got -1"],
    ["no epochs", { epochs: 0 }, "epochs: expected a whole number >= 1, got 0"],
    ["no rows in a batch", { batch: 0 }, "batch: expected a whole number >= 1, got 0"],
    [
      "a momentum of 1",
      { optimizer: { name: "sgd", momentum: 1 } },
      "optimizer.momentum: expected a number below 1, got 1",
    ],
    ["no epsilon", { optimizer: { name: "adam", epsilon: 0 } }, "optimizer.epsilon: expected a number above 0, got 0"],
    [
      "a schedule of another name",
      { schedule: "exponential" },
      'schedule: expected constant, linear, cosine or { name: "step", every, factor }, got "exponential"',
    ],
    [
      "a factor above 1",
      { schedule: { name: "step", every: 1, factor: 2 } },
      "schedule.factor: expected a number in [0, 1], got 2",
    ],
    ["a seed below zero", { seed: -1 }, "seed: expected a whole number >= 0, got -1"],
    [
      "validation rows of another width",
      { validation: { rows: new Float32Array(5), labels: [0] } },
      "validation.rows: expected rows of 6 values, got 5 values",
    ],
    ["one lambda too many", { decay: [1, 2, 3] }, "decay: expected one number, or 2, one a layer, got 3"],
  ];
  for (const [title, options, message] of CASES) {
    test(`${title}; the network stays as it was`, async () => {
      const network = build();
      expect(await rejectionOf(run(options, network))).toBe(message);
      expect(firstDifferent(network.getParameters(), build().getParameters())).toBe(-1);
    });
  }

  test("a state of another network or another optimiser", async () => {
    const [, { state }] = await run({ signal: abortedAt(3) });
    const other = softmaxRegression(INPUTS, CLASSES);
    expect(await rejectionOf(run({ resume: state, decay: 0 }, other))).toBe("parameters: expected 18 values, got 53");
    expect(await rejectionOf(run({ resume: state, optimizer: "sgd" }))).toBe(
      "resume: expected a state of sgd, got one of adam",
    );
  });
});
