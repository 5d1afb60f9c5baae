/** Layers that go by Winograd's products: against f64, beside the products as they are defined, alone and in a batch. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { ConvolutionOperation } from "../../src/model/layers/convolution.ts";
import { declareParameter, placeParameters } from "../../src/model/layers/parameter.ts";
import { windowOver } from "../../src/model/layers/window.ts";
import { type Products, takesWinograd, winogradError } from "../../src/model/layers/winograd.ts";
import { Workspace } from "../../src/wasm/index.ts";
import { forwardTerms, inputTerms } from "../oracle/convolution.ts";
import { summed, windowOf } from "../oracle/window.ts";
import { firstBeyond, firstDifferent, g, U64 } from "../support/bounds.ts";
import { rowOf } from "../support/network-steps.ts";
import { conv, dense, networkOf, part } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";
import { forwardScale, inputScale } from "../support/winograd-bounds.ts";

const ROWS = 3;

/** A layer's passes over the same numbers, with their results. */
function passes(taps: number, padding: "same" | "valid", c: number, filters: number, products: Products) {
  const workspace = new Workspace();
  const { arena } = workspace;
  const image = [11, 14, c];
  const options = { taps: [taps, taps], strides: [1, 1], dilations: [1, 1], padding };
  const window = windowOver("c", image, options);
  expect(takesWinograd(window, filters)).toBe(true);
  const [kernel, bias] = [declareParameter("k", [taps, taps, c, filters]), declareParameter("b", [filters])];
  placeParameters(workspace, [kernel, bias]);
  const operation = new ConvolutionOperation(workspace, window, kernel, bias, products);
  const values = {
    filter: noise32(kernel.size, 1),
    bias: noise32(filters, 2),
    x: noise32(ROWS * operation.inputSize, 3),
    dy: noise32(ROWS * operation.outputSize, 4),
  };
  const place = (numbers: Float32Array) => {
    const at = arena.allocateF32(numbers.length);
    arena.f32(at, numbers.length).set(numbers);
    return at;
  };
  const [x, dy] = [place(values.x), place(values.dy)];
  const [y, dx] = [place(values.dy), place(new Float32Array(values.x.length))];
  const run = (filter: Float32Array) => {
    arena.f32(kernel.at, kernel.size).set(filter);
    arena.f32(bias.at, filters).set(values.bias);
    operation.parametersChanged();
    operation.forward(ROWS, x, y);
    arena.f32(dx, values.x.length).fill(0);
    operation.inputGradient(ROWS, x, y, dy, dx);
    return { y: arena.f32(y, values.dy.length).slice(), dx: arena.f32(dx, values.x.length).slice() };
  };
  return { values, run };
}

describe.each([
  [3, "same", 9, 31],
  [3, "valid", 16, 20],
  [5, "same", 12, 24],
  [5, "valid", 8, 33],
] as const)("%i taps, %s, %i -> %i", (taps, padding, c, filters) => {
  const { values, run } = passes(taps, padding, c, filters, "fewest");
  const defined = passes(taps, padding, c, filters, "defined");
  const win = windowOf([11, 14], [taps, taps], [1, 1], [1, 1], padding);
  const it = { win, images: ROWS, c, n: filters };
  const starts = values.dy.map((_, i) => values.bias[i % filters] as number);
  const zeros = new Float32Array(values.x.length);

  test("is within Winograd's bound of f64 forward and back, and the products as defined have the bits of their sum in order", () => {
    const found = run(values.filter);
    const direct = defined.run(values.filter);
    const own = g(taps ** 2 * Math.max(c, filters) + 1, U64);

    const forward = summed(starts, forwardTerms(it, values.x, values.filter));
    const error = winogradError("forward", taps, { c, filters });
    const bound = forwardScale(it, values.x, values.filter).map(
      (s, i) => error.sum * (error.scale * s + Math.abs(starts[i] as number)) + own * (forward.magnitude[i] as number),
    );
    expect(firstBeyond(found.y, forward.value, bound)).toBe(-1);
    expect(firstDifferent(direct.y, forward.inOrder)).toBe(-1);
    expect(firstDifferent(found.y, direct.y)).not.toBe(-1);

    const back = summed(zeros, inputTerms(it, values.dy, values.filter));
    const backError = winogradError("to input", taps, { c, filters });
    const backBound = inputScale(it, values.dy, values.filter).map(
      (s, i) => backError.sum * backError.scale * s + own * (back.magnitude[i] as number),
    );
    expect(firstBeyond(found.dx, back.value, backBound)).toBe(-1);
  });

  test("takes weights that have changed", () => {
    const first = run(values.filter);
    const other = run(values.filter.map((v) => -v));
    run(values.filter);
    expect(
      firstDifferent(
        other.dx.map((v) => v + 0),
        first.dx.map((v) => 0 - v),
      ),
    ).toBe(-1);
    expect(firstDifferent(run(values.filter).y, first.y)).toBe(-1);
    expect(firstDifferent(other.y, first.y)).not.toBe(-1);
  });
});

describe("a network of such layers", () => {
  const network = networkOf(
    [13, 10, 2],
    [
      conv(
        "Conv2D",
        { name: "c0", filters: 10, kernel_size: [3, 3], padding: "same" },
        { kernel: [3, 3, 2, 10], bias: [10] },
      ),
      conv(
        "Conv2D",
        { name: "c1", filters: 27, kernel_size: [3, 3], padding: "same", activation: "relu" },
        { kernel: [3, 3, 10, 27], bias: [27] },
      ),
      conv(
        "Conv2D",
        { name: "c2", filters: 14, kernel_size: [5, 5], activation: "tanh" },
        { kernel: [5, 5, 27, 14], bias: [14] },
      ),
      part("GlobalAveragePooling2D", { name: "mean" }),
      dense("fc", 14, 3, "softmax"),
    ],
  );
  const { inputSize } = network;
  const count = 131; // more than a batch
  const rows = noise32(count * inputSize, 5);
  const labels = Array.from({ length: count }, (_, r) => r % 3);

  test("answers a row with the same bits alone, in any batch, and again", () => {
    const together = network.lossGradient(rows, labels);
    const answers = network.predict(rows);
    for (const r of [0, 1, 64, 127, 128, 130]) {
      const row = rowOf(rows, r, inputSize);
      const alone = network.lossGradient(row, [labels[r] as number]);
      expect(firstDifferent(rowOf(together.gradient, r, inputSize), alone.gradient)).toBe(-1);
      expect(Object.is(together.loss[r], alone.loss[0])).toBe(true);
      expect(firstDifferent(rowOf(answers, r, 3), network.predict(row))).toBe(-1);
    }
    expect(firstDifferent(network.lossGradient(rows, labels).gradient, together.gradient)).toBe(-1);
  });
});
