/** The kernels of bounds through rectifiers: sound for every parameter, beside sums that are exact, and steps as a loop takes them. */
import { describe, expect, test } from "vitest";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32, noise64 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

const ROWS = 3;
const { fround } = Math;

/** Intervals of every kind, one after another: with both signs, above zero, below, and ending at zero; some next to nothing. */
function endsOf(n: number): Float32Array {
  const [one, other] = [noise32(ROWS * n, 2), noise32(ROWS * n, 3)];
  const ends = new Float32Array(2 * ROWS * n);
  for (let r = 0; r < ROWS; r++) {
    for (let i = 0; i < n; i++) {
      const [a, b] = [Math.abs(one[r * n + i] as number), Math.abs(other[r * n + i] as number) + 0.1];
      const small = i % 11 === 10 ? 2 ** -130 : 1;
      const [l, u] = [
        [-a, b],
        [a, a + b],
        [-a - b, -a],
        [0, b],
        [-b, 0],
      ][(r + i) % 5] as [number, number];
      ends[2 * r * n + i] = l * small;
      ends[(2 * r + 1) * n + i] = u * small;
    }
  }
  return ends;
}

function chosen(x: number, l: number, u: number, p: number): number {
  if (l >= 0) return fround(x - (l === 0 ? p : 0));
  if (u <= 0) return u === 0 ? p : 0;
  return fround(x * (x > 0 ? Math.min(Math.max(p, 0), 1) : fround(u / fround(u - l))));
}

const SCALE = 2n ** 1074n;

/** A double as a whole number of 2^-1074. */
function whole(x: number): bigint {
  const words = new BigUint64Array(Float64Array.of(Math.abs(x)).buffer)[0] as bigint;
  const [exponent, fraction] = [words >> 52n, words & (2n ** 52n - 1n)];
  const size = exponent === 0n ? fraction : (fraction + 2n ** 52n) << (exponent - 1n);
  return x < 0 ? -size : size;
}

const least = (...values: bigint[]): bigint => values.reduce((a, b) => (b < a ? b : a));

