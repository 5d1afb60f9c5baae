/** Pointers by element: what the compiler refuses (`npm run types` fails where one of these is accepted), and offsets. */
import { expect, test } from "vitest";
import type { Kernels } from "../../src/wasm/kernels.ts";
import {
  type Block,
  type F32Pointer,
  type F64Pointer,
  type I32Pointer,
  offset32,
  offset64,
} from "../../src/wasm/pointers.ts";
import { address } from "../support/host.ts";

test("a kernel takes pointers of its own elements alone, no number for a pointer and no pointer for a number", () => {
  const calls = (k: Kernels, f32: F32Pointer, f64: F64Pointer, i32: I32Pointer, block: Block, n: number) => {
    k.scale_f32(n, 0.5, f32, f32);
    k.scale_f32(n, 0.5, block, offset32(f32, 4 * n));
    // @ts-expect-error an f64 pointer
    k.scale_f32(n, 0.5, f64, f32);
    // @ts-expect-error an i32 pointer
    k.scale_f64(n, 0.5, f64, i32);
    // @ts-expect-error a count
    k.scale_f32(n, 0.5, n, f32);
    // @ts-expect-error bytes added to a pointer
    k.scale_f32(n, 0.5, f32 + 4 * n, f32);
    // @ts-expect-error a pointer for a count
    k.scale_f32(f32, 0.5, f32, f32);
    // @ts-expect-error elements of 4 bytes
    offset64(f32, 1);
    // @ts-expect-error elements of 8 bytes
    offset32(f64, 1);
    // @ts-expect-error a window without its strides
    k.max_pool_f32(1, { h: n, w: n, c: n, oh: n, ow: n, kh: n, kw: n, top: n, left: n }, f32, f32);
  };
  expect(calls.length).toBe(6);
});

test("offsets count elements", () => {
  const at = address(64);
  expect(offset32<F32Pointer>(at, 3)).toBe(76);
  expect(offset64<F64Pointer>(at, 3)).toBe(88);
});
