/**
 * Every gradient of tfjs on the wasm backend with our kernels beside the cpu backend: values and gradients, on inputs that are random,
 * negative, zero, tied, small and large. docs/tfjs-wasm-defects.md lists what differs without ours, and what no backend has right.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { registerGradientKernels, unregisterGradientKernels } from "../../src/tfjs/index.ts";
import { GRADIENT_CASES } from "../support/gradient-cases.ts";
import { noise32 } from "../support/noise.ts";
import { differentiate, on, sizeOf } from "../support/tfjs-wasm.ts";

const INPUTS: Record<string, (n: number, seed: number) => Float32Array> = {
  random: (n, seed) => noise32(n, seed).map((v) => 2 * v),
  negative: (n, seed) => noise32(n, seed).map((v) => -0.1 - 1.5 * Math.abs(v)),
  positive: (n, seed) => noise32(n, seed).map((v) => 0.1 + 1.5 * Math.abs(v)),
  zero: (n) => new Float32Array(n),
  tied: (n, seed) => noise32(n, seed).map((v) => Math.round(1.4 * v) + 0),
  small: (n, seed) => noise32(n, seed).map((v) => v / 2000),
  large: (n, seed) => noise32(n, seed).map((v) => 40 * v),
};
const slope = (n: number) => noise32(n, 99).map((v) => (Math.round(8 * v) || 1) / 8);

/**
 * Both compute in f32, with functions of their own: differences of some thousand roundings are theirs (tfjs's own tests
 * allow ten times more). A wrong number is off by the size of the numbers.
 */
const TOLERANCE = 2e-4;

function firstApart(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  return Array.from(expected).findIndex((v, i) => {
    const w = found[i] as number;
    if (Object.is(v, w) || v === w) return false;
    return !(Math.abs(v - w) <= TOLERANCE * (1 + Math.abs(v)));
  });
}

const differing = async (): Promise<string[]> => {
  const found = new Set<string>();
  for (const one of GRADIENT_CASES) {
    for (const [kind, make] of Object.entries(INPUTS)) {
      const inputs = one.shapes.map((shape, i) => make(sizeOf(shape), i + 1));
      const cpu = await on("cpu", () => differentiate(one, inputs, slope));
      try {
        const wasm = differentiate(one, inputs, slope);
        const apart =
          firstApart(wasm.y, cpu.y) >= 0 ||
          wasm.gradients.some((g, i) => firstApart(g, cpu.gradients[i] as Float32Array) >= 0);
        if (apart) found.add(`${one.name} (${kind})`);
      } catch (error) {
        found.add(`${one.name}: ${(error as Error).message}`);
      }
    }
  }
  return [...found];
};

beforeAll(() => registerGradientKernels());
afterAll(() => unregisterGradientKernels());

test("no gradient differs", async () => {
  expect(GRADIENT_CASES.length).toBeGreaterThan(120);
  expect(await differing()).toEqual([]);
});

test("in plain tfjs these do, or are missing", async () => {
  unregisterGradientKernels();
  const names = (await differing()).map((title) => title.replace(/( \(|:).*/, "").replace(/, \w+$/, ""));
  registerGradientKernels();
  expect([...new Set(names)].sort()).toEqual([
    "conv1d",
    "conv2d",
    "conv2dTranspose",
    "conv3d",
    "depthwiseConv2d",
    "dilation2d",
    "fused.conv2d",
    "fused.depthwiseConv2d",
    "gather",
    "gather, axis 1",
    "maxPool",
    "maxPool3d",
    "pool",
    "separableConv2d",
    "unsortedSegmentSum",
  ]);
});
