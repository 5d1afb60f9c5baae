/** The facts of each activation agree with one another: kernel, gradient, greatest slope, range, monotony. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { leakyRelu, reluUpTo } from "../../src/model/layers/activations.ts";
import { type Activation, ELEMENTWISE } from "../../src/model/layers/index.ts";
import { Workspace } from "../../src/wasm/index.ts";
import { ulp32 } from "../support/bounds.ts";

/** Every 2^-7 from -16 to 16, and beyond by powers of two: the step is exact in single precision. */
const STEP = 2 ** -7;
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
  let [steepest, falls] = [0, false];
  for (let i = 0; i + 1 < NEAR.length; i++) {
    const [a, b] = [y[i], y[i + 1]] as [number, number];
    const [left, right] = [slopes[i], slopes[i + 1]] as [number, number];
    // hard_sigmoid rounds a sum with 1/2 in it, whatever is left.
    const rounding = ULPS * (ulp32(Math.max(Math.abs(a), 1 / 2)) + ulp32(Math.max(Math.abs(b), 1 / 2)));
    const mean = (b - a) / STEP;
    steepest = Math.max(steepest, Math.abs(left));
    if (Math.abs(b - a) > slope.upper * STEP + rounding) found.add("a difference above the greatest slope");
    if (Math.abs(left) > slope.upper + 16 * ulp32(slope.upper)) found.add("a gradient above the greatest slope");
    if (b - a < -rounding) falls = true;
    // The mean slope of a step lies between the slopes at its ends, but for |f'''| STEP^2 / 8, and |f'''| < 4 between kinks.
    const slack = STEP * STEP + (2 * rounding) / STEP + ULPS * ulp32(Math.max(Math.abs(left), Math.abs(right), 1));
    if (mean < Math.min(left, right) - slack || mean > Math.max(left, right) + slack)
      found.add("a gradient that is none");
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
};

describe("kernel, gradient, greatest slope, range and monotony agree", () => {
  for (const [name, activation] of Object.entries({ ...ELEMENTWISE, ...MADE })) {
    test(name, () => expect(contradictions(activation)).toEqual([]));
  }
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
