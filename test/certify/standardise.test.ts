/** Bounds of layer normalisation: each term of what its tangent and its kernel leave out, and rows that come near the bound. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { LinearBounds } from "../../src/certify/linear-bounds.ts";
import type { Ball } from "../../src/certify/region.ts";
import { ALL_TERMS, type ErrorTerms } from "../../src/certify/rounding.ts";
import { certify, minimalAttack, predictedClasses } from "../../src/index.ts";
import { Network } from "../../src/model/index.ts";
import { artifactsOf, dense, networkOf, type Part } from "../support/networks.ts";
import { noise32, noise64 } from "../support/noise.ts";

/** One normalisation of n numbers, of so large an epsilon, with gammas and betas. */
function normalisation(n: number, epsilon: number, gammas: readonly number[], betas: readonly number[]): Network {
  const it: Part = {
    class_name: "LayerNormalization",
    config: { name: "it", epsilon },
    weights: [
      { name: "it/gamma", shape: [n], dtype: "float32" },
      { name: "it/beta", shape: [n], dtype: "float32" },
    ],
  };
  return Network.fromArtifacts({
    ...artifactsOf([n], [it]),
    weightData: Float32Array.from([...gammas, ...betas]).buffer as ArrayBuffer,
  });
}

function ballOf(row: Float32Array, epsilon: number): Ball {
  const box = { lower: new Float64Array(row.length).fill(-1e9), upper: new Float64Array(row.length).fill(1e9) };
  return { row, box, norm: "linf", epsilon };
}

function boundOf(it: Network, ball: Ball, weights: Float32Array, terms: Partial<ErrorTerms> = {}): number {
  return new LinearBounds(it, { ...ALL_TERMS, ...terms }).bound(ball, weights)[0] as number;
}

/** What the layer gives in f64. */
function exactly(x: readonly number[], epsilon: number): number[] {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const s = 1 / Math.sqrt(x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length + epsilon);
  return x.map((v) => (v - mean) * s);
}

describe("forward", () => {
  // A mean that is large beside the differences: what its rounding loses is a good part of them.
  const sizes = [3, 5, 8, 21, 100];
  for (const n of sizes) {
    test(`without it the kernel gives less than what is certified of one row, ${n} numbers`, () => {
      const ones = new Array<number>(n).fill(1);
      const it = normalisation(n, 1e-3, ones, new Array<number>(n).fill(0.25));
      let [lost, kept, all] = [0, 0, 0];
      for (let seed = 0; seed < 12; seed++) {
        const row = noise32(n, seed).map((x) => 100 + x);
        const scores = it.scores(row);
        const [whole, without] = [new LinearBounds(it), new LinearBounds(it, { ...ALL_TERMS, forward: 0 })];
        const weights = new Float32Array(2 * n * n);
        for (let i = 0; i < n; i++) [weights[i * n + i], weights[(n + i) * n + i]] = [1, -1];
        const [bounds, careless] = [whole.bound(ballOf(row, 0), weights), without.bound(ballOf(row, 0), weights)];
        for (let i = 0; i < 2 * n; i++) {
          const given = (i < n ? 1 : -1) * (scores[i % n] as number);
          if ((careless[i] as number) > given) lost++;
          if ((bounds[i] as number) <= given) kept++;
          all++;
        }
      }
      expect(lost).toBeGreaterThan(all / 4);
      expect(kept).toBe(all);
    });
  }
});

test("backward: without it coefficients that were rounded towards zero leave out a part of the slope", () => {
  // At equal numbers the layer is (I - 1 1^T / n) / sqrt(epsilon), but for third powers of the change.
  const t = 2 ** -14;
  let looked = 0;
  for (let k = 1; k < 200; k++) {
    const epsilon = Math.fround(1 + k / 64);
    const slope = 2 / 3 / Math.sqrt(epsilon);
    // Two thirds and one third have the same digits.
    if (!((slope - Math.fround(slope)) / slope > 2e-8)) continue;
    looked++;
    const it = normalisation(3, epsilon, [1, 1, 1], [0, 0, 0]);
    const ball = ballOf(Float32Array.of(0, 0, 0), t);
    const least = exactly([-t, t, t], epsilon)[0] as number;
    const weights = Float32Array.of(1, 0, 0);
    expect(boundOf(it, ball, weights, { forward: 0, backward: 0 })).toBeGreaterThan(least);
    expect(boundOf(it, ball, weights, { forward: 0 })).toBeLessThanOrEqual(least);
  }
  expect(looked).toBeGreaterThan(3);
});

/** The least weighted sum that descents within a box meet, in f64. */
function leastFound(
  row: Float32Array,
  epsilon: number,
  weights: Float32Array,
  spread: number,
  gammas: number[],
): number {
  let least = Number.POSITIVE_INFINITY;
  const value = (x: readonly number[]) =>
    exactly(x, epsilon).reduce((sum, y, i) => sum + y * (gammas[i] as number) * (weights[i] as number), 0);
  for (let start = 0; start < 6; start++) {
    let x = [...noise64(row.length, 70 + start)].map((v, i) => (row[i] as number) + spread * Math.sign(v));
    for (let round = 0; round < 8; round++) {
      const here = value(x);
      least = Math.min(least, here);
      x = x.map((v, i) => {
        const moved = x.slice();
        moved[i] = 2 * (row[i] as number) - v;
        return value(moved) < here ? (moved[i] as number) : v;
      });
    }
    least = Math.min(least, value(x));
  }
  return least;
}

