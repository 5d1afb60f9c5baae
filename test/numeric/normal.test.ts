import { describe, expect, test } from "vitest";
import { normalQuantile } from "../../src/numeric/normal.ts";
import { philox, Random } from "../../src/numeric/random.ts";
import { messageOf } from "../message-of.ts";
import { normal } from "../oracle/normal.ts";

describe("normalQuantile", () => {
  // scipy.special.ndtri: both sides of 0.075 and 0.925, where the centre ends, and both tails.
  const known = [
    [0.5, 0],
    [0.51, 0.02506890825871106],
    [0.9, 1.2815515655446004],
    [0.074999, -1.4395385353452306],
    [0.0750001, -1.4395307645017301],
    [0.92499, 1.439460830821626],
    [0.975, 1.959963984540054],
    [0.001, -3.090232306167813],
    [1e-6, -4.753424308822899],
    [1 - 1e-6, 4.753424308817087],
    [2 ** -33, -6.3379577545537895],
    [1e-20, -9.262340089798409],
    [1e-100, -21.273453560965322],
    [1e-300, -37.0470962993612],
  ] as const;
  for (const [p, x] of known) {
    test(`is within 8 ulps of SciPy's at ${p}`, () => {
      expect(Math.abs(normalQuantile(p) - x)).toBeLessThanOrEqual(8 * 2 ** -53 * Math.abs(x));
    });
  }

  test("is undone by the distribution function", () => {
    for (let i = 1; i < 1000; i++) {
      const p = i / 1000;
      expect(Math.abs(normal(normalQuantile(p)) - p)).toBeLessThan(1e-14);
    }
  });
});

describe("fillNormal", () => {
  const draw = (n: number, seed = 7, first = 0, stream = 0) => {
    const out = new Float64Array(n);
    new Random(seed, stream).fillNormal(out, 1, first);
    return out;
  };

  test("takes the quantile of word i mod 4 of block i / 4 under (stream, 2)", () => {
    const out = new Float64Array(7);
    new Random(7 + 2 ** 32, 5).fillNormal(out, 0.3, 4 * 2 ** 32 + 2);
    const expected = Array.from({ length: 7 }, (_, i) => {
      const word = philox([Math.floor((i + 2) / 4), 1, 5, 2], [7, 1])[(i + 2) % 4] as number;
      return 0.3 * normalQuantile((word + 0.5) / 2 ** 32);
    });
    expect([...out]).toEqual(expected);
  });

  test("a part is what it is in the whole, wherever it begins", () => {
    const whole = draw(40);
    for (let first = 0; first < 9; first++) expect(draw(11, 7, first)).toEqual(whole.subarray(first, first + 11));
  });

  test("rounds once to f32", () => {
    const single = new Float32Array(64);
    new Random(7).fillNormal(single);
    expect(single).toEqual(Float32Array.from(draw(64)));
  });

  test("has the moments of N(0, 1) within 6 standard errors, and Kolmogorov and Smirnov see no difference", () => {
    const n = 2 ** 16;
    const z = draw(n, 2026).sort();
    const moment = (k: number) => z.reduce((sum, x) => sum + x ** k, 0) / n;
    // The variance of x^k is (2k - 1)!! - ((k - 1)!!)^2 for even k.
    for (const [k, mean, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ] as const) {
      expect(Math.abs(moment(k) - mean), `moment ${k}`).toBeLessThan(6 * Math.sqrt(variance / n));
    }
    let distance = 0;
    z.forEach((x, i) => {
      const p = normal(x);
      distance = Math.max(distance, p - i / n, (i + 1) / n - p);
    });
    // P(sqrt(n) D > 3.22) is about 2 exp(-2 3.22^2) = 2e-9.
    expect(Math.sqrt(n) * distance).toBeLessThan(3.22);
    // And it is not suspiciously even: P(sqrt(n) D < 0.25) is below 1e-7.
    expect(Math.sqrt(n) * distance).toBeGreaterThan(0.25);
  });

  test("is uncorrelated between neighbours, streams and seeds, within 6 standard errors", () => {
    const n = 2 ** 14;
    const base = draw(n, 1);
    const others = [draw(n, 1, 1), draw(n, 1, 2), draw(n, 1, 4), draw(n, 1, 0, 1), draw(n, 2)];
    for (const other of others) {
      const covariance = base.reduce((sum, x, i) => sum + x * (other[i] as number), 0) / n;
      expect(Math.abs(covariance)).toBeLessThan(6 / Math.sqrt(n));
    }
  });

  test("refuses a position that is no whole number", () => {
    expect(messageOf(() => new Random(0).fillNormal(new Float32Array(1), 1, 0.5))).toBe(
      "first: expected a whole number >= 0, got 0.5",
    );
  });
});
