/**
 * What each error term is for: networks and numbers where leaving that term out, and nothing else, certifies something false.
 * Where the network itself is exact, "false" is of what it computes in exact arithmetic; else of the f32 numbers that it gives.
 */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { LinearBounds } from "../../src/certify/linear-bounds.ts";
import type { Ball } from "../../src/certify/region.ts";
import { ALL_TERMS, type ErrorTerms, widenForSum } from "../../src/certify/rounding.ts";
import { Network } from "../../src/model/index.ts";
import { Workspace } from "../../src/wasm/index.ts";
import { artifactsOf, dense, type Part, part } from "../support/networks.ts";
import { noise64 } from "../support/noise.ts";

function network(inputs: number, parts: readonly Part[], weights: readonly number[]): Network {
  return Network.fromArtifacts({
    ...artifactsOf([inputs], parts),
    weightData: Float32Array.from(weights).buffer as ArrayBuffer,
  });
}

function ballOf(row: readonly number[], lower: readonly number[], upper: readonly number[]): Ball {
  const box = { lower: Float64Array.from(lower), upper: Float64Array.from(upper) };
  return { row: Float32Array.from(row), box, norm: "linf", epsilon: 2 ** 60 };
}

function bound(it: Network, ball: Ball, weights: readonly number[], terms: Partial<ErrorTerms>): number {
  return new LinearBounds(it, { ...ALL_TERMS, ...terms }).bound(ball, Float32Array.from(weights))[0] as number;
}

const LEADS = [1, -1];

describe("forward", () => {
  // 2^24 a + b - 2^24 c, beside 1/2: in f32 the first sum is even, in exact arithmetic b is what is left.
  const it = network(3, [dense("out", 3, 2, "linear")], [2 ** 24, 0, 1, 0, -(2 ** 24), 0, 0, 0.5]);
  const ball = ballOf([1, 1.5, 1], [1, 0.9, 1], [1, 1.5, 1]);

  test("without it a label is certified that the f32 numbers lose within the ball", () => {
    const [a, b] = it.scores(Float32Array.of(1, 0.95, 1)) as unknown as [number, number];
    expect(a).toBeLessThan(b);
    expect(bound(it, ball, LEADS, { forward: 0 })).toBeGreaterThan(0);
    expect(bound(it, ball, LEADS, {})).toBeLessThanOrEqual(a - b);
  });

  // Winograd's products: the same cancellation over 32 channels, in a layer that takes them.
  test("without it a convolution by Winograd's products is certified to more than it gives", () => {
    const shape = [4, 4, 16];
    const parts: Part[] = [
      {
        class_name: "Conv2D",
        config: { name: "conv", filters: 16, kernel_size: 3, padding: "same", use_bias: false },
        weights: [{ name: "conv/kernel", shape: [3, 3, 16, 16], dtype: "float32" }],
      },
      part("Flatten", { name: "flat" }),
    ];
    const convolution = Network.fromArtifacts(artifactsOf(shape, parts));
    const row = Float32Array.from(noise64(256, 3));
    const ball: Ball = {
      row,
      box: { lower: Float64Array.from(row), upper: Float64Array.from(row) },
      norm: "linf",
      epsilon: 0,
    };
    const scores = convolution.scores(row);
    let [lost, kept] = [0, 0];
    const without = new LinearBounds(convolution, { ...ALL_TERMS, forward: 0 });
    const whole = new LinearBounds(convolution);
    for (let k = 0; k < 256; k++) {
      for (const sign of [1, -1]) {
        const weights = new Float32Array(256);
        weights[k] = sign;
        if ((without.bound(ball, weights)[0] as number) > sign * (scores[k] as number)) lost++;
        if ((whole.bound(ball, weights)[0] as number) <= sign * (scores[k] as number)) kept++;
      }
      if (k > 20) break;
    }
    expect(lost).toBeGreaterThan(5);
    expect(kept).toBe(44);
  });
});

test("backward: without it coefficients that cancel in f32 leave out a slope that is there", () => {
  // (1 + 2^-12) (1 + 2^-12) x - (1 + 2^-11) x = 2^-24 x: the product is rounded, and nothing is left.
  const small = 1 + 2 ** -12;
  const it = network(
    1,
    [dense("a", 1, 2, "linear", false), dense("b", 2, 1, "linear", false)],
    [small, 1 + 2 ** -11, small, -1],
  );
  const ball = ballOf([0], [-(2 ** 40)], [2 ** 40]);
  const least = -(2 ** 16);
  expect(bound(it, ball, [1], { forward: 0, backward: 0 })).toBeGreaterThan(least);
  expect(bound(it, ball, [1], { forward: 0 })).toBeLessThanOrEqual(least);
});

