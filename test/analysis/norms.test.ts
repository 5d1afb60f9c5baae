import { expect, test } from "vitest";
import { convolutionNorm } from "../../src/analysis/norms/convolution-norm.ts";
import { matrixNorm } from "../../src/analysis/norms/matrix-norm.ts";
import type { Kernel } from "../../src/analysis/norms/taps.ts";
import { largestOfTridiagonal } from "../../src/matrix/lanczos.ts";
import { Random } from "../../src/numeric/random.ts";
import "../../src/wasm/inline.ts";
import { largestSingularValueOf } from "../oracle/singular-values.ts";

const random = (n: number, seed = 1): Float32Array => {
  const values = new Float32Array(n);
  new Random(seed).fill(values, 1);
  return values;
};
const rowsOf = (values: ArrayLike<number>, rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (__, j) => values[i * columns + j] as number));

/** Rounding of the oracle: some hundred sums of squares. */
const ORACLE = 1e-11;

for (const [rows, columns] of [
  [1, 1],
  [1, 9],
  [9, 1],
  [7, 7],
  [8, 5],
  [5, 8],
  [65, 64],
  [70, 129],
  [300, 31],
] as const) {
  test(`the norm of a ${rows} x ${columns} matrix holds the singular value of Jacobi's method`, () => {
    const values = random(rows * columns);
    const truth = largestSingularValueOf(rowsOf(values, rows, columns));
    const { lower, upper } = matrixNorm(values, rows, columns);
    expect(lower).toBeLessThanOrEqual(truth * (1 + ORACLE));
    expect(upper).toBeGreaterThanOrEqual(truth * (1 - ORACLE));
    expect(upper / lower - 1).toBeLessThan(0.003);
  });
}

test("two equal singular values, a matrix of zeros, one of rank 1, very small and very large weights", () => {
  const identity = Float32Array.from({ length: 49 }, (_, i) => (i % 8 === 0 ? 1 : 0));
  const one = matrixNorm(identity, 7, 7);
  expect(one.lower).toBeGreaterThan(1 - 1e-9);
  expect(one.lower).toBeLessThanOrEqual(1);
  expect(one.upper).toBeGreaterThanOrEqual(1);
  expect(one.upper).toBeLessThan(1 + 1e-9);
  expect(matrixNorm(new Float32Array(12), 3, 4)).toEqual({ lower: 0, upper: 0 });
  const rank1 = matrixNorm(new Float32Array(12).fill(1), 3, 4);
  expect(rank1.lower).toBeLessThanOrEqual(Math.sqrt(12));
  expect(rank1.upper).toBeGreaterThanOrEqual(Math.sqrt(12));
  for (const scale of [2 ** -140, 2 ** -60, 2 ** 100]) {
    const { lower, upper } = matrixNorm(Float32Array.of(3 * scale, 4 * scale), 1, 2);
    expect(lower).toBeLessThanOrEqual(5 * scale);
    expect(upper).toBeGreaterThanOrEqual(5 * scale);
    expect(upper / lower - 1).toBeLessThan(1e-6);
  }
});

test("a start that is orthogonal to the largest singular vector deceives the certificate no more than any other", () => {
  // A diagonal with one large entry at each place in turn: none may be missed.
  for (let at = 0; at < 40; at++) {
    const values = Float32Array.from({ length: 1600 }, (_, i) => (i % 41 === 0 ? (i / 41 === at ? 2 : 1) : 0));
    expect(matrixNorm(values, 40, 40).upper).toBeGreaterThanOrEqual(2);
  }
});

test("the largest eigenvalue of a tridiagonal matrix is that of 2, -1, ..., 2: 2 + 2 cos(pi / (n + 1))", () => {
  for (const n of [1, 2, 3, 17, 60]) {
    const { value, vector } = largestOfTridiagonal(new Array(n).fill(2), new Array(n - 1).fill(-1));
    expect(value).toBeCloseTo(2 + 2 * Math.cos(Math.PI / (n + 1)), 13);
    expect(vector.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 12);
  }
});

/** The circular layer as an explicit matrix, a row an output: y[i] = sum_u w(u) x[i stride + u dilation mod n]. */
function circularMatrix(kernel: Kernel, [height, width]: readonly [number, number]): number[][] {
  const { values, size, channels, filters, strides, dilations } = kernel;
  const rows: number[][] = [];
  for (let i = 0; i < height; i += strides[0]) {
    for (let j = 0; j < width; j += strides[1]) {
      for (let d = 0; d < filters; d++) {
        const row = new Array<number>(height * width * channels).fill(0);
        for (let p = 0; p < size[0]; p++) {
          for (let q = 0; q < size[1]; q++) {
            for (let c = 0; c < channels; c++) {
              const at = (((i + p * dilations[0]) % height) * width + ((j + q * dilations[1]) % width)) * channels + c;
              const weight = values[((p * size[1] + q) * channels + c) * filters + d] as number;
              row[at] = (row[at] as number) + weight;
            }
          }
        }
        rows.push(row);
      }
    }
  }
  return rows;
}

