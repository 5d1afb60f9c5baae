/** Grouped convolution and LocallyConnected2D, each against the list of its connections in double precision. */
import { describe, expect, test } from "vitest";
import {
  biasGradient,
  type Connection,
  grouped,
  inputGradient,
  kernelGradient,
  type Local,
  local,
  outputs,
} from "../oracle/connections.ts";
import { firstBeyond, firstDifferent } from "../support/bounds.ts";
import { expectDerivative, inner, moved } from "../support/central.ts";
import { LayerHost } from "../support/layer-host.ts";
import { rowOf } from "../support/network-steps.ts";
import { noise32, noise64 } from "../support/noise.ts";
import { bounds, type Running, values } from "../support/running.ts";
import { around } from "../support/sizes.ts";
import { tf } from "../support/tfjs.ts";

interface Case {
  title: string;
  className: "GroupedConv2D" | "LocallyConnected2D";
  shape: Local;
  connections: Connection[];
  config: Record<string, unknown>;
}

const plain = { sh: 1, sw: 1, dh: 1, dw: 1, top: 0, left: 0, groups: 1 };

function groupedCase(shape: Local, padding = "valid"): Case {
  const { h, w, c, kh, kw, sh, sw, dh, dw, filters, groups } = shape;
  return {
    title: `GroupedConv2D ${h}x${w}x${c} by ${kh}x${kw} / ${sh},${sw} ${padding}, dilation ${dh},${dw}, ${filters} filters in ${groups}`,
    className: "GroupedConv2D",
    shape,
    connections: grouped(shape),
    config: { kernel_size: [kh, kw], strides: [sh, sw], dilation_rate: [dh, dw], filters, groups, padding },
  };
}

function localCase(shape: Local): Case {
  const { h, w, c, kh, kw, sh, sw, filters } = shape;
  return {
    title: `LocallyConnected2D ${h}x${w}x${c} by ${kh}x${kw} / ${sh},${sw}, ${filters} filters`,
    className: "LocallyConnected2D",
    shape,
    connections: local(shape),
    config: { kernel_size: [kh, kw], strides: [sh, sw], filters },
  };
}

const CASES: readonly Case[] = [
  // Filters of a group around the panel, channels of a group around a vector.
  ...around(8).map((n) =>
    groupedCase({ ...plain, h: 4, w: 5, c: 6, kh: 3, kw: 2, oh: 2, ow: 4, filters: 2 * n, groups: 2 }),
  ),
  ...around(4).map((c) =>
    groupedCase({ ...plain, h: 3, w: 4, c: 3 * c, kh: 2, kw: 2, oh: 2, ow: 3, filters: 6, groups: 3 }),
  ),
  groupedCase(
    { ...plain, h: 5, w: 6, c: 4, kh: 3, kw: 3, top: 1, left: 1, oh: 5, ow: 6, filters: 4, groups: 2 },
    "same",
  ),
  groupedCase(
    { ...plain, h: 6, w: 7, c: 4, kh: 3, kw: 4, sh: 2, sw: 3, top: 0, left: 1, oh: 3, ow: 3, filters: 6, groups: 2 },
    "same",
  ),
  groupedCase({ ...plain, h: 7, w: 8, c: 2, kh: 3, kw: 2, dh: 2, dw: 3, oh: 3, ow: 5, filters: 4, groups: 2 }),
  groupedCase({ ...plain, h: 4, w: 4, c: 3, kh: 2, kw: 2, oh: 3, ow: 3, filters: 5, groups: 1 }),
  groupedCase({ ...plain, h: 3, w: 3, c: 5, kh: 2, kw: 2, oh: 2, ow: 2, filters: 5, groups: 5 }),
  // More positions than are gathered at once: 63, 64, 65 and 130.
  ...[7, 8].map((h) =>
    groupedCase({ ...plain, h, w: 9 - (h - 7), c: 2, kh: 1, kw: 1, oh: h, ow: 9 - (h - 7), filters: 4, groups: 2 }),
  ),
  groupedCase({ ...plain, h: 5, w: 13, c: 2, kh: 1, kw: 1, oh: 5, ow: 13, filters: 4, groups: 2 }),
  groupedCase({ ...plain, h: 10, w: 13, c: 2, kh: 1, kw: 1, oh: 10, ow: 13, filters: 2, groups: 2 }),
  ...around(8).map((filters) => localCase({ ...plain, h: 4, w: 5, c: 3, kh: 3, kw: 2, oh: 2, ow: 4, filters })),
  ...around(4).map((c) => localCase({ ...plain, h: 3, w: 4, c, kh: 2, kw: 3, oh: 2, ow: 2, filters: 3 })),
  localCase({ ...plain, h: 6, w: 7, c: 2, kh: 3, kw: 2, sh: 2, sw: 3, oh: 2, ow: 2, filters: 5 }),
  localCase({ ...plain, h: 2, w: 3, c: 2, kh: 2, kw: 3, oh: 1, ow: 1, filters: 4 }),
];

