import { describe, expect, test } from "vitest";
import { product, productInOrder, transpose } from "../oracle/matrix.ts";
import { firstBeyond, firstDifferent, gBoth } from "../support/bounds.ts";
import { type Block, BUILDS, entriesAt, Host } from "../support/host.ts";
import { noise32 } from "../support/noise.ts";
import { around } from "../support/sizes.ts";

/** n values of which a share is not zero: zeros of both signs, subnormals among the rest. */
function sparse32(n: number, density: number, seed: number): Float32Array {
  const [chance, values] = [noise32(n, seed), noise32(n, seed + 1)];
  return values.map((x, i) => {
    if ((chance[i] as number) >= 2 * density - 1) return i % 3 === 0 ? -0 : 0;
    return i % 5 === 0 ? x * 2 ** -140 : x;
  });
}

type Entry = [at: number, value: number];

/** The non-zeros of each row, columns ascending. */
function entriesOf(rows: number, n: number, x: Float32Array): Entry[][] {
  return Array.from({ length: rows }, (_, r) =>
    Array.from({ length: n }, (_, c): Entry => [c, x[r * n + c] as number]).filter(([, value]) => value !== 0),
  );
}

/** Starts and entries, as the kernels take them. */
function place(host: Host, lists: readonly Entry[][]): { starts: Block<Int32Array>; entries: Block<Int32Array> } {
  const starts = [0];
  for (const list of lists) starts.push((starts.at(-1) as number) + list.length);
  const words = new Float32Array(2 * lists.flat().length);
  const indices = new Int32Array(words.buffer);
  for (const [i, [at, value]] of lists.flat().entries()) {
    words[2 * i + 1] = value;
    indices[2 * i] = at;
  }
  return { starts: host.i32(starts.length, starts), entries: host.i32(indices.length, indices) };
}

/** Entries as they lie in memory, back to lists. */
function listsOf(starts: Int32Array, entries: Int32Array): Entry[][] {
  const values = new Float32Array(entries.buffer, entries.byteOffset, entries.length);
  return Array.from({ length: starts.length - 1 }, (_, r) =>
    Array.from(
      { length: (starts[r + 1] as number) - (starts[r] as number) },
      (_, i): Entry => [
        entries[2 * ((starts[r] as number) + i)] as number,
        values[2 * ((starts[r] as number) + i) + 1] as number,
      ],
    ),
  );
}

/** p[k,20 ceil(n/20)] in panels of 40 columns, the last of 20 where that is enough; columns beyond n zero. */
function widePanels(k: number, n: number, b: Float32Array): Float32Array {
  const p: number[] = [];
  for (let j = 0; j < n; j += 40) {
    const width = n - j > 20 ? 40 : 20;
    for (let i = 0; i < k; i++) {
      for (let c = j; c < j + width; c++) p.push(c < n ? (b[i * n + c] as number) : 0);
    }
  }
  return Float32Array.from(p);
}

