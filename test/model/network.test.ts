/** A network against its f64 oracle: forward, loss, and gradients to the row and to the parameters. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import type { Network } from "../../src/model/index.ts";
import { gradients, loss, toLogits } from "../oracle/network.ts";
import { firstBeyond, firstDifferent, g, U64 } from "../support/bounds.ts";
import { CONV_NETWORKS } from "../support/conv-networks.ts";
import { judgeForward, judgeLoss, judgeParameters } from "../support/network-bounds.ts";
import { rowOf, stepsOf } from "../support/network-steps.ts";
import { dense, logitNetwork, networkOf, SMALL_NETWORKS } from "../support/networks.ts";
import { noise32, noise64 } from "../support/noise.ts";

const ROWS = 5;

function rowsFor(network: Network, seed = 7): { rows: Float32Array; labels: number[]; each: Float32Array[] } {
  const rows = noise32(ROWS * network.inputSize, seed, 2);
  const labels = Array.from({ length: ROWS }, (_, r) => (3 * r + 1) % network.classes);
  return { rows, labels, each: labels.map((_, r) => rowOf(rows, r, network.inputSize)) };
}

for (const { title, network: build, softmax } of [...SMALL_NETWORKS, ...CONV_NETWORKS]) {
  describe(title, () => {
    const network = build();
    const { steps, until } = stepsOf(network);
    const logitSteps = toLogits(steps, network.classes);
    const { rows, labels, each } = rowsFor(network);

    test("predict is within the bound of f64", () => {
      const answers = network.predict(rows);
      each.forEach((row, r) => {
        const { value, bound } = judgeForward(steps, row).at(-1) as { value: Float64Array; bound: Float64Array };
        expect(firstBeyond(rowOf(answers, r, network.classes), value, bound)).toBe(-1);
      });
      expect(answers).toHaveLength(ROWS * network.classes);
    });

    test("activations of every layer are within the bound of f64, by name and by position the same", () => {
      network.layers.forEach(({ name, outputShape }, index) => {
        const byName = network.activations(rows, name);
        const width = outputShape.reduce((product, n) => product * n, 1);
        expect(firstDifferent(byName, network.activations(rows, index))).toBe(-1);
        expect(byName).toHaveLength(ROWS * width);
        each.forEach((row, r) => {
          const judged = judgeForward(steps, row)[until[index] as number];
          const { value, bound } = judged as { value: Float64Array; bound: Float64Array };
          expect(firstBeyond(rowOf(byName, r, width), value, bound)).toBe(-1);
        });
      });
      expect(firstDifferent(network.activations(rows, network.layers.length - 1), network.predict(rows))).toBe(-1);
    });

    test("loss, logits and the gradient to the row are within the bound of f64", () => {
      const found = network.lossGradient(rows, labels);
      each.forEach((row, r) => {
        const judged = judgeLoss(logitSteps, row, labels[r] as number);
        expect(firstBeyond([found.loss[r] as number], [judged.loss], [judged.lossBound])).toBe(-1);
        const logits = rowOf(found.logits, r, network.classes);
        expect(firstBeyond(logits, judged.logits.value, judged.logits.bound)).toBe(-1);
        const gradient = rowOf(found.gradient, r, network.inputSize);
        expect(firstBeyond(gradient, judged.gradient.value, judged.gradient.bound)).toBe(-1);
      });
      expect(found.loss).toHaveLength(ROWS);
    });

    test("the gradient to the parameters, loss and errors of the rows are within the bound of f64", () => {
      const found = network.parameterGradient(rows, labels);
      const judged = judgeParameters(logitSteps, each, labels);
      expect(firstBeyond(found.gradient, judged.value, judged.bound)).toBe(-1);
      expect(firstBeyond([found.loss], [judged.loss], [judged.lossBound])).toBe(-1);
      const wrong = each.filter((row, r) => {
        const z = judgeForward(logitSteps, row).at(-1)?.value as Float64Array;
        return z.indexOf(Math.max(...z)) !== labels[r];
      });
      expect(found.errors).toBe(wrong.length);
    });

    test("the oracle's gradients are the slopes of central differences along random directions", () => {
      let directions = 0;
      for (const seed of [31, 32, 33]) {
        const row = noise64(network.inputSize, seed, 2);
        const label = seed % network.classes;
        const exact = gradients(logitSteps, row, label);

        const toRow = noise64(network.inputSize, seed + 10);
        const alongRow = (t: number) =>
          loss(
            logitSteps,
            row.map((v, i) => v + t * (toRow[i] as number)),
            label,
          );
        expectSlope(alongRow, inner(exact.slopes[0] as Float64Array, toRow));

        const weights = Float64Array.from(network.getParameters());
        const toWeights = noise64(weights.length, seed + 20);
        const alongWeights = (t: number) => loss(toLogits(moved(network, toWeights, t), network.classes), row, label);
        expectSlope(alongWeights, inner(exact.parameters, toWeights));
        directions += 2;
      }
      expect(directions).toBe(6);
    });

    if (!softmax) return;
    test("without its final softmax it has the same loss, gradient and logits, to the bit", () => {
      const plain = logitNetwork(network);
      const [with_, without] = [network.lossGradient(rows, labels), plain.lossGradient(rows, labels)];
      expect(firstDifferent(without.loss, with_.loss)).toBe(-1);
      expect(firstDifferent(without.gradient, with_.gradient)).toBe(-1);
      expect(firstDifferent(without.logits, with_.logits)).toBe(-1);
      expect(firstDifferent(plain.predict(rows), with_.logits)).toBe(-1);
    });
  });
}

/** The oracle's steps with every parameter moved by t times a direction, which is in the network's order. */
function moved(network: Network, direction: Float64Array, t: number) {
  let at = 0;
  const shift = (values: Float64Array) => values.map((v) => v + t * (direction[at++] as number));
  return stepsOf(network).steps.map((step) => {
    if (step.kind === "linear" && step.trainable) return { ...step, weights: shift(step.weights) };
    if (step.kind !== "dense") return step;
    return { ...step, kernel: shift(step.kernel), bias: step.bias && shift(step.bias) };
  });
}

