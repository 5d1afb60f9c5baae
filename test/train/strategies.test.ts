/** What a run trains on beside the data: examples fresh and from pools, at the input and at layers, and hard negatives. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { fullyConnected, type Network } from "../../src/model/index.ts";
import {
  adversarial,
  adversarialLayers,
  certified,
  errorRate,
  fit,
  hardNegatives,
  type MinibatchOptions,
  type MinibatchResult,
  STRATEGIES,
  type Strategy,
  type StrategySettings,
  strategyOf,
  Trainer,
  trades,
} from "../../src/train/index.ts";
import { ExampleMaker, lossGradientAt } from "../../src/train/perturb.ts";
import { requirePlaces } from "../../src/train/place.ts";
import { ExamplePool, type PoolAttack } from "../../src/train/pool.ts";
import { messageOf, rejectionOf } from "../message-of.ts";
import { blobs } from "../support/blobs.ts";
import { firstDifferent, U32 } from "../support/bounds.ts";
import { dense, networkOf, part } from "../support/networks.ts";

const INPUTS = 6;
const CLASSES = 3;
const data = blobs(45, INPUTS, CLASSES);
const build = () => fullyConnected([INPUTS, 5, 4, CLASSES], { seed: 2, gain: 2 });
const OPTIONS: MinibatchOptions = { optimizer: "adam", rate: 0.03, epochs: 6, batch: 10 };
const LBFGS = { pool: 20, attack: "lbfgs" } as const;

async function run(options: Partial<MinibatchOptions>, network = build()): Promise<[Network, MinibatchResult]> {
  return [network, await fit(network, data, { ...OPTIONS, ...options } as MinibatchOptions)];
}

/** A signal that is aborted at the n-th time it is looked at. */
function abortedAt(n: number): AbortSignal {
  let looked = 0;
  return Object.defineProperty(new AbortController().signal, "aborted", { get: () => looked++ >= n });
}

const CASES: [string, () => Strategy][] = [
  ["adversarial, fresh", () => adversarial({ radius: 0.2 })],
  ["adversarial, fresh, two steps", () => adversarial({ radius: 0.2, steps: 2 })],
  ["adversarial, by signs", () => adversarial({ attack: "sign", radius: 0.05 })],
  ["adversarial, from a pool", () => adversarial({ radius: 0.2, pool: 20, replace: 0.3 })],
  ["adversarial, from a pool by L-BFGS", () => adversarial(LBFGS)],
  ["adversarial-layers, fresh", () => adversarialLayers()],
  ["adversarial-layers, fresh, alternating", () => adversarialLayers({ alternate: true, warmUp: 2 })],
  ["adversarial-layers, from pools by L-BFGS", () => adversarialLayers({ ...LBFGS, replace: 0.5 })],
  ["trades", () => trades({ radius: 0.05, steps: 2 })],
  ["certified", () => certified({ epsilon: 0.02 })],
  ["hard-negatives", () => hardNegatives({ every: 2, share: 0.1 })],
];

describe("every strategy", () => {
  for (const [title, strategy] of CASES) {
    test(`${title}: learns, gives the same bits again, and stopped anywhere goes on to them`, async () => {
      const [network, whole] = await run({ strategy: strategy() });
      expect(whole.status).toBe("finished");
      expect(whole.records[5]?.loss).toBeLessThan(whole.records[0]?.loss as number);
      const again = await run({ strategy: strategy() });
      expect(firstDifferent(again[0].getParameters(), network.getParameters())).toBe(-1);
      for (const n of [0, 3, 9, 17, 26]) {
        const [, part] = await run({ strategy: strategy(), signal: abortedAt(n) });
        expect(part.status).toBe("running");
        const [resumed, rest] = await run({ strategy: strategy(), resume: structuredClone(part.state) });
        expect(firstDifferent(resumed.getParameters(), network.getParameters())).toBe(-1);
        expect(rest.records).toEqual(whole.records);
      }
    });
  }

  test("by its name and settings is the one made in code", async () => {
    const settings: StrategySettings = { name: "adversarial", radius: 0.2, pool: 20, replace: 0.3 };
    const [byName] = await run({ strategy: strategyOf(settings) });
    const [inCode] = await run({ strategy: adversarial({ radius: 0.2, pool: 20, replace: 0.3 }) });
    expect(firstDifferent(byName.getParameters(), inCode.getParameters())).toBe(-1);
    expect(STRATEGIES).toEqual([
      "plain",
      "dropout",
      "adversarial",
      "adversarial-layers",
      "hard-negatives",
      "trades",
      "certified",
    ]);
    expect(STRATEGIES.map((name) => strategyOf({ name }).name)).toEqual([
      "plain",
      "plain",
      "adversarial",
      "adversarial-layers",
      "hard-negatives",
      "trades",
      "certified",
    ]);
    expect(messageOf(() => strategyOf({ name: "mixup" } as never))).toMatch(
      /^strategy: expected plain, .*, got "mixup"$/,
    );
  });
});