const DENSITIES = [0, 0.01, 0.2, 1];
/** Below, at and above a half panel, a panel, and a panel and a half. */
const WIDTHS = [1, 3, 10, 19, 20, 21, 39, 40, 41, 60, 61, 123];

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [0, ...around(4), 37]) {
      test(`count_nonzero_f32 counts subnormals and NaN, zeros of neither sign, n = ${n}`, () => {
        for (const density of DENSITIES) {
          const x = sparse32(n, density, 1);
          if (n > 2) x[2] = Number.NaN;
          const host = new Host(build);
          const at = host.f32(n, x);
          expect(host.run((kernels) => kernels.count_nonzero_f32(n, at.at))).toBe(x.filter((v) => v !== 0).length);
        }
      });

      for (const rows of [0, 1, 5]) {
        test(`compress_rows_f32 and transpose_entries list the entries of ${rows} rows of ${n}, ascending`, () => {
          for (const density of DENSITIES) {
            const x = sparse32(rows * n, density, 2);
            const expected = entriesOf(rows, n, x);
            const count = expected.flat().length;
            const host = new Host(build);
            const [at, starts, entries] = [host.f32(rows * n, x), host.i32(rows + 1), host.i32(2 * count + 2)];
            host.run(
              (kernels) => kernels.compress_rows_f32(rows, n, at.at, starts.at, entriesAt(entries)),
              starts,
              entries,
            );
            const found = [starts.values(), entries.values()] as [Int32Array, Int32Array];
            expect(listsOf(...found)).toEqual(expected);
            expect(found[0].at(-1)).toBe(count);

            const [startsT, entriesT] = [host.i32(n + 1), host.i32(2 * count)];
            host.run(
              (kernels) =>
                kernels.transpose_entries(rows, n, starts.at, entriesAt(entries), startsT.at, entriesAt(entriesT)),
              startsT,
              entriesT,
            );
            const turned = listsOf(startsT.values() as Int32Array, entriesT.values() as Int32Array);
            expect(turned).toEqual(entriesOf(n, rows, transpose(rows, n, x)));
          }
        });
      }
    }

    for (const n of WIDTHS) {
      test(`pack_b_f32_40 makes zero-filled panels, and takes what is below the floor for 0, n = ${n}`, () => {
        for (const k of [0, 1, 5]) {
          const host = new Host(build);
          const values = noise32(k * n, 3);
          const b = host.matrix(k, n, n + 7, values);
          const expected = widePanels(
            k,
            n,
            values.map((v) => (Math.abs(v) < 0.25 ? 0 : v)),
          );
          const p = host.f32(expected.length);
          host.run((kernels) => kernels.pack_b_f32_40(k, n, b.at, n + 7, 0.25, p.at), p);
          expect(firstDifferent(p.values(), expected)).toBe(-1);
        }
      });

      test(`gemm_sparse_f32_40 has the bits of the dense sum over all k, and is within g(k+1) of f64, n = ${n}`, () => {
        let cases = 0;
        for (const density of DENSITIES) {
          for (const [m, k] of [
            [1, 7],
            [5, 31],
            [3, 1],
          ] as const) {
            const [a, b, c] = [sparse32(m * k, density, 4), noise32(k * n, 5), noise32(m * n, 6)];
            c[0] = 0;
            const host = new Host(build);
            const { starts, entries } = place(host, entriesOf(m, k, a));
            const packed = widePanels(k, n, b);
            const bAt = host.f32(packed.length, packed);
            const cAt = host.matrix(m, n, n + 3, c);
            const scratch = host.f32(40);
            host.run(
              (kernels) =>
                kernels.gemm_sparse_f32_40(m, n, k, starts.at, entriesAt(entries), bAt.at, cAt.at, n + 3, scratch.at),
              cAt,
              scratch,
            );
            expect(firstDifferent(cAt.values(), productInOrder(m, n, k, a, b, c))).toBe(-1);
            const { value, magnitude } = product(m, n, k, a, b, c);
            // A product that is subnormal is off by half of the least spacing, whatever its size.
            const bound = magnitude.map((size) => gBoth(k + 1) * size + k * 2 ** -150);
            expect(firstBeyond(cAt.values(), value, bound)).toBe(-1);
            cases++;
          }
        }
        expect(cases).toBe(12);
      });
    }
  });
}

test("the debug build traps on a negative size and on a stride shorter than a row", () => {
  const { anywhere: kernels } = new Host("debug");
  const multiply = (m: number, n: number, k: number, ldc: number) => () =>
    kernels.gemm_sparse_f32_40(m, n, k, 1024, 2048, 4096, 8192, ldc, 16384);
  expect(multiply(0, 8, 4, 8)).not.toThrow();
  expect(multiply(-1, 8, 4, 8)).toThrow(WebAssembly.RuntimeError);
  expect(multiply(0, -8, 4, 8)).toThrow(WebAssembly.RuntimeError);
  expect(multiply(0, 8, -4, 8)).toThrow(WebAssembly.RuntimeError);
  expect(multiply(0, 8, 4, 7)).toThrow(WebAssembly.RuntimeError);
  expect(() => kernels.pack_b_f32_40(1, 8, 1024, 7, 0, 2048)).toThrow(WebAssembly.RuntimeError);
  expect(() => kernels.compress_rows_f32(-1, 8, 1024, 2048, 4096)).toThrow(WebAssembly.RuntimeError);
});