/** What a row's constant grows by, exactly, times SCALE squared. */
function exactly(x: Float32Array, y: Float32Array, ends: Float32Array, reference: Float64Array): bigint {
  const n = x.length;
  let sum = 0n;
  for (let i = 0; i < n; i++) {
    const [xi, yi] = [whole(x[i] as number), whole(y[i] as number)];
    const at = (z: bigint) => xi * (z > 0n ? z : 0n) - yi * z;
    const [l, u, middle] = [whole(ends[i] as number), whole(ends[n + i] as number), whole(reference[i] as number)];
    const candidates = l < 0n && u > 0n ? [at(l), at(u), 0n] : [at(l), at(u)];
    // Zero is one more number that the kernel takes the least of: nothing is lost where the interval holds it.
    sum += least(...candidates, 0n) - at(middle);
  }
  return sum;
}

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of around(4)) {
      const x = noise32(ROWS * n, 1).map((v, i) => (i % 7 === 6 ? 0 : v));
      const ends = endsOf(n);
      const reference = noise64(n, 5, 2);

      for (const [what, scale] of [
        ["slopes and multipliers as they should be", 1],
        ["any numbers for parameters", 40],
      ] as const) {
        test(`relax_rectifier_f32 with ${what} adds no more than it may, and hardly less, n = ${n}`, () => {
          const host = new Host(build);
          const p = noise32(ROWS * n, 4).map((v) => (scale === 1 ? Math.abs(v) : scale * v));
          const state = new Float32Array(4 * ROWS * n);
          state.set(p);
          const start = noise64(ROWS, 6);
          const [a, e, s] = [host.f32(ROWS * n, x), host.f32(2 * ROWS * n, ends), host.f32(4 * ROWS * n, state)];
          const [ref, c] = [host.f64(n, reference), host.f64(ROWS, start)];
          host.run((k) => k.relax_rectifier_f32(ROWS, n, a.at, e.at, s.at, ref.at, c.at), a, s, c);
          const y = a.values() as Float32Array;
          const expected = x.map((v, i) => {
            const [r, k] = [Math.floor(i / n), i % n];
            return chosen(v, ends[2 * r * n + k] as number, ends[(2 * r + 1) * n + k] as number, p[i] as number);
          });
          expect(firstDifferent(y, expected)).toBe(-1);
          const after = s.values() as Float32Array;
          expect(firstDifferent(after.subarray(0, 3 * ROWS * n), state.subarray(0, 3 * ROWS * n))).toBe(-1);
          expect(firstDifferent(after.subarray(3 * ROWS * n), x)).toBe(-1);
          for (let r = 0; r < ROWS; r++) {
            const row = (of: Float32Array, width: number) => of.subarray(r * width, (r + 1) * width);
            const exact = exactly(row(x, n), row(expected, n), row(ends, 2 * n), reference);
            const grown = (whole(c.values()[r] as number) - whole(start[r] as number)) * SCALE;
            // The addition to what was there is rounded as well.
            const rounding =
              whole(2 ** -52 * (Math.abs(start[r] as number) + Math.abs(c.values()[r] as number))) * SCALE;
            expect(grown <= exact + rounding).toBe(true);
            const lost = whole(1e-12 * n * scale * scale * 10) * SCALE;
            expect(grown >= exact - lost).toBe(true);
          }
        });
      }

      test(`ascend_rectifier_f32 takes the steps that a loop takes, n = ${n}`, () => {
        const host = new Host(build);
        const total = ROWS * n;
        const state = new Float32Array(4 * total);
        state.set(noise32(total, 7).map(Math.abs));
        state.set(noise32(total, 8), total);
        state.set(noise32(total, 9).map(Math.abs), 2 * total);
        state.set(x, 3 * total);
        const z = noise32(total, 10);
        const [zs, e, s, ref] = [
          host.f32(total, z),
          host.f32(2 * total, ends),
          host.f32(4 * total, state),
          host.f64(n, reference),
        ];
        host.run((k) => k.ascend_rectifier_f32(ROWS, n, 0.2, 0.05, zs.at, e.at, s.at, ref.at), zs, s);
        const [steps, moved] = [state.slice(), new Float32Array(total)];
        for (let i = 0; i < total; i++) {
          const [r, k] = [Math.floor(i / n), i % n];
          const [l, u] = [ends[2 * r * n + k] as number, ends[(2 * r + 1) * n + k] as number];
          const [p, m0, v0, xi] = [0, 1, 2, 3].map((plane) => state[plane * total + i] as number) as number[] as [
            number,
            number,
            number,
            number,
          ];
          const at = fround(reference[k] as number);
          const point = fround((z[i] as number) + at);
          const [isOn, isOff] = [l >= 0, l < 0 && u <= 0];
          const slope = xi > 0 ? Math.min(p, 1) : fround(u / fround(u - l));
          const y = isOn ? point : isOff ? 0 : fround(slope * (xi > 0 ? point : fround(point - l)));
          moved[i] = fround(y - Math.max(at, 0));
          const g = isOn ? (l === 0 ? -point : 0) : isOff ? (u === 0 ? point : 0) : xi > 0 ? fround(xi * point) : 0;
          const m = flushed(fround(m0 + fround(fround(0.1) * fround(g - m0))));
          const v = flushed(fround(v0 + fround(fround(0.01) * fround(fround(g * g) - v0))));
          const rate = fround(isOn || isOff ? 0.05 : 0.2);
          const root = fround(fround(Math.sqrt(v)) + fround(1e-20));
          const next = Math.max(fround(p + fround(fround(rate * m) / root)), 0);
          steps[i] = isOn || isOff ? next : Math.min(next, 1);
          steps[total + i] = m;
          steps[2 * total + i] = v;
        }
        expect(firstDifferent(zs.values(), moved)).toBe(-1);
        expect(firstDifferent(s.values(), steps)).toBe(-1);
      });
    }

    test("sums that are rounded up without it are below the exact ones by what is subtracted", () => {
      const n = 501;
      let above = 0;
      for (let seed = 0; seed < 12; seed++) {
        const host = new Host(build);
        const x = noise32(n, seed).map((v) => -Math.abs(v));
        const ends = new Float32Array(2 * n);
        noise32(n, seed + 50).forEach((v, i) => {
          [ends[i], ends[n + i]] = [-Math.abs(v) - 0.01, 0.7];
        });
        const reference = new Float64Array(n);
        const [a, e, s] = [host.f32(n, x), host.f32(2 * n, ends), host.f32(4 * n, new Float32Array(4 * n))];
        const [ref, c] = [host.f64(n, reference), host.f64(1, new Float64Array(1))];
        host.run((k) => k.relax_rectifier_f32(1, n, a.at, e.at, s.at, ref.at, c.at), a, s, c);
        const y = a.values() as Float32Array;
        const exact = exactly(x, y, ends, reference);
        const plain = x.reduce((sum, v, i) => {
          const under = -(y[i] as number) * (ends[i] as number);
          return sum + Math.min(under, (v - (y[i] as number)) * (ends[n + i] as number), 0);
        }, 0);
        if (whole(plain) * SCALE > exact) above++;
        expect(whole(c.values()[0] as number) * SCALE <= exact).toBe(true);
      }
      expect(above).toBeGreaterThan(2);
    });

    test("what is no number makes the bound none", () => {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        for (const place of [2, 8]) {
          for (const kind of ["coefficient", "parameter"]) {
            for (const [low, high] of [
              [-1, 1],
              [0, 1],
              [-1, 0],
            ] as const) {
              const host = new Host(build);
              const n = 9;
              const [x, state] = [noise32(n, 1), new Float32Array(4 * n)];
              (kind === "coefficient" ? x : state)[place] = bad;
              x[place] = kind === "coefficient" ? bad : 1;
              const ends = new Float32Array(2 * n).fill(low, 0, n).fill(high, n);
              const [a, e, s] = [host.f32(n, x), host.f32(2 * n, ends), host.f32(4 * n, state)];
              const [ref, c] = [host.f64(n, noise64(n, 3)), host.f64(1, new Float64Array(1))];
              host.run((k) => k.relax_rectifier_f32(1, n, a.at, e.at, s.at, ref.at, c.at), a, s, c);
              const isMet = kind === "coefficient" || Number.isNaN(bad) || low === 0 || high === 0;
              // A slope is held between 0 and 1, whatever it is.
              if (isMet) expect((c.values()[0] as number) > Number.NEGATIVE_INFINITY, `${kind} ${bad}`).toBe(false);
            }
          }
        }
      }
    });
  });
}

function flushed(x: number): number {
  return Math.abs(x) >= fround(7.888609052210118e-31) ? x : 0;
}
