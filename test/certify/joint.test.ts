/** Bounds over balls of L2 that take what lines leave of all outputs together, and the norm that they rest on. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { minimalAttack } from "../../src/attacks/index.ts";
import { certify } from "../../src/certify/index.ts";
import { JointBounds } from "../../src/certify/joint-bounds.ts";
import { jointNorm } from "../../src/certify/joint-norm.ts";
import { LinearBounds } from "../../src/certify/linear-bounds.ts";
import { principalAxes } from "../../src/certify/principal-axes.ts";
import type { Ball } from "../../src/certify/region.ts";
import { predictedClasses } from "../../src/model/index.ts";
import { Workspace } from "../../src/wasm/index.ts";
import { dense, networkOf, type Part, part } from "../support/networks.ts";
import { noise32, noise64 } from "../support/noise.ts";

const SHAPE = [6, 6, 1];

function conv(name: string, channels: number, activation = "linear"): Part {
  return {
    class_name: "Conv2D",
    config: { name, filters: 3, kernel_size: 3, padding: "same", activation },
    weights: [
      { name: `${name}/kernel`, shape: [3, 3, channels, 3], dtype: "float32" },
      { name: `${name}/bias`, shape: [3], dtype: "float32" },
    ],
  };
}

const pool = (name: string, size: number, strides: number, padding = "valid") =>
  part("MaxPooling2D", { name, pool_size: size, strides, padding });
const flat = part("Flatten", { name: "flat" });

const NETWORKS: Record<string, readonly Part[]> = {
  "a rectifier below a pooling": [conv("a", 1, "relu"), pool("p", 2, 2), flat, dense("out", 27, 3, "linear")],
  "a pooling alone, its windows overlapping and padded": [
    conv("a", 1),
    pool("p", 3, 2, "same"),
    flat,
    dense("out", 27, 3, "linear"),
  ],
  "a pooling of the input": [pool("p", 2, 2), flat, dense("out", 9, 3, "linear")],
  "two of them and a rectifier": [
    ...[conv("a", 1, "relu"), pool("p", 2, 2), conv("b", 3, "relu"), pool("q", 3, 3), flat],
    ...[dense("c", 3, 8, "relu"), dense("out", 8, 3, "linear")],
  ],
};

function ballOf(row: Float32Array, epsilon: number): Ball {
  const box = { lower: new Float64Array(row.length).fill(-1), upper: new Float64Array(row.length).fill(1) };
  return { row, box, norm: "l2", epsilon };
}

/** Flat parts, as a background is, where many windows are nearly tied. */
function rowOf(seed: number): Float32Array {
  return noise32(36, seed).map((x, i) => (i % 3 === 0 ? x : 0));
}

/** The least weighted sum of the scores that descents from some rows of a ball meet. */
function leastFound(network: ReturnType<typeof networkOf>, { row, box, epsilon }: Ball, weights: Float32Array): number {
  const n = row.length;
  const starts = 6;
  const rows = Float32Array.from({ length: starts * n }, (_, i) => row[i % n] as number);
  let least = Number.POSITIVE_INFINITY;
  let moves = Array.from({ length: starts }, (_, r) => noise64(n, 400 + r).map((x) => (r === 0 ? 0 : x)));
  for (let step = 0; step < 30; step++) {
    moves.forEach((move, r) => {
      const length = Math.hypot(...move);
      const by = length === 0 ? 0 : (epsilon * (step % 2 === 0 ? 1 : 0.5)) / length;
      const to = Float64Array.from(move, (x, i) => {
        const there = (rows[r * n + i] as number) + by * x;
        return Math.min(Math.max(there, box.lower[i] as number), box.upper[i] as number) - (row[i] as number);
      });
      // A little shorter than the radius, for what rounding to f32 may add.
      const share = Math.min(1, Math.max(0, epsilon - 2 ** -21) / Math.hypot(...to, 2 ** -60));
      to.forEach((x, i) => {
        rows[r * n + i] = Math.min(
          Math.max((row[i] as number) + share * x, box.lower[i] as number),
          box.upper[i] as number,
        );
      });
      expect(Math.hypot(...row.map((x, i) => (rows[r * n + i] as number) - x))).toBeLessThanOrEqual(epsilon);
    });
    const { scores, gradient } = network.scoreGradient(rows, () => weights);
    for (let r = 0; r < starts; r++) {
      least = Math.min(
        least,
        weights.reduce((sum, weight, k) => sum + weight * (scores[r * weights.length + k] as number), 0),
      );
    }
    moves = moves.map((_, r) => Float64Array.from(gradient.subarray(r * n, (r + 1) * n), (x) => -x));
  }
  return least;
}

