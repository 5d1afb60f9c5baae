/** The statistics of a filter's shape: what gratings, spots and noise give, and that turning and scaling changes nothing. */
import { expect, test } from "vitest";
import { filterShapes } from "../../../src/analysis/features/orientation.ts";
import { noise32 } from "../../support/noise.ts";

const SIDE = 8;
const filter = (value: (x: number, y: number) => number) =>
  Float32Array.from({ length: SIDE * SIDE }, (_, i) => value(i % SIDE, Math.floor(i / SIDE)));
const shapeOf = (values: Float32Array) => filterShapes(values, SIDE)[0] as ReturnType<typeof filterShapes>[0];
const gabor = (angle: number) =>
  filter((x, y) => {
    const [u, v] = [x - 3.5, y - 3.5];
    const along = u * Math.cos(angle) + v * Math.sin(angle);
    return Math.exp(-(u * u + v * v) / 8) * Math.cos((2 * Math.PI * along) / 4);
  });

test("a grating has an orientation near 1, in any direction; a round spot has none", () => {
  for (const angle of [0, 0.4, Math.PI / 4, 1.2, Math.PI / 2]) {
    expect(shapeOf(gabor(angle)).orientation).toBeGreaterThan(0.8);
  }
  const spot = filter((x, y) => Math.exp(-((x - 3.5) ** 2 + (y - 3.5) ** 2) / 2));
  expect(shapeOf(spot).orientation).toBeLessThan(1e-6);
});

test("noise has less orientation, more bandwidth and more spread than an edge", () => {
  const noise = filterShapes(noise32(200 * SIDE * SIDE, 3), SIDE);
  const mean = (pick: "orientation" | "bandwidth" | "spread") => noise.reduce((sum, one) => sum + one[pick], 0) / 200;
  const edge = shapeOf(gabor(0.4));
  expect(mean("orientation")).toBeLessThan(0.3);
  expect(mean("bandwidth")).toBeGreaterThan(edge.bandwidth);
  expect(mean("spread")).toBeGreaterThan(edge.spread + 0.2);
  // Equal weights are what the spread is measured by; the deviation of the mean of 200 is below 0.01.
  expect(mean("spread")).toBeCloseTo(1, 1);
  expect(shapeOf(filter(() => 1)).spread).toBeCloseTo(1, 6);
});

test("the scale and a quarter turn change nothing but rounding; a filter of zeros has zeros", () => {
  const one = noise32(SIDE * SIDE, 9);
  const turned = filter((x, y) => one[x * SIDE + (SIDE - 1 - y)] as number);
  const scaled = one.map((value) => -3 * value) as Float32Array;
  const expected = shapeOf(one);
  for (const other of [turned, scaled]) {
    const shape = shapeOf(other);
    for (const name of ["orientation", "spread"] as const) expect(shape[name]).toBeCloseTo(expected[name], 6);
  }
  expect(shapeOf(scaled).bandwidth).toBeCloseTo(expected.bandwidth, 6);
  expect(shapeOf(new Float32Array(SIDE * SIDE))).toEqual({ orientation: 0, bandwidth: 0, spread: 0 });
});
