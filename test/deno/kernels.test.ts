import { assert, assertEquals, assertThrows } from "@std/assert";
import { initialize } from "blindspot";
import { type F32Pointer, offset32, Workspace } from "../../src/wasm/index.ts";

await initialize();

Deno.test("dot_f64 adds in its stated order", () => {
  const { kernels, arena } = new Workspace();
  const [x, y] = [arena.allocateF64(8), arena.allocateF64(8)];
  const values = [1e16, 1, -1e16, 1, 3, 5, 7, 9];
  arena.f64(x, 8).set(values);
  arena.f64(y, 8).fill(1);
  const [a, b, c, d, e, f, g, h] = values as [number, number, number, number, number, number, number, number];
  assertEquals(kernels.dot_f64(8, x, y), a + e + (c + g) + (b + f + (d + h)));
});

Deno.test("gemm_f32_4x8 rounds every product and every sum to f32, k ascending, alone and in a batch", () => {
  const [m, n, k] = [5, 9, 7];
  const { kernels, arena } = new Workspace();
  const [a, b, c] = [arena.allocateF32(m * k), arena.allocateF32(k * n), arena.allocateF32(m * n)];
  const [panels, scratch] = [arena.allocateF32(16 * k), arena.allocateF32(32)];
  const fill = (at: F32Pointer, length: number, step: number) => {
    const view = arena.f32(at, length);
    for (let i = 0; i < length; i++) view[i] = ((i * step) % 17) / 16 - 0.53;
    return view;
  };
  const [left, right, out] = [fill(a, m * k, 5), fill(b, k * n, 7), arena.f32(c, m * n)];
  kernels.pack_b_f32_8(k, n, b, n, 0, panels);
  out.fill(0);
  kernels.gemm_f32_4x8(m, n, k, a, k, panels, c, n, scratch);
  const together = out.slice();
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) {
        sum = Math.fround(sum + Math.fround((left[i * k + p] as number) * (right[p * n + j] as number)));
      }
      assertEquals(together[i * n + j], sum);
    }
  }
  out.fill(0);
  for (let i = 0; i < m; i++)
    kernels.gemm_f32_4x8(1, n, k, offset32(a, i * k), k, panels, offset32(c, i * n), n, scratch);
  assertEquals(out, together);
});

Deno.test("the arena refuses what no memory holds, with the library's own words", () => {
  assertThrows(() => new Workspace().arena.allocate(2 ** 33), RangeError, "arena: expected at most 4 GiB");
});

Deno.test("exp_f32 of zero is one, in body and tail", () => {
  const { kernels, arena } = new Workspace();
  const x = arena.allocateF32(5);
  arena.f32(x, 5).fill(0);
  kernels.exp_f32(5, x, x);
  assert(arena.f32(x, 5).every((value) => value === 1));
});