describe("examples", () => {
  test("of no weight change nothing", async () => {
    const [plain] = await run({});
    const [weightless] = await run({ strategy: adversarial({ radius: 0.2, weight: 0 }) });
    expect(firstDifferent(weightless.getParameters(), plain.getParameters())).toBe(-1);
  });

  test("of no length at the input are the batch once more: with half the rate of SGD the same as none", async () => {
    const sgd = { optimizer: { name: "sgd", momentum: 0 }, epochs: 1, batch: 45 } as const;
    const [twice] = await run({ ...sgd, rate: 0.25, strategy: adversarial({ radius: 0 }) });
    const [once] = await run({ ...sgd, rate: 0.5 });
    // Both add the same sums of f32, one of them twice: exact but for the rounding of the weights.
    once.getParameters().forEach((w, i) => {
      expect(Math.abs(w - (twice.getParameters()[i] as number))).toBeLessThanOrEqual(4 * U32 * (1 + Math.abs(w)));
    });
  });

  for (const steps of [1, 3]) {
    test(`by ${steps} steps along the gradient stay in the box and within the radius, and raise the loss`, () => {
      const network = build();
      const radius = 0.3;
      for (const place of requirePlaces(
        network,
        [
          { layer: "input", radius },
          { layer: "fc2", radius },
        ],
        true,
      )) {
        const rows = place.layer === undefined ? data.rows : network.activations(data.rows, place.layer);
        const before = place.network.lossGradient(rows, data.labels);
        const examples = new Float32Array(rows.length);
        const along = lossGradientAt(place, data.labels);
        new ExampleMaker(place, "gradient", steps).make(rows, along, before.gradient, examples);
        const after = place.network.lossGradient(examples, data.labels);
        expect([...examples].every((v) => v >= 0 && v <= 1)).toBe(true);
        let longest = 0;
        for (let r = 0; r < data.labels.length; r++) {
          let squares = 0;
          for (let i = 0; i < place.width; i++) {
            const d = (examples[r * place.width + i] as number) - (rows[r * place.width + i] as number);
            squares += d * d;
          }
          longest = Math.max(longest, Math.sqrt(squares));
        }
        expect(longest).toBeLessThanOrEqual(radius * (1 + 32 * U32));
        expect(longest).toBeGreaterThan(radius / 2);
        const mean = (values: Float32Array) => values.reduce((sum, v) => sum + v, 0);
        expect(mean(after.loss)).toBeGreaterThan(mean(before.loss));
      }
    });
  }

  test("at a layer train what lies above it and nothing below", () => {
    const network = build();
    const trainer = new Trainer(network, data, { batch: 10, epochs: 1, seed: 0 });
    const [place] = requirePlaces(
      network,
      ["fc1"].map((layer) => ({ layer })),
      true,
    );
    if (!place) throw new Error("no place");
    trainer.addAt(place, network.activations(data.rows, "fc1"), data.labels);
    const sums = network.parameters.map((p) => {
      const values = network.workspace.arena.f32(trainer.sum.at(p), p.size);
      return [p.name, values.some((v) => v !== 0)];
    });
    expect(sums).toEqual([
      ["fc1/kernel", false],
      ["fc1/bias", false],
      ["fc2/kernel", true],
      ["fc2/bias", true],
      ["fc3/kernel", true],
      ["fc3/bias", true],
    ]);
  });

  test("boxes follow the activations", () => {
    const network = networkOf(
      [3],
      [
        dense("a", 3, 4, "sigmoid"),
        dense("b", 4, 4, "tanh"),
        dense("c", 4, 4, "relu"),
        dense("d", 4, 4, "linear"),
        dense("h", 4, 4, "hard_sigmoid"),
        dense("u", 4, 4, "linear"),
        part("ReLU", { name: "r", max_value: 2 }),
        dense("e", 4, 2, "softmax"),
      ],
    );
    const places = requirePlaces(
      network,
      ["input", "a", "b", "c", "d", "h", "r"].map((layer) => ({ layer })),
      true,
    );
    expect(places.map(({ lower, upper }) => [lower, upper])).toEqual([
      [0, 1],
      [0, 1],
      [-1, 1],
      [0, Infinity],
      [-Infinity, Infinity],
      [0, 1],
      [0, 2],
    ]);
    expect(places.map(({ radius }) => radius)).toEqual([0.8, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2]);
  });
});

