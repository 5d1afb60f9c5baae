/** Rows that are mostly zero take another way through the first layer, to the same bits. */
import { afterEach, describe, expect, test, vi } from "vitest";
import "../../src/index.ts";
import type { Network } from "../../src/model/index.ts";
import { type SavedRows, SparseRows } from "../../src/model/sparse-rows.ts";
import { messageOf } from "../message-of.ts";
import { firstDifferent } from "../support/bounds.ts";
import { dense, networkOf, type Part, part } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";

const CLASSES = 3;

afterEach(() => vi.restoreAllMocks());

interface Pair {
  /** Its first layer meets the input itself. */
  direct: Network;
  /** The same, but for a layer before it that hands every number on as it is: what meets the product is no input. */
  behind: Network;
}

function pairOf(inputs: number, units: number, useBias: boolean, activation = "sigmoid"): Pair {
  const parts: Part[] = [
    dense("fc1", inputs, units, activation, useBias),
    dense("fc2", units, CLASSES, "softmax", useBias),
  ];
  const same = part("LeakyReLU", { name: "same", alpha: 1 });
  const [direct, behind] = [networkOf([inputs], parts), networkOf([inputs], [same, ...parts])];
  return { direct, behind };
}

/** Rows of which a share of the numbers is not zero, some of them subnormal, zeros of both signs. */
function rowsOf(count: number, inputs: number, density: number): Float32Array {
  const [chance, values] = [noise32(count * inputs, 7), noise32(count * inputs, 8)];
  return values.map((x, i) => {
    if ((chance[i] as number) >= 2 * density - 1) return i % 2 === 0 ? -0 : 0;
    return i % 7 === 0 ? x * 2 ** -130 : x;
  });
}

const labelsOf = (count: number) => Int32Array.from({ length: count }, (_, i) => i % CLASSES);

function expectSameBits({ direct, behind }: Pair, rows: Float32Array, inputs: number): void {
  const labels = labelsOf(rows.length / inputs);
  const [found, expected] = [direct, behind].map((network) => network.parameterGradient(rows, labels));
  expect(found?.loss).toBe(expected?.loss);
  expect(found?.errors).toBe(expected?.errors);
  expect(firstDifferent(found?.gradient ?? [], expected?.gradient ?? [0])).toBe(-1);
  const prepared = direct.parameterGradient(direct.prepare(rows), labels);
  expect({ ...prepared, gradient: 0 }).toEqual({ ...expected, gradient: 0 });
  expect(firstDifferent(prepared.gradient, expected?.gradient ?? [0])).toBe(-1);
  expect(firstDifferent(direct.predict(rows), behind.predict(rows))).toBe(-1);
  expect(firstDifferent(direct.activations(rows, "fc1"), behind.activations(rows, "fc1"))).toBe(-1);
  const [slopes, expectedSlopes] = [direct, behind].map((network) => network.lossGradient(rows, labels));
  expect(firstDifferent(slopes?.gradient ?? [], expectedSlopes?.gradient ?? [0])).toBe(-1);
}