describe.each(Object.keys(NETWORKS))("%s", (name) => {
  const network = networkOf(SHAPE, NETWORKS[name] as readonly Part[]);
  const bounds = JointBounds.of(network) as JointBounds;

  test("has bounds below all that is found in a ball, which are near the value where it is small", () => {
    for (let seed = 1; seed <= 4; seed++) {
      for (const epsilon of [1e-4, 0.05, 0.3, 1]) {
        const ball = ballOf(rowOf(seed), epsilon);
        const weights = noise32(3, 50 + seed);
        const [bound] = bounds.bound(ball, weights) as unknown as [number];
        const least = leastFound(network, ball, weights);
        expect(bound).toBeLessThanOrEqual(least);
        if (epsilon === 1e-4) expect(least - bound).toBeLessThan(0.05);
      }
    }
  });

  test("has them with scales that guesses have chosen, which are no farther away", () => {
    let [before, after] = [0, 0];
    for (let seed = 1; seed <= 3; seed++) {
      const ball = ballOf(rowOf(seed), 0.3);
      const weights = noise32(3, 50 + seed);
      bounds.forget();
      before += bounds.bound(ball, weights)[0] as number;
      for (let i = 0; i < 4; i++) bounds.guess(ball, weights);
      const [bound] = bounds.bound(ball, weights) as unknown as [number];
      after += bound;
      expect(bound).toBeLessThanOrEqual(leastFound(network, ball, weights));
    }
    bounds.forget();
    expect(after).toBeGreaterThanOrEqual(before - 1e-6 * Math.abs(before));
  });

  test("is guessed nearly, and no guess is taken for a proof", () => {
    const weights = noise32(3, 51);
    const ball = ballOf(rowOf(1), 0.3);
    bounds.forget();
    const proved = bounds.bound(ball, weights)[0] as number;
    bounds.forget();
    const guess = bounds.guess(ball, weights)[0] as number;
    expect(Math.abs(guess - proved)).toBeLessThan(0.1 * Math.abs(proved) + 0.05);
    // Intervals of the guess, as narrow as can be, do not come into the bound.
    const fresh = JointBounds.of(network) as JointBounds;
    Object.defineProperty(fresh, "leftBy", { value: () => 0, configurable: true });
    fresh.guess(ball, weights);
    Reflect.deleteProperty(fresh, "leftBy");
    fresh.forget();
    expect(fresh.bound(ball, weights)[0]).toBe(proved);
  });

  test("without what lines leave something false is certified", () => {
    const careless = JointBounds.of(network) as JointBounds;
    Object.defineProperty(careless, "leftBy", { value: () => 0 });
    let lost = 0;
    for (let seed = 1; seed <= 12; seed++) {
      for (const epsilon of [0.3, 1]) {
        const ball = ballOf(rowOf(seed), epsilon);
        for (const sign of [1, -1]) {
          const weights = noise32(3, 50 + seed).map((x) => sign * x);
          if ((careless.bound(ball, weights)[0] as number) > leastFound(network, ball, weights)) lost++;
        }
      }
    }
    expect(lost).toBeGreaterThan(0);
  });
});

test("a pooling is bounded closer together than window by window, where many windows are tied", () => {
  const shape = [16, 16, 1];
  const parts = [conv("a", 1), pool("p", 2, 2), flat, dense("out", 192, 2, "linear")];
  const network = networkOf(shape, parts);
  const row = new Float32Array(256);
  const box = { lower: new Float64Array(256).fill(-1), upper: new Float64Array(256).fill(1) };
  const ball: Ball = { row, box, norm: "l2", epsilon: 0.1 };
  const weights = Float32Array.of(1, -1);
  const [a, b] = network.scores(row) as unknown as [number, number];
  const together = a - b - ((JointBounds.of(network) as JointBounds).bound(ball, weights)[0] as number);
  const alone = a - b - (new LinearBounds(network).bound(ball, weights)[0] as number);
  expect(together).toBeLessThan(alone / 2);
});

test("networks without a pooling, and those that bend otherwise, have none", () => {
  expect(JointBounds.of(networkOf([4], [dense("out", 4, 3, "relu")]))).toBeUndefined();
  const smooth = [conv("a", 1, "tanh"), pool("p", 2, 2), flat, dense("out", 27, 3, "linear")];
  expect(JointBounds.of(networkOf(SHAPE, smooth))).toBeUndefined();
});

test("radii are below what attacks find, and farther than those of lines", async () => {
  const network = networkOf(SHAPE, NETWORKS["two of them and a rectifier"] as readonly Part[]);
  const rows = Float32Array.from([1, 2, 3, 4].flatMap((seed) => [...rowOf(seed).map((x) => Math.abs(x) / 2)]));
  const truth = predictedClasses(network.scores(rows), 3);
  const { radius, verdict } = await certify(network, { rows, truth, norm: "l2" });
  const found = await minimalAttack(network, { rows, truth, norm: "l2" });
  for (let i = 0; i < 4; i++) {
    expect(verdict[i]).toBe("proved");
    expect(radius[i]).toBeGreaterThan(0);
    if (found.success[i]) expect(radius[i]).toBeLessThan(found.distance[i] as number);
  }
});

