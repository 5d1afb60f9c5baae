/** TRADES: its loss by scores, the pass that takes it back, its examples, and what it does to a network. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { fullyConnected, GradientSum, type Network, type ScoreLoss } from "../../src/model/index.ts";
import { softmaxOf, tradesLoss } from "../../src/train/divergence.ts";
import { fit, Trainer, trades } from "../../src/train/index.ts";
import { messageOf, rejectionOf } from "../message-of.ts";
import { blobs } from "../support/blobs.ts";
import { firstDifferent, g, U64 } from "../support/bounds.ts";
import { expectDerivative, inner, moved } from "../support/central.ts";
import { dense, networkOf } from "../support/networks.ts";
import { noise32, noise64 } from "../support/noise.ts";

const CLASSES = 4;
const nothing = () => ({ rows: 0, loss: 0, errors: 0 });
const tallies = () => ({ data: nothing(), made: nothing() });

/** CE(z, y) + beta KL(p || q) as the paper writes it. */
function defined(z: Float64Array, other: Float64Array, label: number, beta: number): number {
  const softmax = (scores: Float64Array) => {
    const terms = Array.from(scores, (s) => Math.exp(s));
    return terms.map((term) => term / terms.reduce((sum, t) => sum + t, 0));
  };
  const [p, q] = [softmax(z), softmax(other)];
  const divergence = p.reduce((sum, share, k) => sum + share * Math.log(share / (q[k] as number)), 0);
  return beta * divergence - Math.log(p[label] as number);
}

describe("the loss of a pair", () => {
  test("has the slopes of central differences in f64, to both answers", () => {
    for (const [seed, beta] of [
      [1, 6],
      [2, 1],
      [3, 0.25],
    ] as const) {
      const label = seed % CLASSES;
      // Numbers that f32 holds: the loss takes scores as the network gives them.
      const scores = noise32(2 * CLASSES, seed, 2);
      const slopes = new Float32Array(2 * CLASSES);
      const value = tradesLoss([label], CLASSES, beta, tallies()).of(scores, slopes, 0);
      const at = (both: Float64Array) => defined(both.subarray(0, CLASSES), both.subarray(CLASSES), label, beta);
      const exact = Float64Array.from(scores);
      expect(Math.abs(value - at(exact))).toBeLessThanOrEqual(2 ** -40 * (1 + beta) * CLASSES);
      for (const part of [0, 1]) {
        // Along one answer at a time; the slopes are rounded to f32, which the smallest step of a derivative does not see.
        const direction = noise64(2 * CLASSES, seed + 10).map((v, i) => (Math.floor(i / CLASSES) === part ? v : 0));
        const rounded = g(1, 2 ** -24) * inner(slopes.map(Math.abs), direction.map(Math.abs));
        const slope = inner(slopes, direction);
        const size = (1 + beta) * 10 + rounded * (2 ** -13 / g(1000, U64));
        expectDerivative((t) => at(moved(exact, direction, t)), slope, size);
      }
    }
  });

  test("of the same row twice is the cross-entropy, and tells rows, examples and errors apart", () => {
    const scores = Float32Array.of(1, 3, 0, 0, 1, 3, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0);
    const tally = tallies();
    const slopes = new Float32Array(scores.length);
    const sum = tradesLoss([7, 1, 0], CLASSES, 6, tally).of(scores, slopes, 2); // the pairs of labels 1 and 0
    const { shares, logarithms } = softmaxOf(scores.subarray(0, CLASSES));
    expect(slopes.subarray(0, CLASSES)).toEqual(Float32Array.from(shares, (p, k) => p - Number(k === 1)));
    expect(slopes.subarray(CLASSES, 2 * CLASSES)).toEqual(new Float32Array(CLASSES));
    expect(tally.data).toMatchObject({ rows: 2, errors: 0 });
    expect(tally.made).toMatchObject({ rows: 2, errors: 1 });
    expect(sum).toBeGreaterThan(tally.data.loss);
    expect(tally.data.loss).toBeGreaterThan(-(logarithms[1] as number));
  });

  test("of scores far apart is finite", () => {
    const slopes = new Float32Array(2 * CLASSES);
    const scores = Float32Array.of(2000, 0, -2000, 0, 0, 2000, 0, 0);
    expect(Number.isFinite(tradesLoss([1], CLASSES, 6, tallies()).of(scores, slopes, 0))).toBe(true);
    expect([...slopes].every(Number.isFinite)).toBe(true);
  });
});