describe("a pool", () => {
  const SIZE = 30;
  const STEP: PoolAttack = { name: "gradient", steps: 1 };
  const poolOf = (network: Network, attack: PoolAttack, layer = "input", radius?: number, index = 0) => {
    const options = [{ layer, ...(radius !== undefined && { radius }) }];
    const [place] = requirePlaces(network, options, attack.name === "gradient");
    if (!place) throw new Error("no place");
    return new ExamplePool(place, index, { network, data, size: SIZE, attack, seed: 4 });
  };

  test("replaces as many examples as it is told, others at each epoch, and takes every source before any again", async () => {
    const pool = poolOf(build(), STEP);
    await pool.replace(SIZE, 0, undefined);
    const width = INPUTS;
    let { rows } = pool.snapshot();
    const seen: string[] = [];
    for (const [epoch, count] of [
      [1, 7],
      [2, 7],
      [3, 0],
      [4, SIZE],
    ] as const) {
      await pool.replace(count, epoch, undefined);
      const now = pool.snapshot().rows;
      const changed = Array.from({ length: SIZE }, (_, i) => i).filter((i) => {
        return now.subarray(i * width, (i + 1) * width).some((v, k) => v !== rows[i * width + k]);
      });
      expect(changed).toHaveLength(count);
      seen.push(changed.join());
      rows = now;
    }
    expect(seen[0]).not.toBe(seen[1]);
    expect(pool.snapshot().made).toBe(2 * SIZE + 14);
  });

  test("labels each example as its source, which is nearer than any other row of another label mostly", async () => {
    const network = build();
    await fit(network, data, { optimizer: "adam", rate: 0.05, epochs: 60, batch: 10 });
    expect(errorRate(network, data.rows, data.labels)).toBe(0);
    const pool = poolOf(network, { name: "lbfgs", target: "random", bisections: 2 });
    await pool.replace(SIZE, 0, undefined);
    const { rows, labels } = pool.snapshot();
    expect([...rows].every((v) => v >= 0 && v <= 1)).toBe(true);
    // They are adversarial: labelled as the source, answered otherwise.
    expect(errorRate(network, rows, labels)).toBeGreaterThan(0.9);
    const counts = [0, 1, 2].map((label) => labels.filter((l) => l === label).length);
    expect(counts.every((count) => count > 0)).toBe(true);
  });

  test("draws examples of L-BFGS back to the radius, along their way, and leaves shorter ones alone", async () => {
    const network = build();
    await fit(network, data, { optimizer: "adam", rate: 0.05, epochs: 60, batch: 10 });
    // Attacks that stand still show where each example comes from.
    const [still, free, held] = [0, undefined, 0.3].map((radius) =>
      poolOf(network, { name: "lbfgs", target: "random", bisections: 2 }, "input", radius),
    ) as [ExamplePool, ExamplePool, ExamplePool];
    for (const pool of [still, free, held]) await pool.replace(SIZE, 0, undefined);
    const [from, to, at] = [still, free, held].map((pool) => pool.snapshot().rows) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const drawn = Array.from({ length: SIZE }, (_, i) => {
      const part = (rows: Float32Array) => rows.subarray(i * INPUTS, (i + 1) * INPUTS);
      const origin = part(from);
      const way = (rows: Float32Array) => Array.from(part(rows), (v, k) => v - (origin[k] as number));
      const length = (vector: readonly number[]) => Math.hypot(...vector);
      const [whole, short] = [way(to), way(at)];
      const share = Math.min(1, 0.3 / length(whole));
      // A sum of six squares, a root, a quotient, a product and a sum, each rounded.
      for (const [k, v] of short.entries()) expect(Math.abs(v - share * (whole[k] as number))).toBeLessThan(12 * U32);
      if (share === 1) expect(firstDifferent(part(at), part(to))).toBe(-1);
      return share < 1;
    });
    expect(new Set(drawn).size).toBe(2);
  });

  test("of another number in the run replaces others, from other sources, and is met in another order", async () => {
    const network = build();
    const seen = await Promise.all(
      [0, 0, 1].map(async (index) => {
        const pool = poolOf(network, STEP, "input", 1e-3, index);
        await pool.replace(SIZE, 0, undefined);
        const before = pool.snapshot();
        // Each example is a thousandth away from its source.
        const sources = Array.from({ length: SIZE }, (_, i) => {
          const of = (rows: Float32Array, k: number) => rows.subarray(k * INPUTS, (k + 1) * INPUTS);
          return data.labels.findIndex((__, k) =>
            of(before.rows, i).every((v, d) => Math.abs(v - (of(data.rows, k)[d] as number)) < 2e-3),
          );
        }).sort((a, b) => a - b);
        expect(sources[0]).toBeGreaterThanOrEqual(0);
        await pool.replace(SIZE / 3, 1, undefined);
        const { rows } = pool.snapshot();
        const replaced = Array.from({ length: SIZE }, (_, i) => i).filter((i) =>
          rows.subarray(i * INPUTS, (i + 1) * INPUTS).some((v, k) => v !== before.rows[i * INPUTS + k]),
        );
        // The same examples in every pool: what is drawn tells the order alone.
        pool.restore({ rows: rows.map((_, i) => Math.floor(i / INPUTS)), labels: before.labels, made: before.made });
        const order = pool.draw(0, SIZE).rows.filter((_, i) => i % INPUTS === 0);
        return { replaced: replaced.join(), sources: sources.join(), order: order.join() };
      }),
    );
    const [first, again, other] = seen;
    expect(again).toEqual(first);
    expect(other?.replaced).not.toBe(first?.replaced);
    expect(other?.sources).not.toBe(first?.sources);
    expect(other?.order).not.toBe(first?.order);
  });

  test("whose making is interrupted leaves the run before it, to go on from to the same bits", async () => {
    const strategy = () => adversarial({ ...LBFGS, replace: 1 });
    const [whole] = await run({ strategy: strategy() });
    const controller = new AbortController();
    // The pool is made, and then interrupted before it can be used.
    const interrupted: Strategy = {
      name: "interrupted",
      begin: (trainer) => {
        const inner = strategy().begin(trainer);
        return {
          ...inner,
          refresh: async (epoch, signal) => {
            await inner.refresh?.(epoch, signal);
            if (epoch < 3) return;
            controller.abort(new Error("enough"));
            signal?.throwIfAborted();
          },
        };
      },
    };
    const [, part] = await run({ strategy: interrupted, signal: controller.signal });
    expect(part).toMatchObject({ status: "running", epochs: 3, state: { epoch: 3, position: 0, isRefreshed: false } });
    const [resumed] = await run({ strategy: strategy(), resume: structuredClone(part.state) });
    expect(firstDifferent(resumed.getParameters(), whole.getParameters())).toBe(-1);
  });

  test("is drawn from in rounds: every example once before any again", async () => {
    const pool = poolOf(build(), STEP, "fc1");
    await pool.replace(SIZE, 0, undefined);
    const whole = pool.draw(0, SIZE);
    expect([...whole.labels].sort().join()).toBe([...pool.snapshot().labels].sort().join());
    const parts = [pool.draw(0, 11), pool.draw(11, 19)];
    expect(
      firstDifferent(
        parts.flatMap(({ rows }) => [...rows]),
        whole.rows,
      ),
    ).toBe(-1);
    const next = pool.draw(SIZE, SIZE);
    expect(firstDifferent(next.rows, whole.rows)).not.toBe(-1);
  });
});

