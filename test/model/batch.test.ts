/** What a row or a set of rows is answered depends on no batch: which rows stand beside it, and how many at a time. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { GRADIENT_CHUNK, type Network } from "../../src/model/index.ts";
import { Random } from "../../src/numeric/random.ts";
import { firstDifferent } from "../support/bounds.ts";
import { CONV_NETWORKS } from "../support/conv-networks.ts";
import { rowOf } from "../support/network-steps.ts";
import { dense, networkOf, part } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";

const BATCHES = [1, 2, 3, 4, 5, 7, 8, 63, 64, 65, 129];
const POOL = 200;

const NETWORKS: readonly [string, Network][] = [
  [
    "13-9-17-10, ragged in every direction",
    networkOf([13], [dense("fc1", 13, 9, "sigmoid"), dense("fc2", 9, 17, "tanh"), dense("fc3", 17, 10, "softmax")]),
  ],
  ["16-8-8, whole panels", networkOf([16], [dense("fc1", 16, 8, "relu"), dense("fc2", 8, 8, "softmax")])],
  [
    "Dense on three vectors a row",
    networkOf(
      [3, 5],
      [dense("fc1", 5, 7, "tanh"), part("Flatten", { name: "flat" }), dense("fc2", 21, 3, "softmax", false)],
    ),
  ],
  ...CONV_NETWORKS.map(({ title, network }): [string, Network] => [title, network()]),
];

for (const [title, network] of NETWORKS) {
  describe(title, () => {
    const { inputSize, classes } = network;
    const pool = noise32(POOL * inputSize, 3, 2);
    const labels = Array.from({ length: POOL }, (_, r) => (7 * r) % classes);
    const alone = labels.map((label, r) => {
      const row = rowOf(pool, r, inputSize);
      return { answer: network.predict(row), ...network.lossGradient(row, [label]) };
    });

    for (const n of BATCHES) {
      test(`predict and lossGradient give a row the same bits alone and anywhere in a batch of ${n}`, () => {
        const random = new Random(n);
        const chosen = Array.from({ length: n }, (_, i) => random.integer(i, POOL));
        const rows = new Float32Array(n * inputSize);
        chosen.forEach((r, i) => {
          rows.set(rowOf(pool, r, inputSize), i * inputSize);
        });
        const answers = network.predict(rows);
        const found = network.lossGradient(
          rows,
          chosen.map((r) => labels[r] as number),
        );
        chosen.forEach((r, i) => {
          const expected = alone[r] as (typeof alone)[number];
          expect(firstDifferent(rowOf(answers, i, classes), expected.answer)).toBe(-1);
          expect(Object.is(found.loss[i], expected.loss[0])).toBe(true);
          expect(firstDifferent(rowOf(found.logits, i, classes), expected.logits)).toBe(-1);
          expect(firstDifferent(rowOf(found.gradient, i, inputSize), expected.gradient)).toBe(-1);
        });
        expect(found.loss).toHaveLength(n);
      });
    }

    test("lossGradient into the record of an earlier call writes the same bits there", () => {
      const rows = pool.subarray(0, 9 * inputSize);
      const into = network.lossGradient(pool.subarray(9 * inputSize, 18 * inputSize), labels.slice(9, 18));
      const again = network.lossGradient(rows, labels.slice(0, 9), into);
      expect(again).toBe(into);
      for (let r = 0; r < 9; r++) {
        expect(firstDifferent(rowOf(again.gradient, r, inputSize), alone[r]?.gradient as Float32Array)).toBe(-1);
        expect(Object.is(again.loss[r], alone[r]?.loss[0])).toBe(true);
      }
    });
  });
}

/**
 * The gradient as its order is promised: f32 sums over the rows of a chunk, ascending, chunks added in f64. One row's
 * own gradient is a rounded product, or with one vector a row exactly the term that the sum takes.
 */
function inOrder(network: Network, rows: Float32Array, labels: readonly number[]) {
  const total = { gradient: new Float64Array(network.parameterCount), loss: 0, errors: 0 };
  for (let first = 0; first < labels.length; first += GRADIENT_CHUNK) {
    const sum = new Float32Array(network.parameterCount);
    for (let r = first; r < Math.min(first + GRADIENT_CHUNK, labels.length); r++) {
      const one = network.parameterGradient(rowOf(rows, r, network.inputSize), [labels[r] as number]);
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (one.gradient[i] as number);
      total.loss += one.loss;
      total.errors += one.errors;
    }
    sum.forEach((v, i) => {
      total.gradient[i] = (total.gradient[i] as number) + v;
    });
  }
  return total;
}

function expectInOrder(network: Network, count: number): void {
  const rows = noise32(count * network.inputSize, 5, 2);
  const labels = Array.from({ length: count }, (_, r) => (7 * r) % network.classes);
  const found = network.parameterGradient(rows, labels);
  const expected = inOrder(network, rows, labels);
  expect(firstDifferent(found.gradient, expected.gradient)).toBe(-1);
  expect(Object.is(found.loss, expected.loss)).toBe(true);
  expect(found.errors).toBe(expected.errors);
}

describe("parameterGradient", () => {
  const small = networkOf([5], [dense("fc1", 5, 9, "sigmoid"), dense("fc2", 9, 3, "softmax")]);

  for (const count of [1, 127, 128, 129, GRADIENT_CHUNK - 1, GRADIENT_CHUNK, GRADIENT_CHUNK + 1, 1100]) {
    test(`sums ${count} rows ascending in f32 and their chunks in f64, to the bit`, () => {
      expectInOrder(small, count);
    });
  }

  for (const { title, network } of CONV_NETWORKS) {
    test(`sums rows ascending, each row's own sum from zero, to the bit: ${title}`, () => {
      expectInOrder(network(), 131);
    });
  }

  test("sums in the same order where memory cuts the batches short, 90000-2", () => {
    expectInOrder(networkOf([90000], [dense("fc1", 90000, 2, "softmax")], 2 ** -8), 100);
  });

  test("whole chunks may be summed apart and added in f64: the bits stay", () => {
    const count = 2 * GRADIENT_CHUNK + 5;
    const rows = noise32(count * 5, 6, 2);
    const labels = Array.from({ length: count }, (_, r) => r % 3);
    const whole = small.parameterGradient(rows, labels);
    const total = new Float64Array(small.parameterCount);
    let parts = 0;
    for (let first = 0; first < count; first += GRADIENT_CHUNK, parts++) {
      const end = Math.min(first + GRADIENT_CHUNK, count);
      const one = small.parameterGradient(rows.subarray(5 * first, 5 * end), labels.slice(first, end));
      one.gradient.forEach((v, i) => {
        total[i] = (total[i] as number) + v;
      });
    }
    expect(parts).toBe(3);
    expect(firstDifferent(total, whole.gradient)).toBe(-1);
  });
});
