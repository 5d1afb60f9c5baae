import { describe, expect, test } from "vitest";
import { type Judged, panels, product, productInOrder, transpose } from "../oracle/matrix.ts";
import { firstBeyond, firstDifferent, gBoth } from "../support/bounds.ts";
import { BUILDS, type Build, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

interface Case {
  m: number;
  n: number;
  k: number;
  a: Float32Array;
  b: Float32Array;
  c: Float32Array;
}

function makeCase(m: number, n: number, k: number): Case {
  return { m, n, k, a: noise32(m * k, 1), b: noise32(k * n, 2), c: noise32(m * n, 3) };
}

/** c + a.b by a kernel, every stride a prime longer than its row. */
function multiply(build: Build, kernel: "gemm_f32_4x8" | "gemm_tn_f32_4x8", { m, n, k, a, b, c }: Case): Float32Array {
  const host = new Host(build);
  const transposed = kernel === "gemm_tn_f32_4x8";
  const [rows, columns] = transposed ? [k, m] : [m, k];
  const aAt = host.matrix(rows, columns, columns + 5, transposed ? transpose(m, k, a) : a);
  const packed = panels(k, n, b);
  const bAt = host.f32(packed.length, packed);
  const cAt = host.matrix(m, n, n + 3, c);
  const scratch = host.f32(transposed ? 4 * k + 32 : 32);
  host.run((kernels) => kernels[kernel](m, n, k, aAt.at, columns + 5, bAt.at, cAt.at, n + 3, scratch.at), cAt, scratch);
  return cAt.values();
}

function expectWithinBound(actual: Float32Array, k: number, { value, magnitude }: Judged): void {
  const bound = magnitude.map((size) => gBoth(k + 1) * size);
  expect(firstBeyond(actual, value, bound)).toBe(-1);
}

for (const build of BUILDS) {
  describe(build, () => {
    for (const kernel of ["gemm_f32_4x8", "gemm_tn_f32_4x8"] as const) {
      for (const m of around(4)) {
        for (const n of around(8)) {
          test(`${kernel} sums k ascending to the bit and is within g(k+1) of f64, m = ${m}, n = ${n}, k around 4`, () => {
            let cases = 0;
            for (const k of around(4)) {
              const it = makeCase(m, n, k);
              const c = multiply(build, kernel, it);
              expect(firstDifferent(c, productInOrder(m, n, k, it.a, it.b, it.c))).toBe(-1);
              expectWithinBound(c, k, product(m, n, k, it.a, it.b, it.c));
              cases++;
            }
            expect(cases).toBe(6);
          });
        }
      }

      test(`${kernel} is within g(k+1) of f64 at the shape of a hidden layer, 64 x 784 x 100`, () => {
        const it = makeCase(64, 100, 784);
        expectWithinBound(multiply(build, kernel, it), 784, product(64, 100, 784, it.a, it.b, it.c));
      });

      test(`${kernel} leaves c as it is when k = 0, and touches nothing when m = 0 or n = 0`, () => {
        const it = makeCase(5, 9, 0);
        expect(firstDifferent(multiply(build, kernel, it), it.c)).toBe(-1);
        expect(multiply(build, kernel, makeCase(0, 9, 4))).toHaveLength(0);
        expect(multiply(build, kernel, makeCase(5, 0, 4))).toHaveLength(0);
      });
    }

    test("gemm_f32_4x8 sums k ascending to the bit beyond a block of rows and of steps of k", () => {
      let cases = 0;
      // Blocks of 128 rows and of 512 steps; a last strip of one, two, three and four rows; panels whole and not.
      for (const [m, n, k] of [
        [127, 9, 513],
        [128, 24, 1024],
        [129, 33, 512],
        [130, 4, 1025],
        [259, 16, 511],
        [132, 45, 700],
      ] as const) {
        const it = makeCase(m, n, k);
        expect(firstDifferent(multiply(build, "gemm_f32_4x8", it), productInOrder(m, n, k, it.a, it.b, it.c))).toBe(-1);
        cases++;
      }
      expect(cases).toBe(6);
    });

    for (const m of [1, 2, 5, 6]) {
      test(`gemm_f32_4x8 sums the products of a single row k ascending to the bit, m = ${m}, one to five panels`, () => {
        let cases = 0;
        for (const k of [1, 7, 512, 513, 1100]) {
          for (const n of [1, 7, 8, 9, 16, 17, 24, 25, 31, 32, 33, 40]) {
            const it = makeCase(m, n, k);
            const c = multiply(build, "gemm_f32_4x8", it);
            expect(firstDifferent(c, productInOrder(m, n, k, it.a, it.b, it.c))).toBe(-1);
            cases++;
          }
        }
        expect(cases).toBe(60);
      });
    }

    for (const rows of [1, 2, 3, 4, 5, 7, 8, 63, 64, 65, 129]) {
      test(`gemm_f32_4x8 gives a row the same bits alone and in a batch of ${rows}, wherever it stands`, () => {
        const [n, k] = [45, 37];
        const batch = makeCase(rows, n, k);
        const together = multiply(build, "gemm_f32_4x8", batch);
        for (let r = 0; r < rows; r++) {
          const alone = multiply(build, "gemm_f32_4x8", {
            ...batch,
            m: 1,
            a: batch.a.slice(r * k, (r + 1) * k),
            c: batch.c.slice(r * n, (r + 1) * n),
          });
          expect(firstDifferent(together.slice(r * n, (r + 1) * n), alone)).toBe(-1);
        }
        // The same rows in another order, so that each meets other tiles and other neighbours.
        const order = Array.from({ length: rows }, (_, r) => (r * 29 + 11) % rows);
        const pick = (x: Float32Array, width: number) =>
          Float32Array.from(order.flatMap((r) => [...x.slice(r * width, (r + 1) * width)]));
        const shuffled = multiply(build, "gemm_f32_4x8", { ...batch, a: pick(batch.a, k), c: pick(batch.c, n) });
        expect(firstDifferent(shuffled, pick(together, n))).toBe(-1);
        expect(new Set(order).size).toBe(rows);
      });
    }

    test("gemm_f32_4x8 keeps a NaN or an infinity of one row of a out of the others", () => {
      const [m, n, k] = [7, 9, 5];
      const it = makeCase(m, n, k);
      const clean = multiply(build, "gemm_f32_4x8", it);
      it.a[5 * k] = Number.NaN;
      it.a[6 * k] = Number.POSITIVE_INFINITY;
      const c = multiply(build, "gemm_f32_4x8", it);
      expect(firstDifferent(c.slice(0, 5 * n), clean.slice(0, 5 * n))).toBe(-1);
      expect(c.slice(5 * n).some(Number.isFinite)).toBe(false);
    });
  });
}

test("the debug build traps on a negative size and on a stride shorter than a row", () => {
  const { anywhere: kernels } = new Host("debug");
  for (const kernel of ["gemm_f32_4x8", "gemm_tn_f32_4x8"] as const) {
    const call = (m: number, n: number, k: number, lda: number, ldc: number) => () =>
      kernels[kernel](m, n, k, 1024, lda, 2048, 4096, ldc, 8192);
    expect(call(4, 8, 4, 4, 8)).not.toThrow();
    expect(call(-1, 8, 4, 4, 8)).toThrow(WebAssembly.RuntimeError);
    expect(call(4, -8, 4, 4, 8)).toThrow(WebAssembly.RuntimeError);
    expect(call(4, 8, -4, 4, 8)).toThrow(WebAssembly.RuntimeError);
    expect(call(4, 8, 4, 3, 8)).toThrow(WebAssembly.RuntimeError);
    expect(call(4, 8, 4, 4, 7)).toThrow(WebAssembly.RuntimeError);
  }
});