describe("hard negatives", () => {
  test("what is wrong or least sure is met more often; a run ends when nothing improves", async () => {
    const network = build();
    const trainer = new Trainer(network, data, { batch: 10, epochs: 9, seed: 0 });
    const curriculum = hardNegatives({ every: 1, share: 0.2, patience: 2 }).begin(trainer);
    await curriculum.refresh?.(0, undefined);
    expect([...(curriculum.order?.(0) ?? [])].sort((a, b) => a - b)).toEqual([...Array(45).keys()]);
    await curriculum.refresh?.(1, undefined);
    const wrong = Array.from(data.labels, (_, i) => i).filter((i) => {
      return errorRate(network, data.rows.subarray(i * INPUTS, (i + 1) * INPUTS), [data.labels[i] as number]) > 0;
    });
    const order = [...(curriculum.order?.(1) ?? [])];
    const extras = [...Array(45).keys()].filter((i) => order.filter((row) => row === i).length === 2);
    expect(wrong.length).toBeGreaterThan(9);
    expect(extras).toEqual(wrong);
    expect(order).toHaveLength(45 + wrong.length);
    // The network does not change: two more collections improve nothing.
    expect(curriculum.isDone?.(2)).toBe(false);
    await curriculum.refresh?.(2, undefined);
    await curriculum.refresh?.(3, undefined);
    expect(curriculum.isDone?.(4)).toBe(true);
  });

  test("a run by a rate of zero ends as no-improvement", async () => {
    const [, result] = await run({ rate: 0, epochs: 20, strategy: hardNegatives({ every: 2, patience: 1 }) });
    expect(result).toMatchObject({ status: "no-improvement", epochs: 5 });
  });
});