test("slope: without it a coefficient times a slope is taken for exact", () => {
  // The same through a rectifier that is straight there: x below zero, its slope 1 + 2^-12.
  const small = 1 + 2 ** -12;
  const parts = [
    dense("a", 1, 1, "linear", false),
    part("LeakyReLU", { name: "leaky", alpha: small }),
    dense("b", 1, 1, "linear", false),
  ];
  const it = network(1, parts, [1, small]);
  const ball = ballOf([-(2 ** 41)], [-(2 ** 42)], [-(2 ** 40)]);
  // f32 has 1 + 2^-11 for the slope of both: too flat by 2^-24.
  const least = -(2 ** 42) * small * small;
  const terms = { forward: 0, backward: 0, activation: 0 };
  expect(bound(it, ball, [1], { ...terms, slope: 0 })).toBeGreaterThan(least);
  expect(bound(it, ball, [1], terms)).toBeLessThanOrEqual(least);
});

test("activation: without it a sigmoid that the kernel rounds down is taken for the function", () => {
  const { arena, kernels } = new Workspace();
  const n = 20_000;
  const at = arena.allocateF32(n);
  const x = Float32Array.from({ length: n }, (_, i) => -1 - i * 1e-4);
  arena.f32(at, n).set(x);
  kernels.sigmoid_f32(n, at, at);
  const values = arena.f32(at, n).slice();
  // The largest error of those that are below the function, in spacings of floats.
  const off = values.map((y, i) => (1 / (1 + Math.exp(-(x[i] as number))) - y) / (y * 2 ** -23));
  const worst = off.reduce((best, error, i) => (error > (off[best] as number) ? i : best), 0);
  expect(off[worst]).toBeGreaterThan(0.8);
  const z = x[worst] as number;
  // Bounds of the one sigmoid times 2^20, exact in f32.
  const it = network(1, [dense("a", 1, 1, "sigmoid", false), dense("b", 1, 1, "linear", false)], [1, 2 ** 20]);
  const ball = ballOf([z], [z], [z]);
  const given = it.scores(Float32Array.of(z))[0] as number;
  expect(bound(it, ball, [1], { forward: 0, activation: 0 })).toBeGreaterThan(given);
  expect(bound(it, ball, [1], { forward: 0 })).toBeLessThanOrEqual(given);
});

describe("underflow", () => {
  test("of a product in the pass that runs is accounted for", () => {
    // 2^-80 2^-80 x is zero in f32; times 2^100 it is twice the bias.
    const parts = [dense("a", 1, 1, "linear", false), dense("b", 1, 1, "linear", false), dense("c", 1, 1, "linear")];
    const it = network(1, parts, [2 ** -80, 2 ** -80, 2 ** 100, -(2 ** -61)]);
    expect(it.scores(Float32Array.of(1))[0]).toBe(-(2 ** -61));
    expect(bound(it, ballOf([1], [1], [1]), [1], { forward: 0 })).toBeGreaterThan(0);
    expect(bound(it, ballOf([1], [1], [1]), [1], {})).toBeLessThanOrEqual(-(2 ** -61));
  });

  test("of a coefficient on its way back through a linear operation is accounted for", () => {
    // The slope 2^-160 is zero in f32, and x is large.
    const parts = [dense("a", 1, 1, "linear", false), dense("b", 1, 1, "linear")];
    const it = network(1, parts, [2 ** -60, 2 ** -100, 2 ** -114]);
    const lowest = it.scores(Float32Array.of(-(2 ** 47)))[0] as number;
    expect(lowest).toBe(-(2 ** -114));
    expect(bound(it, ballOf([0], [-(2 ** 47)], [0]), [1], {})).toBeLessThanOrEqual(lowest);
  });

  test("of a coefficient times a slope is accounted for", () => {
    const parts = [part("LeakyReLU", { name: "leaky", alpha: 2 ** -60 }), dense("b", 1, 1, "linear")];
    const it = network(1, parts, [2 ** -100, 1.5 * 2 ** -114]);
    const lowest = it.scores(Float32Array.of(-(2 ** 47)))[0] as number;
    expect(lowest).toBe(-(2 ** -115));
    expect(bound(it, ballOf([-(2 ** 46)], [-(2 ** 47)], [-(2 ** 46)]), [1], {})).toBeLessThanOrEqual(lowest);
  });
});

