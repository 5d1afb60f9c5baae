/** The facts of each activation agree with one another: kernel, gradient, greatest slope, range, monotony. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { leakyRelu, reluUpTo } from "../../src/model/layers/activations.ts";
import {
  affine,
  celu,
  clip,
  elu,
  FUNCTIONS,
  hardSigmoid,
  hardSwish,
  powerOf,
  selu,
  thresholdedRelu,
} from "../../src/model/layers/functions.ts";
import { type Activation, ELEMENTWISE } from "../../src/model/layers/index.ts";
import { Workspace } from "../../src/wasm/index.ts";
import { messageOf } from "../message-of.ts";
import { ulp32 } from "../support/bounds.ts";

/** Every 2^-7 from -16 to 16, and beyond by powers of two: the step is exact in single precision. */
const STEP = 2 ** -7;
/** Exact, too, beside each of them. */
const BESIDE = 2 ** -20;
const NEAR = Float32Array.from({ length: 2 ** 12 + 1 }, (_, i) => -16 + i * STEP);
const FAR = Float32Array.from({ length: 240 }, (_, i) => (i % 2 ? 1 : -1) * 2 ** (5 + Math.floor(i / 2)));

/** Kernels err by less than 5 units in the last place [test/support/gate-claims.ts], gradients by some roundings of terms of their size. */
const ULPS = 5;

function evaluate({ forward, gradient, gradientFrom }: Activation, x: Float32Array) {
  const { arena, kernels } = new Workspace();
  const n = x.length;
  const [from, to] = [arena.allocateF32(n), arena.allocateF32(n)];
  const [slope, out] = [arena.allocateF32(n), arena.allocateF32(n)];
  arena.f32(from, n).set(x);
  arena.f32(slope, n).fill(1);
  arena.f32(out, n).fill(0);
  forward(kernels, n, from, to);
  gradient(kernels, n, gradientFrom === "input" ? from : to, slope, out);
  return { y: arena.f32(to, n).slice(), slopes: arena.f32(out, n).slice() };
}

/** What contradicts what, of the facts of an activation. */
function contradictions(activation: Activation): string[] {
  const { slope, range, isMonotone } = activation;
  const found = new Set<string>();
  for (const x of [NEAR, FAR]) {
    evaluate(activation, x).y.forEach((value) => {
      if (!(value >= range[0] && value <= range[1])) found.add("a value outside the range");
    });
  }
  const { y, slopes } = evaluate(activation, NEAR);
  // On either side of a point, since a slope may jump there.
  const before = evaluate(
    activation,
    NEAR.map((x) => x - BESIDE),
  ).slopes;
  const behind = evaluate(
    activation,
    NEAR.map((x) => x + BESIDE),
  ).slopes;
  let [steepest, falls] = [0, false];
  for (let i = 0; i + 1 < NEAR.length; i++) {
    const [a, b] = [y[i], y[i + 1]] as [number, number];
    const around = [slopes[i], behind[i], before[i + 1], slopes[i + 1]] as number[];
    const [least, most] = [Math.min(...around), Math.max(...around)];
    const size = Math.max(-least, most);
    // hard_sigmoid rounds a sum with 1/2 in it, whatever is left.
    const rounding = ULPS * (ulp32(Math.max(Math.abs(a), 1 / 2)) + ulp32(Math.max(Math.abs(b), 1 / 2)));
    const mean = (b - a) / STEP;
    steepest = Math.max(steepest, size);
    if (Math.abs(b - a) > slope.upper * STEP + rounding) found.add("a difference above the greatest slope");
    if (size > slope.upper + 16 * ulp32(slope.upper)) found.add("a gradient above the greatest slope");
    if (b - a < -rounding) falls = true;
    // The mean slope of a step lies between the slopes at its ends, within, but for |f'''| STEP^2 / 8, and |f'''| < 4 between kinks.
    const slack = STEP * STEP + (2 * rounding) / STEP + ULPS * ulp32(Math.max(size, 1));
    if (mean < least - slack || mean > most + slack) found.add("a gradient that is none");
  }
  // Near the steepest point f' = slope - |f'''| d^2 / 2 with d <= STEP; of kinks the points on their sides are met.
  if (steepest < slope.lower - 2 * STEP * STEP && slope.upper > 0) {
    const onlyBelow = evaluate(activation, Float32Array.of(-(2 ** -20))).slopes[0] as number;
    if (Math.abs(onlyBelow) < slope.lower - 2 ** -16) found.add("a greatest slope that is nowhere");
  }
  if (falls === isMonotone) found.add(isMonotone ? "a fall" : "no fall");
  return [...found];
}