describe("refusals", () => {
  const REFUSED: [string, () => Strategy, string][] = [
    [
      "a pool larger than the data",
      () => adversarial({ pool: 46 }),
      "pool: expected at most the 45 rows of the data, got 46",
    ],
    [
      "a rate outside [0, 1]",
      () => adversarial({ pool: 5, replace: 1.5 }),
      "replace: expected a number in [0, 1], got 1.5",
    ],
    [
      "a layer that does not exist",
      () => adversarialLayers({ places: ["fc9"] }),
      'places[0].layer: expected one of input, fc1, fc2, got "fc9"',
    ],
    ["the last layer", () => adversarialLayers({ places: ["fc3"] }), "layer: expected one below the last, got fc3"],
    ["no place", () => adversarialLayers({ places: [] }), "places: expected at least one, got none"],
    [
      "L-BFGS without a pool",
      () => adversarial({ attack: "lbfgs" }),
      "pool: expected a pool for examples by L-BFGS, got 0",
    ],
    [
      "another attack",
      () => adversarial({ attack: "fgsm" as never }),
      'attack: expected gradient, sign, lbfgs, noise, got "fgsm"',
    ],
    [
      "signs without a length",
      () => adversarial({ attack: "sign" }),
      "radius of sign: expected a number, got undefined",
    ],
    ["a negative radius", () => adversarial({ radius: -1 }), "places[0].radius: expected a finite number >= 0, got -1"],
    [
      "a share of hard negatives above 1",
      () => hardNegatives({ share: 2 }),
      "share: expected a number in [0, 1], got 2",
    ],
  ];
  for (const [title, strategy, message] of REFUSED) {
    test(title, async () => {
      expect(await rejectionOf(run({ strategy: strategy() }))).toBe(message);
    });
  }

  test("a box without ends for L-BFGS", async () => {
    const network = fullyConnected([INPUTS, 5, CLASSES], { activation: "relu" });
    const strategy = adversarialLayers({ ...LBFGS, places: ["fc1"] });
    expect(await rejectionOf(run({ strategy }, network))).toBe(
      "places: fc1: expected a finite box for L-BFGS (lower, upper), got [0, Infinity]",
    );
  });
});