describe("a pass with a loss of one's own", () => {
  const network = networkOf([9], [dense("fc1", 9, 7, "sigmoid"), dense("fc2", 7, CLASSES, "softmax")]);
  const rows = noise32(300 * 9, 5).map(Math.abs) as Float32Array;
  const labels = Int32Array.from({ length: 300 }, (_, i) => i % CLASSES);
  const gradients = (sum: GradientSum, { parameters, workspace }: Network) =>
    Float32Array.from(parameters.flatMap((one) => Array.from(workspace.arena.f32(sum.at(one), one.size))));

  for (const group of [1, 2, 4]) {
    test(`adds the bits of addGradient where the loss is the cross-entropy, ${group} rows together`, () => {
      const shares = network.probabilities(rows);
      const loss: ScoreLoss = {
        group,
        of: (scores, slopes, first) => {
          expect(scores.length % (group * CLASSES)).toBe(0);
          for (let i = 0; i < slopes.length; i++) {
            const [row, k] = [first + Math.floor(i / CLASSES), i % CLASSES];
            slopes[i] = (shares[row * CLASSES + k] as number) - Number(labels[row] === k);
          }
          return 0;
        },
      };
      const [own, usual] = [0, 1].map(() => new GradientSum(network.workspace, network.parameters));
      network.addScoreGradient(rows, loss, own as GradientSum, { scale: 0.5 });
      network.addGradient(rows, labels, usual as GradientSum, { scale: 0.5 });
      expect(firstDifferent(gradients(own as GradientSum, network), gradients(usual as GradientSum, network))).toBe(-1);
    });
  }

  test("stops where the loss is not finite, and refuses rows that are no whole groups", () => {
    const sum = new GradientSum(network.workspace, network.parameters);
    let calls = 0;
    const loss: ScoreLoss = {
      group: 2,
      of: (_, slopes) => {
        slopes.fill(1);
        return calls++ === 0 ? 1 : Number.NaN;
      },
    };
    expect(network.addScoreGradient(rows, loss, sum)).toBeNaN();
    expect(calls).toBe(2); // 128 rows, the next 128; not the last 44
    expect(messageOf(() => network.addScoreGradient(rows.subarray(0, 27), loss, sum))).toBe(
      "rows: expected a multiple of 2, got 3",
    );
  });
});

describe("trades", () => {
  const data = blobs(60, 6, 3);
  const build = () => fullyConnected([6, 9, 3], { seed: 2, gain: 2 });

  test("moves examples within the radius and the box, to where the answer is another", () => {
    const network = build();
    const radius = 0.2;
    const trainer = new Trainer(network, data, { batch: 60, epochs: 1, seed: 3 });
    const seen: Float32Array[] = [];
    trainer.addScores = (rows) => {
      seen.push(rows.slice());
      return 0;
    };
    const { rows, labels } = { rows: data.rows, labels: Int32Array.from(data.labels) };
    const batch = { step: 0, steps: 1, indices: new Uint32Array(60), rows, labels };
    trades({ radius, steps: 5 }).begin(trainer).step(batch);
    const [pairs] = seen as [Float32Array];
    const divergenceAt = (example: (i: number) => number) => {
      const moved = Float32Array.from(rows, (_, i) => example(i));
      const [p, q] = [network.scores(rows), network.scores(moved)];
      let sum = 0;
      for (let row = 0; row < 60; row++) {
        const [a, b] = [p, q].map((scores) => Float64Array.from(scores.subarray(3 * row, 3 * row + 3)));
        sum +=
          defined(a as Float64Array, b as Float64Array, 0, 1) - defined(a as Float64Array, a as Float64Array, 0, 1);
      }
      return sum;
    };
    const example = (i: number) => pairs[Math.floor(i / 6) * 12 + 6 + (i % 6)] as number;
    rows.forEach((x, i) => {
      expect(pairs[Math.floor(i / 6) * 12 + (i % 6)]).toBe(x);
      expect(Math.abs(example(i) - x)).toBeLessThanOrEqual(radius + 2 ** -23);
      expect(example(i) >= 0 && example(i) <= 1).toBe(true);
    });
    const random = noise32(rows.length, 8);
    const anywhere = (i: number) => (rows[i] as number) + radius * Math.sign(random[i] as number);
    expect(divergenceAt(example)).toBeGreaterThan(2 * divergenceAt(anywhere));
  });

  test("answers nearly alike within the radius after it, which plain training does not", async () => {
    const changed = async (strategy: object) => {
      const network = build();
      await fit(network, data, { optimizer: "adam", rate: 0.03, epochs: 20, batch: 20, ...strategy });
      const { gradient } = network.lossGradient(data.rows, data.labels);
      const there = data.rows.map((x, i) => x + 0.15 * Math.sign(gradient[i] as number));
      const [p, q] = [network.probabilities(data.rows), network.probabilities(there)];
      return p.reduce((sum, share, k) => sum + Math.abs(share - (q[k] as number)), 0);
    };
    expect(await changed({ strategy: trades({ radius: 0.15 }) })).toBeLessThan(0.8 * (await changed({})));
  });

  test("refuses what it does not have", async () => {
    expect(messageOf(() => trades({ radios: 1 } as never))).toMatch(/^trades: expected .*got "radios"/);
    expect(messageOf(() => trades({ beta: -1 }))).toBe("beta: expected a finite number >= 0, got -1");
    expect(messageOf(() => trades({ steps: 0 }))).toMatch(/^steps: expected/);
    const options = { optimizer: "adam", strategy: trades({ radius: -1 }) } as const;
    expect(await rejectionOf(fit(build(), data, options))).toMatch(/radius: expected/);
  });
});
