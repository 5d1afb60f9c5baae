import { describe, expect, test } from "vitest";
import { offset64 } from "../../src/wasm/index.ts";
import { cholesky, gram } from "../oracle/cholesky.ts";
import { BUILDS, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";

/** Below, at and above the tile, the strips in the cache, and the columns factorised at a time; multiples of 4. */
const SIZES = [4, 8, 60, 64, 68, 132] as const;
const U = 2 ** -53;
const gamma = (n: number): number => (n * U) / (1 - n * U);

const rowsOf = (values: ArrayLike<number>, rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (__, j) => values[i * columns + j] as number));

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of SIZES) {
      for (const k of [1, 7, 33]) {
        test(`pack_f32_to_f64_4, gram_f64_4x4 and cross_f64_4x4 are within the rounding of ${k} sums, n = ${n}`, () => {
          const host = new Host(build);
          const values = noise32(k * (n + 3), n + k, 1);
          const a = host.matrix(
            k,
            n,
            n + 3,
            Array.from({ length: k * n }, (_, i) => values[i] as number),
          );
          const p = host.f64(k * n);
          host.run((kernels) => kernels.pack_f32_to_f64_4(k, n, a.at, n + 3, p.at), p);
          const exact = rowsOf(a.values(), k, n);
          const strips = Array.from({ length: n * k }, (_, at) => {
            const [s, i, c] = [Math.floor(at / (4 * k)), Math.floor(at / 4) % k, at % 4];
            return (exact[i] as number[])[4 * s + c] as number;
          });
          expect(p.row(0)).toEqual(Float64Array.from(strips));
          const truth = gram(exact);
          const size = gram(exact.map((row) => row.map(Math.abs)));
          const begin = Array.from({ length: n * n }, (_, i) => (i % 7) - 3);
          for (const kernel of ["gram", "cross"] as const) {
            const g = host.f64(n * n, begin);
            host.run(
              (kernels) =>
                kernel === "gram"
                  ? kernels.gram_f64_4x4(n, k, p.at, g.at)
                  : kernels.cross_f64_4x4(n, k, p.at, p.at, g.at),
              g,
            );
            const found = g.row(0);
            let beyond = 0;
            for (let i = 0; i < n; i++) {
              for (let j = 0; j < (kernel === "gram" ? i + 1 : n); j++) {
                const start = begin[i * n + j] as number;
                const wanted = start + ((truth[i] as number[])[j] as number);
                const slack = 2 * gamma(k + 1) * (Math.abs(start) + ((size[i] as number[])[j] as number));
                if (!(Math.abs((found[i * n + j] as number) - wanted) <= slack)) beyond++;
              }
            }
            expect(beyond).toBe(0);
          }
        });
      }

      test(`cholesky_f64 gives L L^T = A within its bound, n = ${n}`, () => {
        const host = new Host(build);
        const base = rowsOf(noise32(n * n, n, 1), n, n);
        const matrix = gram(base).map((row, i) => row.map((x, j) => x + (i === j ? 1 : 0)));
        const a = host.f64(n * n, matrix.flat());
        const scratch = host.f64(2 * n * 64);
        expect(host.run((kernels) => kernels.cholesky_f64(n, a.at, scratch.at), a, scratch)).toBe(-1);
        const l = rowsOf(a.row(0), n, n).map((row, i) => row.map((x, j) => (j <= i ? x : 0)));
        const trace = matrix.reduce((sum, row, i) => sum + (row[i] as number), 0);
        let beyond = 0;
        for (let i = 0; i < n; i++) {
          for (let j = 0; j <= i; j++) {
            const back = (l[i] as number[]).reduce((sum, x, p) => sum + x * ((l[j] as number[])[p] as number), 0);
            if (!(Math.abs(back - ((matrix[i] as number[])[j] as number)) <= 2 * gamma(2 * n + 4) * trace)) beyond++;
          }
        }
        expect(beyond).toBe(0);
      });

      test(`cholesky_f64 stops at the pivot that is not positive, wherever it is, n = ${n}`, () => {
        for (const at of new Set([0, 1, n >> 1, n - 2, n - 1])) {
          for (const bad of [0, -1, Number.NaN]) {
            const host = new Host(build);
            const matrix = Array.from({ length: n }, (_, i) =>
              Array.from({ length: n }, (__, j) => (i === j ? (i === at ? bad : 2) : 0)),
            );
            const a = host.f64(n * n, matrix.flat());
            const scratch = host.f64(2 * n * 64);
            expect(host.run((kernels) => kernels.cholesky_f64(n, a.at, scratch.at), a, scratch)).toBe(at);
            if (!Number.isNaN(bad)) expect(cholesky(matrix)).toBe(at);
          }
        }
      });

      test(`shift_f64 is exact to one rounding of the diagonal, mirror_f64 exact, matvec_f64 as dot_f64, n = ${n}`, () => {
        const host = new Host(build);
        const values = Array.from(noise32(n * n, n, 1));
        const a = host.f64(n * n, values);
        const b = host.f64(n * n, new Array(n * n).fill(7));
        host.run((kernels) => kernels.shift_f64(n, n - 1, 3.5, a.at, b.at), b);
        const shifted = values.map((x, at) => {
          const [i, j] = [Math.floor(at / n), at % n];
          return j > i ? 7 : j < i ? -x : i < n - 1 ? 3.5 - x : 3.5;
        });
        expect(b.row(0)).toEqual(Float64Array.from(shifted));
        host.run((kernels) => kernels.mirror_f64(n, a.at), a);
        const mirrored = values.map((_, at) => {
          const [i, j] = [Math.floor(at / n), at % n];
          return values[Math.max(i, j) * n + Math.min(i, j)] as number;
        });
        expect(a.row(0)).toEqual(Float64Array.from(mirrored));
        if (n % 8 !== 0) return;
        const x = host.f64(n, Array.from(noise32(n, 3, 1)));
        const y = host.f64(n);
        host.run((kernels) => kernels.matvec_f64(n, n, a.at, x.at, y.at), y);
        for (let i = 0; i < n; i++) {
          expect(y.row(0)[i]).toBe(host.run((kernels) => kernels.dot_f64(n, offset64(a.at, i * n), x.at)));
        }
      });
    }
  });
}