describe("over boxes", () => {
  test("bounds are below what descents find, and what they miss falls with the square of the box", () => {
    for (const n of [2, 3, 7, 16]) {
      for (let seed = 1; seed <= 6; seed++) {
        const row = noise32(n, seed);
        const gammas = [...noise32(n, 20 + seed)];
        const weights = noise32(n, 40 + seed);
        const it = normalisation(n, 0.01, gammas, new Array<number>(n).fill(0));
        const missed = [0.002, 0.01, 0.1, 0.5, 3].map((spread) => {
          const bound = boundOf(it, ballOf(row, spread), weights, { forward: 0 });
          const least = leastFound(row, Math.fround(0.01), weights, spread, gammas.map(Math.fround));
          expect(bound, `${n} ${seed} ${spread}`).toBeLessThanOrEqual(least + 1e-12);
          return least - bound;
        });
        const largest = Math.sqrt(n) * Math.sqrt(n) * weights.reduce((sum, w) => sum + Math.abs(w), 0);
        expect(missed[4]).toBeLessThan(2 * largest);
        if (n > 2) expect(missed[0]).toBeLessThan(0.08 * (missed[1] as number) + 1e-6);
      }
    }
  });

  /** Some of 16 numbers move by t or less, the others are held; the bound and the least of the corners, in f64. */
  function cornered(
    at: Record<number, number>,
    movable: readonly number[],
    weights: Record<number, number>,
    t: number,
  ) {
    const n = 16;
    const row = Float32Array.from({ length: n }, (_, i) => at[i] ?? 0);
    const all = Float32Array.from({ length: n }, (_, i) => weights[i] ?? 0);
    const box = { lower: Float64Array.from(row), upper: Float64Array.from(row) };
    for (const i of movable) [box.lower[i], box.upper[i]] = [(row[i] as number) - t, (row[i] as number) + t];
    const it = normalisation(n, 2 ** -20, new Array<number>(n).fill(1), new Array<number>(n).fill(0));
    const bound = boundOf(it, { row, box, norm: "linf", epsilon: 10 }, all, { forward: 0 });
    let least = Number.POSITIVE_INFINITY;
    for (let corner = 0; corner < 2 ** movable.length; corner++) {
      const x = [...row];
      movable.forEach((i, k) => {
        x[i] = (row[i] as number) + ((corner >> k) & 1 ? t : -t);
      });
      least = Math.min(
        least,
        exactly(x, 2 ** -20).reduce((sum, y, i) => sum + y * (all[i] as number), 0),
      );
    }
    return { bound, least };
  }

  for (const t of [2 ** -8, 2 ** -5]) {
    test(`the root that shrinks with the square of a change is accounted for, ${t}`, () => {
      // Numbers at the mean that part: the tangent knows of no change, and two that are held lose.
      const { bound, least } = cornered({ 0: 1, 1: -1 }, [2, 3], { 0: 1, 1: -1 }, t);
      expect(bound).toBeLessThanOrEqual(least);
      expect(bound).toBeGreaterThan(least - 20 * t * t);
    });

    test(`the root that bends up is accounted for, ${t}`, () => {
      // Numbers far from the mean that come nearer: the others gain more than the tangent says.
      const { bound, least } = cornered({ 0: 1, 1: -1, 2: 3, 3: -3 }, [2, 3], { 0: -1, 1: 1 }, t);
      expect(bound).toBeLessThanOrEqual(least);
      expect(bound).toBeGreaterThan(least - 20 * t * t);
    });

    test(`a number that changes together with the root is accounted for, ${t}`, () => {
      // Two that part, so that their mean stays, while others come nearer to it.
      const { bound, least } = cornered({ 2: 3, 3: -3 }, [0, 1, 2, 3], { 0: 1, 1: -1 }, t);
      expect(bound).toBeLessThanOrEqual(least);
      expect(bound).toBeGreaterThan(least - 20 * t * t);
    });
  }

  test("a group of one number, or of equal ones, is where its shift is", () => {
    const one = normalisation(1, 1e-3, [2], [0.5]);
    expect(boundOf(one, ballOf(Float32Array.of(3), 1), Float32Array.of(1))).toBeGreaterThan(0.499);
    const flat = normalisation(4, 0, [1, 1, 1, 1], [0, 0, 0, 0]);
    // Without an epsilon nothing is known where all numbers may be equal.
    const found = boundOf(flat, ballOf(Float32Array.of(1, 1, 1, 1), 0.1), Float32Array.of(1, 0, 0, 0));
    expect(found).toBe(Number.NEGATIVE_INFINITY);
  });
});

test("a network with normalisations is certified to radii that no attack gets below", async () => {
  const parts: Part[] = [
    dense("a", 6, 10, "tanh"),
    {
      class_name: "LayerNormalization",
      config: { name: "n" },
      weights: ["gamma", "beta"].map((own) => ({ name: `n/${own}`, shape: [10], dtype: "float32" as const })),
    },
    dense("b", 10, 10, "relu"),
    dense("out", 10, 3, "linear"),
  ];
  const network = networkOf([6], parts);
  const count = 6;
  const rows = noise32(count * 6, 3).map((x) => x / 2);
  const truth = predictedClasses(network.scores(rows), 3);
  for (const norm of ["linf", "l2", "l1"] as const) {
    const proved = await certify(network, { rows, truth, norm, lower: -1, upper: 1 });
    const found = await minimalAttack(network, { rows, truth, norm, lower: -1, upper: 1 });
    let compared = 0;
    for (let i = 0; i < count; i++) {
      expect(proved.radius[i]).toBeGreaterThan(0);
      if (!found.success[i]) continue;
      expect(proved.radius[i]).toBeLessThanOrEqual(found.distance[i] as number);
      compared++;
    }
    expect(compared).toBeGreaterThan(0);
  }
});