function inner(x: Float64Array, y: Float64Array): number {
  return x.reduce((total, v, i) => total + v * (y[i] as number), 0);
}

/**
 * The central difference errs by h^2/6 times a third derivative that is not known: halving h quarters that, so the
 * difference of two such differences bounds what is left of it, wherever f is smooth. Rounding adds its share over h.
 */
function expectSlope(f: (t: number) => number, slope: number): void {
  const h = 2 ** -13;
  const difference = (step: number) => (f(step) - f(-step)) / (2 * step);
  const [coarse, fine] = [difference(2 * h), difference(h)];
  const rounding = (g(1000, U64) * (Math.abs(f(0)) + 1)) / h;
  expect(Math.abs(fine - slope)).toBeLessThanOrEqual(Math.abs(coarse - fine) + rounding);
}

describe("negligible weights", () => {
  const parts = [dense("fc1", 11, 9, "linear"), dense("fc2", 9, 3, "softmax")];

  test("weights that are subnormal, or 2^-64 of the largest, leave everything within the bound of f64", () => {
    const network = networkOf([11], parts);
    const values = network.getParameters();
    const tiny = [1e-41, -3e-45, 2 ** -65, -(2 ** -63), 1e-20, 0];
    for (let i = 0; i < values.length; i += 2) values[i] = tiny[(i / 2) % tiny.length] as number;
    network.setParameters(values);
    expectJudged(network);
  });

  test("a unit whose weights are all 2^-60 of the kernel's largest keeps its digits, one of 2^-70 may be zero", () => {
    const network = networkOf([11], [dense("fc1", 11, 9, "linear", false)]);
    const values = network.getParameters();
    for (let i = 0; i < 11; i++) {
      values[9 * i + 3] = 2 ** -60 * (values[9 * i + 3] as number);
      values[9 * i + 8] = 2 ** -70 * (values[9 * i + 8] as number);
    }
    network.setParameters(values);
    const { rows, each } = rowsFor(network);
    const outputs = network.activations(rows, 0);
    const { steps } = stepsOf(network);
    each.forEach((row, r) => {
      const { value, bound } = judgeForward(steps, row).at(-1) as { value: Float64Array; bound: Float64Array };
      expect(firstBeyond(rowOf(outputs, r, 9), value, bound)).toBe(-1);
      expect(bound[3]).toBeLessThan(2 ** -10 * 2 ** -60); // so the digits are judged
      expect(outputs[9 * r + 3]).not.toBe(0);
    });
    expect(each).toHaveLength(ROWS);
  });
  for (const { title, network: build } of CONV_NETWORKS) {
    test(`so they do in ${title}`, () => {
      const network = build();
      const values = network.getParameters();
      const tiny = [1e-41, -3e-45, 2 ** -65, -(2 ** -63), 1e-20, 0];
      for (let i = 0; i < values.length; i += 2) values[i] = tiny[(i / 2) % tiny.length] as number;
      network.setParameters(values);
      expectJudged(network);
    });
  }

  test("a network of subnormal weights alone keeps them: nothing is small beside the largest", () => {
    const network = networkOf([11], parts, 1e-40);
    expect(network.getParameters().every((w) => Math.abs(w) < 2 ** -126)).toBe(true);
    expectJudged(network);
    const weights = network.getParameters().subarray(0, 11 * 9);
    const unit = new Float32Array(11).fill(0);
    unit[4] = 1;
    const bias = network.getParameters().subarray(11 * 9, 12 * 9);
    const expected = Float32Array.from(bias, (b, j) => b + (weights[4 * 9 + j] as number));
    expect(firstDifferent(network.activations(unit, 0), expected)).toBe(-1);
  });

  function expectJudged(network: Network): void {
    const logitSteps = toLogits(stepsOf(network).steps, network.classes);
    const { rows, labels, each } = rowsFor(network);
    const found = network.lossGradient(rows, labels);
    each.forEach((row, r) => {
      const { value, bound } = judgeLoss(logitSteps, row, labels[r] as number).gradient;
      expect(firstBeyond(rowOf(found.gradient, r, network.inputSize), value, bound)).toBe(-1);
    });
    const judged = judgeParameters(logitSteps, each, labels);
    expect(firstBeyond(network.parameterGradient(rows, labels).gradient, judged.value, judged.bound)).toBe(-1);
    expect(each).toHaveLength(ROWS);
  }
});

describe("parameters", () => {
  test("what is set is got, rounded to f32, and changes what the network answers in every direction", () => {
    const build = () => networkOf([9], [dense("fc1", 9, 7, "sigmoid"), dense("fc2", 7, 5, "softmax")]);
    const [network, other] = [build(), build()];
    const { rows, labels } = rowsFor(network);
    const before = network.lossGradient(rows, labels);
    const values = noise64(network.parameterCount, 77);
    network.setParameters(values);
    expect(firstDifferent(network.getParameters(), Float32Array.from(values))).toBe(-1);
    const after = network.lossGradient(rows, labels);
    expect(firstDifferent(after.gradient, before.gradient)).not.toBe(-1);
    other.setParameters(Float32Array.from(values)); // never evaluated with its first weights
    expect(firstDifferent(other.lossGradient(rows, labels).gradient, after.gradient)).toBe(-1);
    expect(firstDifferent(other.predict(rows), network.predict(rows))).toBe(-1);
  });

  test("a copy that is written to changes nothing", () => {
    const network = networkOf([3], [dense("fc1", 3, 2, "softmax")]);
    const kept = network.getParameters();
    network.getParameters().fill(9);
    expect(firstDifferent(network.getParameters(), kept)).toBe(-1);
  });
});
