import { describe, expect, test } from "vitest";
import { firstDifferent } from "../support/bounds.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

const f = Math.fround;
const ROWS = 3;

/** Points in [0, 1], each fourth at a bound, and gradients of either sign and zero. */
function points(n: number): { x: Float32Array; g: Float32Array } {
  const x = noise32(ROWS * n, 1).map((v, i) => (i % 4 === 0 ? 0 : i % 4 === 1 ? 1 : (v + 1) / 2));
  const g = noise32(ROWS * n, 2, 0.1).map((v, i) => (i % 7 === 6 ? 0 : v));
  return { x, g };
}

/** Squares of one row in the order that the kernels promise. */
function squares(terms: readonly number[]): number {
  const body = terms.length - (terms.length % 4);
  const s = [0, 0, 0, 0];
  for (let i = 0; i < body; i++) s[i % 4] = f((s[i % 4] as number) + f((terms[i] as number) * (terms[i] as number)));
  let sum = f(f((s[0] as number) + (s[2] as number)) + f((s[1] as number) + (s[3] as number)));
  for (const term of terms.slice(body)) sum = f(sum + f(term * term));
  return sum;
}

const clamp = (v: number): number => Math.min(Math.max(v, 0), 1);

for (const build of BUILDS) {
  describe(build, () => {
    let most = 0;
    for (const n of around(4)) {
      const { x, g } = points(n);

      test(`gradient_step_f32 goes the length along what the box lets it, to the bit, n = ${n}`, () => {
        const host = new Host(build);
        const [xAt, gAt, y] = [host.f32(ROWS * n, x), host.f32(ROWS * n, g), host.f32(ROWS * n)];
        const length = f(0.3);
        host.run((k) => k.gradient_step_f32(ROWS, n, length, 0, 1, xAt.at, gAt.at, y.at), y);
        const expected = new Float32Array(ROWS * n);
        for (let r = 0; r < ROWS; r++) {
          const at = (i: number) => [x[r * n + i], g[r * n + i]] as [number, number];
          const free = Array.from({ length: n }, (_, i) => {
            const [value, slope] = at(i);
            return (slope < 0 && value > 0) || (slope > 0 && value < 1) ? slope : 0;
          });
          const sum = squares(free);
          const scale = sum > 0 ? f(length / f(Math.sqrt(sum))) : 0;
          for (let i = 0; i < n; i++) {
            const [value, slope] = at(i);
            expected[r * n + i] = clamp(f(value + f(scale * slope)));
          }
        }
        expect(firstDifferent(y.values(), expected)).toBe(-1);
      });

      test(`sign_step_f32 moves each number by the length, within the box, n = ${n}`, () => {
        const host = new Host(build);
        const [xAt, gAt, y] = [host.f32(ROWS * n, x), host.f32(ROWS * n, g), host.f32(ROWS * n)];
        const length = f(0.25);
        host.run((k) => k.sign_step_f32(ROWS * n, length, 0, 1, xAt.at, gAt.at, y.at), y);
        const expected = x.map((value, i) => clamp(f(value + Math.sign(g[i] as number) * length)));
        expect(firstDifferent(y.values(), expected)).toBe(-1);
      });

      test(`pull_back_f32 leaves rows within the radius and pulls others onto it, to the bit, n = ${n}`, () => {
        const host = new Host(build);
        const far = x.map((value, i) => f(value + (i < n ? 1e-3 : 1) * (g[i] as number)));
        const [xAt, y] = [host.f32(ROWS * n, x), host.f32(ROWS * n, far)];
        const radius = f(0.02);
        host.run((k) => k.pull_back_f32(ROWS, n, radius, xAt.at, y.at), y);
        let pulled = 0;
        for (let r = 0; r < ROWS; r++) {
          const row = [...far.subarray(r * n, (r + 1) * n)];
          const d = row.map((value, i) => f(value - (x[r * n + i] as number)));
          const length = f(Math.sqrt(squares(d)));
          const share = f(radius / length);
          if (length > radius) pulled++;
          const expected = row.map((value, i) => {
            const at = x[r * n + i] as number;
            return length > radius ? f(at + f(share * f(value - at))) : value;
          });
          expect(firstDifferent([...y.values()].slice(r * n, (r + 1) * n), expected)).toBe(-1);
        }
        expect(pulled).toBeLessThan(ROWS);
        most = Math.max(most, pulled);
      });
    }

    test("some rows were pulled back", () => {
      expect(most).toBe(ROWS - 1);
    });

    test("a row without a gradient, or pushed against its bounds alone, stays where it is", () => {
      const host = new Host(build);
      const x = Float32Array.from([0.5, 0.25, 0.75, 0, 1, 0]);
      const g = Float32Array.from([0, 0, 0, -1, 2, -3]);
      const [xAt, gAt, y] = [host.f32(6, x), host.f32(6, g), host.f32(6)];
      host.run((k) => k.gradient_step_f32(2, 3, 0.5, 0, 1, xAt.at, gAt.at, y.at), y);
      expect([...y.values()].map((v) => v + 0)).toEqual([...x]);
    });

    test("a box without ends lets everything move", () => {
      const host = new Host(build);
      const [x, g, y] = [host.f32(2, Float32Array.from([5, -5])), host.f32(2, Float32Array.from([3, -4])), host.f32(2)];
      host.run((k) => k.gradient_step_f32(1, 2, 5, -Infinity, Infinity, x.at, g.at, y.at), y);
      expect([...y.values()]).toEqual([8, -9]);
    });
  });
}