describe("the first layer", () => {
  for (const units of [1, 10, 20, 21, 40, 60, 61]) {
    for (const useBias of [true, false]) {
      test(`of ${units} units ${useBias ? "with" : "without"} bias has the same bits at every density`, () => {
        const inputs = 53;
        const pair = pairOf(inputs, units, useBias);
        const multiply = vi.spyOn(SparseRows.prototype, "multiply");
        const transposed = vi.spyOn(SparseRows.prototype, "multiplyTransposed");
        for (const density of [0, 0.01, 0.2, 1]) {
          // Less than a batch; a batch and a tail; a chunk of the gradient and a tail.
          for (const count of [1, 131, 517]) {
            multiply.mockClear();
            transposed.mockClear();
            expectSameBits(pair, rowsOf(count, inputs, density), inputs);
            const batches = Math.ceil(count / 128);
            expect(multiply).toHaveBeenCalledTimes(density < 1 ? 5 * batches : 0);
            expect(transposed).toHaveBeenCalledTimes(density < 1 ? 2 * batches : 0);
          }
        }
      });
    }
  }

  test("decides batch by batch", () => {
    const inputs = 20;
    const multiply = vi.spyOn(SparseRows.prototype, "multiply");
    const rows = new Float32Array([...rowsOf(128, inputs, 1), ...rowsOf(128, inputs, 0.1), ...rowsOf(5, inputs, 1)]);
    const pair = pairOf(inputs, 30, true);
    pair.direct.predict(rows);
    expect(multiply).toHaveBeenCalledTimes(1);
    expectSameBits(pair, rows, inputs);
  });

  test("starts at a bias of -0 by the dense way, to which a term of +0 makes it +0", () => {
    const inputs = 12;
    const pair = pairOf(inputs, 8, true, "linear");
    for (const network of [pair.direct, pair.behind]) {
      const parameters = network.getParameters();
      // Kernel of fc1: all positive; its biases -0.
      network.setParameters(parameters.map((w, i) => (i < inputs * 8 ? Math.abs(w) : i < inputs * 8 + 8 ? -0 : w)));
    }
    const rows = new Float32Array(3 * inputs);
    expectSameBits(pair, rows, inputs);
    expect([...pair.direct.activations(rows, "fc1")].every((z) => Object.is(z, 0))).toBe(true);
    // With biases that are +0 again, rows are taken by their non-zeros again.
    const multiply = vi.spyOn(SparseRows.prototype, "multiply");
    pair.direct.predict(rows);
    expect(multiply).not.toHaveBeenCalled();
    pair.direct.setParameters(pair.direct.getParameters().map((w) => w + 0));
    pair.direct.predict(rows);
    expect(multiply).toHaveBeenCalled();
  });

  test("takes prepared rows as they are from a bias of -0 on", () => {
    const inputs = 12;
    const { direct, behind } = pairOf(inputs, 8, true, "linear");
    const [rows, labels] = [rowsOf(140, inputs, 0.1), labelsOf(140)];
    const prepared = direct.prepare(rows);
    const multiply = vi.spyOn(SparseRows.prototype, "multiply");
    for (const bias of [0.5, -0, 0.25]) {
      const change = (w: number, i: number) => (i === inputs * 8 + 3 ? bias : w);
      for (const network of [direct, behind]) network.setParameters(network.getParameters().map(change));
      multiply.mockClear();
      const found = direct.parameterGradient(prepared, labels);
      expect(multiply).toHaveBeenCalledTimes(Object.is(bias, -0) ? 0 : 2);
      expect(firstDifferent(found.gradient, behind.parameterGradient(rows, labels).gradient)).toBe(-1);
    }
  });

  test("prepared rows keep their entries by column, which the gradient reads", () => {
    const [count, inputs] = [70, 12];
    const { direct } = pairOf(inputs, 8, true);
    const [rows, labels] = [rowsOf(count, inputs, 0.1), labelsOf(count)];
    const prepared = direct.prepare(rows);
    const { starts, entries } = (prepared.sparse.get(0) as SavedRows).byColumn;
    const values = new Float32Array(entries.buffer, entries.byteOffset, entries.length);
    const found = Array.from({ length: inputs }, (_, column) =>
      Array.from({ length: (starts[column + 1] as number) - (starts[column] as number) }, (_, i) => {
        const at = 2 * ((starts[column] as number) + i);
        return [entries[at], values[at + 1]];
      }),
    );
    const expected = Array.from({ length: inputs }, (_, column) =>
      Array.from({ length: count }, (_, row) => [row, rows[row * inputs + column] as number]).filter(
        ([, x]) => x !== 0,
      ),
    );
    expect(found).toEqual(expected);
    const before = direct.parameterGradient(prepared, labels).gradient;
    const column = expected.findIndex((one) => one.length > 0);
    values[2 * (starts[column] as number) + 1] = 1000;
    const after = direct.parameterGradient(prepared, labels).gradient;
    const changed = [...after.keys()].filter((i) => after[i] !== before[i]);
    expect(changed).not.toEqual([]);
    // The row of the kernel of fc1 [inputs, 8] that belongs to the column.
    expect(changed.every((i) => Math.floor(i / 8) === column)).toBe(true);
  });

  test("prepared rows keep what is sparse, and refuse a network of other batches", () => {
    const { direct } = pairOf(20, 4, true);
    const rows = new Float32Array([...rowsOf(128, 20, 1), ...rowsOf(30, 20, 0.1)]);
    const prepared = direct.prepare(rows);
    expect([...prepared.sparse.keys()]).toEqual([128]);
    const wide = networkOf([20], [dense("fc1", 20, 100000, "relu"), dense("fc2", 100000, CLASSES, "softmax")]);
    expect(messageOf(() => wide.parameterGradient(prepared, labelsOf(158)))).toBe(
      "rows: expected rows prepared in batches of 41, got batches of 128",
    );
    expect(messageOf(() => direct.prepare(new Float32Array([Number.NaN, ...rows.subarray(1)])))).toBe(
      "rows[0]: expected a finite number, got NaN",
    );
  });

  test("takes no weights that are negligible, as the dense way does", () => {
    const inputs = 30;
    const pair = pairOf(inputs, 25, true);
    for (const network of [pair.direct, pair.behind]) {
      network.setParameters(network.getParameters().map((w, i) => (i % 3 === 0 ? w * 2 ** -70 : w)));
    }
    expectSameBits(pair, rowsOf(40, inputs, 0.2), inputs);
  });

  test("over the last of several axes is dense", () => {
    const parts = [
      dense("fc1", 5, 6, "sigmoid"),
      part("Flatten", { name: "flat" }),
      dense("fc2", 24, CLASSES, "softmax"),
    ];
    const network = networkOf([4, 5], parts);
    const multiply = vi.spyOn(SparseRows.prototype, "multiply");
    network.parameterGradient(rowsOf(9, 20, 0.1), labelsOf(9));
    expect(multiply).not.toHaveBeenCalled();
  });

  test("behind a Flatten still meets the input", () => {
    const parts = [part("Flatten", { name: "flat" }), dense("fc1", 20, CLASSES, "softmax")];
    const network = networkOf([4, 5], parts);
    const multiply = vi.spyOn(SparseRows.prototype, "multiply");
    network.predict(rowsOf(9, 20, 0.1));
    expect(multiply).toHaveBeenCalledTimes(1);
  });
});
