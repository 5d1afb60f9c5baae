import { describe, expect, test } from "vitest";
import { philox, Random } from "../../src/numeric/random.ts";
import { messageOf } from "../message-of.ts";

test("philox is Philox 4x32-10: the known answers of Random123", () => {
  // kat_vectors of the reference implementation: counter, key, result.
  const vectors = [
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const;
  for (const [counter, key, result] of vectors) expect([...philox(counter, key)]).toEqual([...result]);
  expect(vectors).toHaveLength(3);
});

describe("uniform", () => {
  test("is the first two words of philox at (index, stream) under the seed, 53 bits in [0, 1)", () => {
    const seed = 5 * 2 ** 32 + 7;
    const index = 3 * 2 ** 32 + 11;
    const [high = 0, low = 0] = philox([11, 3, 13, 0], [7, 5]);
    const bits = (BigInt(high >>> 5) << 26n) | BigInt(low >>> 6);
    expect(new Random(seed, 13).uniform(index)).toBe(Number(bits) / 2 ** 53);
  });

  test("does not depend on what was drawn before", () => {
    const random = new Random(1);
    const forward = [0, 1, 2, 3].map((i) => random.uniform(i));
    expect([3, 2, 1, 0].map((i) => new Random(1).uniform(i)).toReversed()).toEqual(forward);
    expect(random.uniform(2)).toBe(forward[2]);
  });

  test("fills 64 bins of 2^16 draws evenly: chi-squared below its 1 - 1e-9 quantile", () => {
    const [draws, bins] = [2 ** 16, 64];
    const random = new Random(2024);
    const counts = Array(bins).fill(0);
    for (let i = 0; i < draws; i++) counts[Math.floor(random.uniform(i) * bins)]++;
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(draws);
    const expected = draws / bins;
    const chi2 = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // Wilson and Hilferty 1931: k (1 - 2/(9k) + z sqrt(2/(9k)))^3, z = 5.998 for 1e-9, k = bins - 1.
    const k = bins - 1;
    expect(chi2).toBeLessThan(k * (1 - 2 / (9 * k) + 5.998 * Math.sqrt(2 / (9 * k))) ** 3);
    expect(chi2).toBeGreaterThan(k * (1 - 2 / (9 * k) - 5.998 * Math.sqrt(2 / (9 * k))) ** 3);
  });

  test("is uncorrelated between streams, between seeds and between neighbours, within 6 standard errors", () => {
    const n = 2 ** 14;
    const draw = (random: Random, first = 0) => Array.from({ length: n }, (_, i) => random.uniform(first + i) - 0.5);
    const base = draw(new Random(1, 0));
    const others = [
      draw(new Random(1, 1)),
      draw(new Random(2, 0)),
      draw(new Random(1 + 2 ** 32, 0)),
      draw(new Random(1, 0), 1),
    ];
    for (const other of others) {
      const covariance = base.reduce((sum, x, i) => sum + x * (other[i] as number), 0) / n;
      // A product of two independent uniforms of variance 1/12 has variance 1/144.
      expect(Math.abs(covariance)).toBeLessThan(6 / 12 / Math.sqrt(n));
      expect(other).not.toEqual(base);
    }
    expect(others).toHaveLength(4);
  });
});

describe("integer", () => {
  test("is floor(n u), and reaches both ends", () => {
    const random = new Random(3);
    const drawn = new Set<number>();
    for (let i = 0; i < 1000; i++) {
      expect(random.integer(i, 10)).toBe(Math.floor(10 * random.uniform(i)));
      drawn.add(random.integer(i, 10));
    }
    expect([...drawn].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(random.integer(0, 1)).toBe(0);
    expect(random.integer(0, 2 ** 32)).toBeLessThan(2 ** 32);
  });
});

describe("refusals", () => {
  for (const [call, message] of [
    [() => new Random(-1), "seed: expected a whole number >= 0, got -1"],
    [() => new Random(1.5), "seed: expected a whole number >= 0, got 1.5"],
    [() => new Random(Number.NaN), "seed: expected a whole number >= 0, got NaN"],
    [() => new Random("1" as never), 'seed: expected a whole number, got "1"'],
    [() => new Random(1, 2 ** 32), "stream: expected a whole number in [0, 4294967295], got 4294967296"],
    [() => new Random(1).integer(0, 0), "random integer range: expected a whole number in [1, 4294967296], got 0"],
  ] as const) {
    test(message, () => {
      expect(messageOf(call)).toBe(message);
    });
  }
});

describe("fill", () => {
  for (const n of [0, 1, 3, 4, 5, 8, 13]) {
    test(`takes word i mod 4 of block i / 4 under (stream, 1), 24 bits, to [-limit, limit), n = ${n}`, () => {
      const out = new Float32Array(n);
      new Random(7 + 2 ** 32, 5).fill(out, 0.3);
      const expected = Float32Array.from({ length: n }, (_, i) => {
        const word = philox([Math.floor(i / 4), 0, 5, 1], [7, 1])[i % 4] as number;
        return 0.3 * (Math.floor(word / 256) / 2 ** 23 - 1);
      });
      // Two roundings in double precision apart, then one to f32.
      expected.forEach((v, i) => {
        expect(Math.abs((out[i] as number) - v)).toBeLessThanOrEqual(2 ** -24 * 0.3);
      });
      expect(out).toHaveLength(n);
    });
  }

  test("is even: mean and mean square of 2^16 draws within 6 standard errors, ends reached and not passed", () => {
    const out = new Float32Array(2 ** 16);
    new Random(3).fill(out, 1);
    const mean = out.reduce((sum, x) => sum + x, 0) / out.length;
    const square = out.reduce((sum, x) => sum + x * x, 0) / out.length;
    expect(Math.abs(mean)).toBeLessThan(6 * Math.sqrt(1 / 3 / out.length));
    expect(Math.abs(square - 1 / 3)).toBeLessThan(6 * Math.sqrt(4 / 45 / out.length));
    expect(Math.min(...out)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...out)).toBeLessThan(1);
  });
});