function expectJudged(actual: ArrayLike<number>, judged: readonly Running[]): void {
  expect(firstBeyond(actual, values(judged), bounds(judged))).toBe(-1);
}

/** A layer of a case with random weights, and data for some rows. */
function prepare({ className, config, shape }: Case, rows: number, useBias = true) {
  const host = new LayerHost(className, { ...config, use_bias: useBias }, [shape.h, shape.w, shape.c]);
  const weights = host.layer.parameters.map(({ size }, i) => noise32(size, i + 1));
  host.set(...weights);
  const [kernel, bias] = weights as [Float32Array, Float32Array | undefined];
  const x = noise32(rows * host.inputSize, 11);
  const dy = noise32(rows * host.outputSize, 12);
  const dx = noise32(rows * host.inputSize, 13);
  return { host, kernel, bias, x, dy, dx };
}

for (const it of CASES) {
  describe(it.title, () => {
    const { shape, connections } = it;

    test("forward, and the gradients to input, kernel and bias are within the bound of f64", () => {
      const rows = 2;
      const { host, kernel, bias, x, dy, dx } = prepare(it, rows);
      expect(host.layer.outputShape).toEqual([shape.oh, shape.ow, shape.filters]);
      const [y, slope] = [host.forward(x), host.inputGradient(x, dy, dx)];
      const each = Array.from({ length: rows }, (_, r) => ({
        x: rowOf(x, r, host.inputSize),
        dy: rowOf(dy, r, host.outputSize),
        dx: rowOf(dx, r, host.inputSize),
      }));
      each.forEach((row, r) => {
        expectJudged(rowOf(y, r, host.outputSize), outputs(connections, row.x, kernel, bias));
        expectJudged(rowOf(slope, r, host.inputSize), inputGradient(connections, kernel, row.dy, row.dx));
      });
      const [toKernel, toBias] = host.parameterGradient(x, dy) as [Float32Array, Float32Array];
      expectJudged(toKernel, kernelGradient(connections, each, kernel.length));
      expectJudged(toBias, biasGradient(connections, each, (bias as Float32Array).length));
    });

    test("without bias the sums start at zero", () => {
      const { host, kernel, x } = prepare(it, 1, false);
      expect(host.layer.parameters).toHaveLength(1);
      expectJudged(host.forward(x), outputs(connections, x, kernel, undefined));
    });

    test("a row has the same bits alone and in a batch; parameter gradients sum the rows ascending", () => {
      const rows = 5;
      const { host, x, dy, dx } = prepare(it, rows);
      const [y, slope] = [host.forward(x), host.inputGradient(x, dy, dx)];
      const together = host.parameterGradient(x, dy);
      host.clearGradients();
      let apart: Float32Array[] = [];
      for (let r = 0; r < rows; r++) {
        const [xr, dyr] = [rowOf(x, r, host.inputSize), rowOf(dy, r, host.outputSize)];
        expect(firstDifferent(host.forward(xr), rowOf(y, r, host.outputSize))).toBe(-1);
        const alone = host.inputGradient(xr, dyr, rowOf(dx, r, host.inputSize));
        expect(firstDifferent(alone, rowOf(slope, r, host.inputSize))).toBe(-1);
        apart = host.parameterGradient(xr, dyr);
      }
      expect(apart).toHaveLength(2);
      together.forEach((gradient, i) => {
        expect(firstDifferent(apart[i] as Float32Array, gradient)).toBe(-1);
      });
    });

    test("new weights count in every direction", () => {
      const { host, x, dy, dx } = prepare(it, 1);
      const before = [host.forward(x), host.inputGradient(x, dy, dx)];
      const [kernel, bias] = host.layer.parameters.map(({ size }, i) => noise32(size, i + 31)) as [
        Float32Array,
        Float32Array,
      ];
      host.set(kernel, bias);
      expectJudged(host.forward(x), outputs(connections, x, kernel, bias));
      expectJudged(host.inputGradient(x, dy, dx), inputGradient(connections, kernel, dy, dx));
      expect(firstDifferent(host.forward(x), before[0] as Float32Array)).not.toBe(-1);
    });

    test("weights 2^-64 times smaller than the largest count as zero, of all positions and groups", () => {
      const { host, kernel, bias, x, dy } = prepare(it, 1);
      const nothing = new Float32Array(host.inputSize);
      const directions = (tiny: number) => {
        const weights = kernel.map((v, i) => (i === 0 ? 1 : tiny * v));
        host.set(weights, new Float32Array((bias as Float32Array).length));
        return [...host.forward(x), ...host.inputGradient(x, dy, nothing)];
      };
      const none = directions(0);
      expect(firstDifferent(directions(2 ** -66), none)).toBe(-1);
      expect(firstDifferent(directions(2 ** -58), none)).not.toBe(-1);
    });

    test("the oracle's gradients are the slopes of central differences", () => {
      const kernelSize = 1 + Math.max(...connections.flatMap(({ taps }) => taps.map(({ weight }) => weight)));
      const biasSize = 1 + Math.max(...connections.map(({ bias }) => bias));
      const inputs = shape.h * shape.w * shape.c;
      const [x, kernel, bias] = [noise64(inputs, 1), noise64(kernelSize, 2), noise64(biasSize, 3)];
      const dy = noise64(connections.length, 4);
      const [u, v, w] = [noise64(inputs, 5), noise64(kernelSize, 6), noise64(biasSize, 7)];
      const f = (t: number, a: number, b: number, c: number) =>
        inner(values(outputs(connections, moved(x, u, a * t), moved(kernel, v, b * t), moved(bias, w, c * t))), dy);
      const size = connections.length * connections.reduce((most, { taps }) => Math.max(most, taps.length), 1);
      const toInput = values(inputGradient(connections, kernel, dy, new Float64Array(inputs)));
      expectDerivative((t) => f(t, 1, 0, 0), inner(toInput, u), size);
      expectDerivative(
        (t) => f(t, 0, 1, 0),
        inner(values(kernelGradient(connections, [{ x, dy }], kernelSize)), v),
        size,
      );
      expectDerivative((t) => f(t, 0, 0, 1), inner(values(biasGradient(connections, [{ dy }], biasSize)), w), size);
    });
  });
}

test("tfjs on the cpu backend, convolving slices of the channels, is within the bound that judges GroupedConv2D", () => {
  let cases = 0;
  for (const it of CASES) {
    const { h, w, c, kh, kw, filters, groups } = it.shape;
    if (it.className !== "GroupedConv2D" || it.config.padding !== "same") continue;
    const { kernel, bias, x } = prepare(it, 1);
    const image = tf.tensor4d(x, [1, h, w, c]);
    const weights = tf.tensor4d(kernel, [kh, kw, c / groups, filters]);
    const parts = Array.from({ length: groups }, (_, g) => {
      const slice = tf.slice(image, [0, 0, 0, (g * c) / groups], [1, h, w, c / groups]);
      const own = tf.slice(weights, [0, 0, 0, (g * filters) / groups], [kh, kw, c / groups, filters / groups]);
      return tf.conv2d(slice, own, [it.shape.sh, it.shape.sw], "same");
    });
    const theirs = tf.add(tf.concat(parts, 3), tf.tensor1d(bias as Float32Array));
    expectJudged(theirs.dataSync(), outputs(it.connections, x, kernel, bias));
    cases++;
  }
  expect(cases).toBe(2);
});