/** The paper's equation 1 with the corrections: exponent u xi / N, factor 1 / stride, one stride for both sides. */
function aliasedNorm({ values, size, channels, filters, strides: [stride] }: Kernel, n: number): number {
  let most = 0;
  for (let a = 0; a < n / stride; a++) {
    for (let b = 0; b < n / stride; b++) {
      // D x (C stride^2) complex as the real [Re -Im; Im Re].
      const [re, im] = [0, 1].map(() => Array.from({ length: filters }, () => [] as number[])) as [
        number[][],
        number[][],
      ];
      for (let d = 0; d < filters; d++) {
        for (let c = 0; c < channels; c++) {
          for (let l = 0; l < stride * stride; l++) {
            const [s, t] = [a + (Math.floor(l / stride) * n) / stride, b + ((l % stride) * n) / stride];
            let [x, y] = [0, 0];
            for (let p = 0; p < size[0]; p++) {
              for (let q = 0; q < size[1]; q++) {
                const angle = (-2 * Math.PI * (p * s + q * t)) / n;
                const w = values[((p * size[1] + q) * channels + c) * filters + d] as number;
                x += w * Math.cos(angle);
                y += w * Math.sin(angle);
              }
            }
            (re[d] as number[]).push(x / stride);
            (im[d] as number[]).push(y / stride);
          }
        }
      }
      const top = re.map((row, d) => [...row, ...(im[d] as number[]).map((v) => -v)]);
      const bottom = im.map((row, d) => [...row, ...(re[d] as number[])]);
      most = Math.max(most, largestSingularValueOf([...top, ...bottom]));
    }
  }
  return most;
}

const kernelOf = (k: number, channels: number, filters: number, stride: number, dilation = 1): Kernel => ({
  values: random(k * k * channels * filters, 10 * k + stride),
  size: [k, k],
  channels,
  filters,
  strides: [stride, stride],
  dilations: [dilation, dilation],
});

let circularCases = 0;
for (const stride of [1, 2, 3]) {
  for (const k of [1, 2, 3, 4, 5]) {
    for (const steps of [2, 3]) {
      const n = steps * stride; // odd and even grids, also smaller than the kernel
      test(`circular convolution, kernel ${k}, stride ${stride}, ${n} x ${n}: the norm is that of the explicit matrix`, () => {
        const kernel = kernelOf(k, 2, 3, stride);
        const truth = largestSingularValueOf(circularMatrix(kernel, [n, n]));
        const { lower, upper } = convolutionNorm(kernel, { circular: [n, n] });
        expect(lower).toBeLessThanOrEqual(truth * (1 + ORACLE));
        expect(upper).toBeGreaterThanOrEqual(truth * (1 - ORACLE));
        expect(upper / lower - 1).toBeLessThan(0.003);
        // On the plane no circular layer is larger.
        expect(convolutionNorm(kernel).upper).toBeGreaterThanOrEqual(lower);
        if (k <= n) expect(aliasedNorm(kernel, n)).toBeCloseTo(truth, 9);
      });
      circularCases++;
    }
  }
}
test("all strides, kernels and grids were there", () => expect(circularCases).toBe(30));

for (const [channels, filters] of [
  [1, 1],
  [1, 4],
  [4, 1],
  [3, 3],
] as const) {
  test(`${channels} channels to ${filters}, kernel 3, stride 2, 6 x 4, and dilation 2`, () => {
    for (const kernel of [kernelOf(3, channels, filters, 2), kernelOf(2, channels, filters, 1, 2)]) {
      const truth = largestSingularValueOf(circularMatrix(kernel, [6, 4]));
      const { lower, upper } = convolutionNorm(kernel, { circular: [6, 4] });
      expect(lower).toBeLessThanOrEqual(truth * (1 + ORACLE));
      expect(upper).toBeGreaterThanOrEqual(truth * (1 - ORACLE));
      const plane = convolutionNorm(kernel);
      expect(plane.upper).toBeGreaterThanOrEqual(truth * (1 - ORACLE));
    }
  });
}

test("the bracket on the plane holds a fine grid, and is narrow", () => {
  for (const kernel of [kernelOf(3, 2, 3, 1), kernelOf(5, 2, 2, 2), kernelOf(4, 1, 1, 1), kernelOf(5, 3, 2, 3)]) {
    const n = 60 * kernel.strides[0];
    const fine = convolutionNorm(kernel, { circular: [n, n] });
    const plane = convolutionNorm(kernel);
    expect(plane.upper).toBeGreaterThanOrEqual(fine.lower);
    expect(plane.lower).toBeLessThanOrEqual(fine.upper * 1.003);
    expect(plane.upper / plane.lower - 1).toBeLessThan(0.01);
  }
});

test("the identity and a shift have norm 1, a sum over a window the number of its taps", () => {
  const base = { size: [3, 3], channels: 2, filters: 2, strides: [1, 1], dilations: [1, 1] } as const;
  for (const tap of [0, 4, 7]) {
    const values = new Float32Array(36);
    values[4 * tap] = 1;
    values[4 * tap + 3] = 1;
    for (const norm of [convolutionNorm({ ...base, values }, { circular: [5, 4] })]) {
      expect(norm.lower).toBeLessThanOrEqual(1);
      expect(norm.upper).toBeGreaterThanOrEqual(1);
      expect(norm.upper / norm.lower - 1).toBeLessThan(0.003);
    }
    expect(convolutionNorm({ ...base, values }).upper).toBeGreaterThanOrEqual(1);
  }
  const sum = convolutionNorm({ ...base, channels: 1, filters: 1, values: new Float32Array(9).fill(1) });
  expect(sum.lower).toBeGreaterThan(9 - 1e-9);
  expect(sum.upper).toBeGreaterThanOrEqual(9);
});

test("a circular image must be whole steps", () => {
  expect(() => convolutionNorm(kernelOf(3, 1, 1, 2), { circular: [5, 4] })).toThrow(
    "circular: expected sides that are multiples of the stride 2, got 5",
  );
});