describe("underflow in a merge", () => {
  /** The mean of x and x: x. */
  const it = Network.fromArtifacts({
    modelTopology: {
      class_name: "Functional",
      config: {
        name: "mean",
        layers: [
          {
            class_name: "InputLayer",
            name: "x",
            config: { name: "x", batch_input_shape: [null, 1] },
            inbound_nodes: [],
          },
          {
            ...{ class_name: "Average", name: "it", config: { name: "it" } },
            inbound_nodes: [
              [
                ["x", 0, 0, {}],
                ["x", 0, 0, {}],
              ],
            ],
          },
        ],
        input_layers: [["x", 0, 0]],
        output_layers: [["it", 0, 0]],
      },
    },
    weightSpecs: [],
    weightData: new ArrayBuffer(0),
  });
  const least = 2 ** -149;

  test("of a coefficient times the factor, given straight to it, is accounted for", () => {
    // Half of the least float is zero, and x is large.
    const lowest = least * (it.scores(Float32Array.of(-(2 ** 47)))[0] as number);
    expect(lowest).toBe(-(2 ** -102));
    expect(bound(it, ballOf([0], [-(2 ** 47)], [0]), [least], {})).toBeLessThanOrEqual(lowest);
  });

  test("of the mean that runs is accounted for", () => {
    // Half of the least float, twice, is zero where each is halved, and the least float where the sum is.
    const weight = 2 ** 100;
    for (const x of [least, -least, 3 * least]) {
      const given = weight * (it.scores(Float32Array.of(x))[0] as number);
      for (const sign of [1, -1]) {
        const found = bound(it, ballOf([x], [x], [x]), [sign * weight], {});
        expect(found).toBeLessThanOrEqual(sign * given);
        // By no less than half a least float on one of the ways.
        expect(found).toBeLessThanOrEqual(sign * weight * x - weight * least);
      }
    }
  });
});

test("underflow of a coefficient times a slope, given straight to a global pooling, is accounted for", () => {
  // The line above the larger of x, from -2^46 to 2^46, and 0 has slope 1/2: half of the least float is zero.
  const it = Network.fromArtifacts(artifactsOf([2, 1], [part("GlobalMaxPooling1D", { name: "it" })]));
  const least = 2 ** -149;
  const far = 2 ** 46;
  const lowest = -least * (it.scores(Float32Array.of(far, 0))[0] as number);
  expect(lowest).toBe(-(2 ** -103));
  expect(bound(it, ballOf([-far, 0], [-far, 0], [far, 0]), [-least], {})).toBeLessThanOrEqual(lowest);
});

test("numbers near the end of single precision have no bounds, where a sum may overflow on its way", () => {
  // 2^100 (a - a) + b is b, unless the sum overflows in between.
  const it = network(3, [dense("out", 3, 1, "linear", false)], [2 ** 100, -(2 ** 100), 1]);
  expect(bound(it, ballOf([1, 1, 1], [1, 1, 1], [1, 1, 1]), [1], {})).toBe(Number.NEGATIVE_INFINITY);
  const large = network(1, [dense("a", 1, 1, "linear", false), dense("b", 1, 1, "linear", false)], [2 ** 50, 2 ** -50]);
  expect(bound(large, ballOf([1], [0], [1]), [1], {})).toBe(Number.NEGATIVE_INFINITY);
  expect(bound(large, ballOf([2 ** -9], [0], [2 ** -9]), [1], {})).toBeGreaterThan(-1e-6);
});

test("sum: without it sums of f64 come out above the exact sum", () => {
  const { arena, kernels } = new Workspace();
  const n = 1000;
  const [a, low, high, c] = [arena.allocateF32(n), arena.allocateF64(n), arena.allocateF64(n), arena.allocateF64(1)];
  let above = 0;
  for (let seed = 0; seed < 20; seed++) {
    const lower = noise64(n, seed, 3).map((x) => -Math.abs(x));
    const ones = new Float32Array(n).fill(1);
    arena.f32(a, n).set(ones);
    const sum = (ends: Float64Array) => {
      arena.f64(low, n).set(ends);
      arena.f64(high, n).set(ends);
      arena.f64(c, 1).fill(0);
      kernels.interval_sum_f64(1, n, a, low, high, c);
      return exactly(arena.f64(c, 1)[0] as number);
    };
    const exact = lower.reduce((total, value) => total + exactly(value), 0n);
    const [plain, widened] = [lower.slice(), lower.slice()];
    widenForSum(plain, lower.slice(), { ...ALL_TERMS, sum: 0 });
    widenForSum(widened, lower.slice(), ALL_TERMS);
    if (sum(plain) > exact) above++;
    expect(sum(widened) <= exact).toBe(true);
  }
  expect(above).toBeGreaterThan(2);
});

/** A double of magnitude below 2^20 and a multiple of 2^-100, as a whole number of 2^-100. */
function exactly(x: number): bigint {
  const scaled = x * 2 ** 50;
  const whole = Math.floor(scaled);
  return BigInt(whole) * 2n ** 50n + BigInt((scaled - whole) * 2 ** 50);
}
