/** Lines around functions: below and above what the kernels give, wherever it is looked at, and touching it nearly. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { CURVES, type Curve, clipped, leaky } from "../../src/certify/curve.ts";
import { linesAround } from "../../src/certify/lines.ts";
import { leakyRelu, reluUpTo } from "../../src/model/layers/activations.ts";
import { ELEMENTWISE } from "../../src/model/layers/index.ts";
import type { Activation } from "../../src/model/layers/operation-map.ts";
import { Workspace } from "../../src/wasm/index.ts";
import { CLAIMS } from "../support/claims.ts";
import { GATE_CLAIMS } from "../support/gate-claims.ts";
import { noise64 } from "../support/noise.ts";

const CASES: readonly [name: string, curve: Curve, activation: Activation][] = [
  ...Object.entries(CURVES).map(([name, curve]): [string, Curve, Activation] => {
    return [name, curve, ELEMENTWISE[name as keyof typeof ELEMENTWISE]];
  }),
  ["relu", leaky(0), ELEMENTWISE.relu],
  ["relu6", clipped(6), ELEMENTWISE.relu6],
  ["relu up to 0.75", clipped(0.75), reluUpTo(0.75)],
  ["leaky_relu, 0.3", leaky(Math.fround(0.3)), leakyRelu(0.3)],
  ["leaky_relu, -1.5", leaky(-1.5), leakyRelu(-1.5)],
];

const POINTS = 400;

function kernelValues({ forward }: Activation, x: Float32Array): Float32Array {
  const { arena, kernels } = new Workspace();
  const at = arena.allocateF32(x.length);
  arena.f32(at, x.length).set(x);
  forward(kernels, x.length, at, at);
  return arena.f32(at, x.length).slice();
}

test("every activation that runs here has a curve, but for two of which it is not known where they bend and one with numbers of its own", () => {
  const known = [...Object.keys(CURVES), "relu", "relu6", "mish", "gelu_new", "hard_sigmoid_sixth"].sort();
  expect(known).toEqual(Object.keys(ELEMENTWISE).sort());
});

test("the errors that curves state are no smaller than what the kernels claim", () => {
  let looked = 0;
  for (const { kernel, ulps, last } of [...CLAIMS, ...GATE_CLAIMS]) {
    const curve = CURVES[kernel.replace("_f32", "")];
    if (!curve) continue;
    looked++;
    // Of what is subnormal the spacing is that of the least.
    if (last < -1e30 && ulps > 9) expect(curve.besides).toBeGreaterThanOrEqual(ulps * 2 ** -149);
    else if (ulps > curve.ulps) expect(curve.besides).toBeGreaterThanOrEqual(ulps * 2 ** -149);
    else expect(curve.ulps).toBeGreaterThanOrEqual(ulps);
  }
  expect(looked).toBeGreaterThan(12);
});

describe.each(CASES)("%s", (_name, curve, activation) => {
  test("lies between its lines on intervals of every width and place, as the kernel gives it", () => {
    const [places, widths] = [noise64(120, 1), noise64(120, 2)];
    let gap = 0;
    places.forEach((place, k) => {
      const width = [1e-9, 1e-4, 0.1, 1, 5, 40][k % 6] as number;
      const l = (k % 4 === 0 ? 0.3 : k % 4 === 1 ? 3 : 12) * place - (width * Math.abs(widths[k] as number)) / 2;
      const u = l + width * Math.abs(widths[k] as number);
      const lines = linesAround(curve, l, u, 1);
      const inside = Float32Array.from({ length: POINTS }, (_, i) => l + ((u - l) * i) / (POINTS - 1)).filter(
        (x) => x >= l && x <= u,
      );
      const values = kernelValues(activation, inside);
      const crossed: number[] = [];
      let [nearest, nearestAbove] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      inside.forEach((x, i) => {
        const y = values[i] as number;
        const [below, above] = [
          y - (lines.lowerSlope * x + lines.lowerShift),
          lines.upperSlope * x + lines.upperShift - y,
        ];
        if (!(below >= 0 && above >= 0 && y >= lines.least && y <= lines.most)) crossed.push(x);
        nearest = Math.min(nearest, below);
        nearestAbove = Math.min(nearestAbove, above);
      });
      expect(crossed, `[${l}, ${u}]`).toEqual([]);
      if (inside.length > POINTS / 2) {
        gap++;
        // A line that touches nowhere could be nearer: what is left are the errors of kernel and f64, and the points looked at.
        const step = (u - l) / POINTS;
        const most =
          4 * curve.steepest * step + 4 * (curve.ulps + 1) * 2 ** -23 * (1 + Math.abs(l) + Math.abs(u)) + 1e-6;
        expect(nearest, `[${l}, ${u}]`).toBeLessThan(most);
        expect(nearestAbove, `[${l}, ${u}]`).toBeLessThan(most);
      }
    });
    expect(gap).toBeGreaterThan(60);
  });
});

test("a sigmoid's lines in the middle are as steep as its tangent there, where that lies on one side", () => {
  const { lowerSlope } = linesAround(CURVES.sigmoid as Curve, -4, -1, 1);
  expect(lowerSlope).toBeCloseTo((CURVES.sigmoid as Curve).slope(-2.5), 2);
});