const MADE = {
  "relu up to 0": reluUpTo(0),
  "relu up to 2.3": reluUpTo(2.3),
  "leaky relu 0.3": leakyRelu(0.3),
  "leaky relu 0": leakyRelu(0),
  "leaky relu 1.7": leakyRelu(1.7),
  "leaky relu -2.5": leakyRelu(-2.5),
  ...{ abs: FUNCTIONS.abs, erf: FUNCTIONS.erf, neg: FUNCTIONS.neg },
  "affine 0.3 x - 2": affine(0.3, -2),
  "affine -1.5 x + 1": affine(-1.5, 1),
  "clip -1.25 to 2.5": clip(-1.25, 2.5),
  "clip 1 to 1": clip(1, 1),
  "clip above -3": clip(-3, Number.POSITIVE_INFINITY),
  "hard sigmoid of Keras 3": hardSigmoid(1 / 6, 1 / 2),
  "hard sigmoid falling": hardSigmoid(-0.3, 0.25),
  "hard swish": hardSwish(1 / 6, 1 / 2),
  "hard swish from 0": hardSwish(0.25, 0),
  "hard swish 0.4 x + 1.75": hardSwish(0.4, 1.75),
  "elu 0.7": elu(0.7),
  "elu -0.5": elu(-0.5),
  "celu 2": celu(2),
  "celu 0.25": celu(0.25),
  "selu 1.2, 0.8": selu(1.2, 0.8),
  "thresholded relu 0": thresholdedRelu(0),
  "power 1": powerOf(1),
  "power 0": powerOf(0),
};

describe("kernel, gradient, greatest slope, range and monotony agree", () => {
  for (const [name, activation] of Object.entries({ ...ELEMENTWISE, ...MADE })) {
    test(name, () => expect(contradictions(activation)).toEqual([]));
  }
});

describe("of functions without a greatest slope, range and monotony agree with the kernel", () => {
  const positive = NEAR.filter((x) => x > 0);
  for (const [name, activation, x] of [
    ["exp", FUNCTIONS.exp, NEAR],
    ["log", FUNCTIONS.log, positive],
    ["sqrt", FUNCTIONS.sqrt, positive],
    ["rsqrt", FUNCTIONS.rsqrt, positive],
    ["square", FUNCTIONS.square, NEAR],
    ["reciprocal", FUNCTIONS.reciprocal, NEAR.filter((v) => v !== 0)],
    ["power 3", powerOf(3), NEAR],
    ["power 4", powerOf(4), NEAR],
    ["power -3", powerOf(-3), NEAR.filter((v) => v !== 0)],
    ["power 1.7", powerOf(1.7), positive],
    ["power -0.3", powerOf(-0.3), positive],
    ["thresholded relu 1", thresholdedRelu(1), NEAR],
    ["thresholded relu -1", thresholdedRelu(-1), NEAR],
  ] as const) {
    test(name, () => {
      const { range, isMonotone, slope } = activation as Activation;
      const { y } = evaluate(activation, x);
      expect(y.every((value) => value >= range[0] && value <= range[1])).toBe(true);
      const falls = y.slice(1).some((value, i) => value < (y[i] as number) - 8 * ulp32(y[i] as number));
      expect(falls).toBe(!isMonotone);
      expect(slope.upper).toBe(Number.POSITIVE_INFINITY);
    });
  }
});

test("functions that have a kernel of their own are that one", () => {
  expect(elu(1)).toBe(ELEMENTWISE.elu);
  expect(celu(1)).toBe(ELEMENTWISE.elu);
  expect(selu(Math.fround(1.6732632423543772), Math.fround(1.0507009873554805))).toBe(ELEMENTWISE.selu);
  expect(hardSigmoid(0.2, 0.5)).toBe(ELEMENTWISE.hard_sigmoid);
  expect([2, 0.5, -0.5, -1].map(powerOf)).toEqual([
    FUNCTIONS.square,
    FUNCTIONS.sqrt,
    FUNCTIONS.rsqrt,
    FUNCTIONS.reciprocal,
  ]);
});

test("parameters that make no function are refused", () => {
  expect(messageOf(() => affine(Number.NaN, 1))).toBe("affine a: expected a finite number, got NaN");
  expect(messageOf(() => powerOf(1e39))).toBe("power p: expected a finite number, got 1e+39");
  expect(messageOf(() => clip(2, 1))).toBe("clip: expected an upper end above the lower one, got 2 and 1");
  expect(messageOf(() => hardSwish(-1, 0.5))).toBe("hard swish a: expected a number > 0, got -1");
  expect(messageOf(() => hardSwish(1, 3))).toBe("hard swish b: expected a number from 0 to 2, got 3");
  expect(messageOf(() => celu(0))).toBe("celu alpha: expected a number > 0, got 0");
});

test("each fact that is wrong is found", () => {
  const { tanh, swish, sigmoid, relu, gelu } = ELEMENTWISE;
  const slope = { lower: 0.99, upper: 0.99 };
  expect(contradictions({ ...tanh, slope })).toEqual([
    "a difference above the greatest slope",
    "a gradient above the greatest slope",
  ]);
  expect(contradictions({ ...gelu, slope: { lower: 1.14, upper: 1.14 } })).toEqual([
    "a greatest slope that is nowhere",
  ]);
  expect(contradictions({ ...tanh, range: [0, 1] })).toEqual(["a value outside the range"]);
  expect(contradictions({ ...swish, range: [-0.2784, Number.POSITIVE_INFINITY] })).toEqual([
    "a value outside the range",
  ]);
  expect(contradictions({ ...swish, isMonotone: true })).toEqual(["a fall"]);
  expect(contradictions({ ...relu, isMonotone: false })).toEqual(["no fall"]);
  expect(contradictions({ ...sigmoid, gradientFrom: "input" })).toContain("a gradient that is none");
  expect(contradictions({ ...sigmoid, gradient: tanh.gradient })).toContain("a gradient that is none");
});