test("a radius is the same alone and behind other rows", async () => {
  const network = networkOf(SHAPE, NETWORKS["two of them and a rectifier"] as readonly Part[]);
  const rows = Float32Array.from([1, 2, 3].flatMap((seed) => [...rowOf(seed).map((x) => Math.abs(x) / 2)]));
  const truth = predictedClasses(network.scores(rows), 3);
  const all = await certify(network, { rows, truth, norm: "l2" });
  const last = await certify(network, { rows: rows.slice(72), truth: truth.slice(2), norm: "l2" });
  expect(last.radius[0]).toBe(all.radius[2]);
  expect(last.passes[0]).toBe(all.passes[2]);
  // Asked about a little less than the radius and about much more.
  const epsilon = 0.9 * (last.radius[0] as number);
  const asked = { rows: rows.slice(72), truth: truth.slice(2), norm: "l2" } as const;
  expect((await certify(network, { ...asked, epsilon })).verdict).toEqual(["proved"]);
  expect((await certify(network, { ...asked, epsilon: 20 * epsilon })).verdict).not.toEqual(["proved"]);
});

test("shares of the norm that are off make it larger, never smaller", () => {
  const workspace = new Workspace();
  const summands = [4, 40].map((columns, k) => ({ values: noise32(9 * columns, 30 + k), columns, radius: 0.5 + k }));
  const own = jointNorm(workspace, 9, summands);
  for (const first of [0, 0.01, 0.2, 0.5, 0.9, 1]) {
    expect(jointNorm(workspace, 9, summands, [first, 1 - first])).toBeGreaterThan(0.97 * own);
  }
});

test("principal axes of a small matrix are orthonormal, and its eigenvectors", () => {
  const n = 7;
  const half = noise64(n * n, 5);
  const matrix = half.map((x, i) => x + (half[(i % n) * n + Math.floor(i / n)] as number));
  const { values, vectors } = principalAxes(n, matrix);
  for (let j = 0; j < n; j++) {
    const axis = vectors.subarray(j * n, (j + 1) * n);
    for (let i = 0; i < n; i++) {
      const image = axis.reduce((sum, x, k) => sum + x * (matrix[i * n + k] as number), 0);
      expect(Math.abs(image - (values[j] as number) * (axis[i] as number))).toBeLessThan(1e-12);
      const product = axis.reduce((sum, x, k) => sum + x * (vectors[i * n + k] as number), 0);
      expect(Math.abs(product - (i === j ? 1 : 0))).toBeLessThan(1e-13);
    }
    if (j > 0) expect(values[j]).toBeLessThanOrEqual(values[j - 1] as number);
  }
});

describe("the norm of sums of matrices times vectors", () => {
  const workspace = new Workspace();

  /** Uphill from some starts: a lower bound, and nearly the norm. */
  function climbed(rows: number, summands: { values: Float32Array; columns: number; radius: number }[]): number {
    let best = 0;
    for (let start = 0; start < 8; start++) {
      let out = Float64Array.from(noise64(rows, 300 + start));
      let size = 0;
      for (let step = 0; step < 200; step++) {
        const next = new Float64Array(rows);
        for (const { values, columns, radius } of summands) {
          const back = new Float64Array(columns);
          for (let r = 0; r < rows; r++) for (let i = 0; i < columns; i++) back[i] += out[r] * values[r * columns + i];
          const length = Math.hypot(...back);
          if (length === 0) continue;
          for (let r = 0; r < rows; r++) {
            for (let i = 0; i < columns; i++) next[r] += (values[r * columns + i] * back[i] * radius) / length;
          }
        }
        size = Math.hypot(...next);
        out = next;
      }
      best = Math.max(best, size);
    }
    return best;
  }

  for (const [rows, widths] of [
    [7, [5]],
    [5, [7]],
    [9, [4, 40]],
    [33, [70, 3, 12]],
  ] as const) {
    test(`${rows} rows, ${widths} columns: is not below it, and near`, () => {
      const summands = widths.map((columns, k) => ({
        values: noise32(rows * columns, 20 + k).map((x, i) => (i % 3 === k ? 0 : x)),
        columns,
        radius: 0.5 + k,
      }));
      const least = climbed(rows, summands);
      const norm = jointNorm(workspace, rows, summands);
      expect(norm).toBeGreaterThanOrEqual(least);
      expect(norm).toBeLessThan(1.2 * least);
    });
  }

  test("is zero of nothing, and unknown where a vector is", () => {
    const values = Float32Array.of(1, 2);
    expect(jointNorm(workspace, 1, [{ values, columns: 2, radius: 0 }])).toBe(0);
    expect(jointNorm(workspace, 1, [{ values: new Float32Array(2), columns: 2, radius: 1 }])).toBe(0);
    expect(jointNorm(workspace, 1, [{ values, columns: 2, radius: Number.POSITIVE_INFINITY }])).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});
