/** The digests of kernels: what a kernel does changes them, and a new NaN is refused by the kernel's name. */
import { expect, test } from "vitest";
import { digestResults } from "../src/goldens/golden.ts";
import { PAGES } from "../src/goldens/kernel-arguments.ts";
import { type KernelInstance, runKernel, sweepKernel } from "../src/goldens/kernels.ts";
import { messageOf } from "./message-of.ts";

const PARAMETERS = [
  { name: "n", type: "i32" },
  { name: "x", type: "F32Pointer" },
  { name: "y", type: "F32Pointer" },
];

/** An instance of one kernel over vectors of f32 and f64. */
function withKernel(kernel: (x32: Float32Array, x64: Float64Array, n: number) => unknown): KernelInstance {
  const memory = new WebAssembly.Memory({ initial: PAGES });
  const [x32, x64] = [new Float32Array(memory.buffer), new Float64Array(memory.buffer)];
  return { memory, kernels: { k_f32: (n = 0) => kernel(x32, x64, n) as number | undefined } };
}

test("a kernel that does something else has another digest, on one number of its memory or as its result", async () => {
  const of = (kernel: (x32: Float32Array) => unknown) =>
    digestResults(runKernel(withKernel(kernel), "k_f32", {}, PARAMETERS));
  const nothing = await of(() => undefined);
  expect(await of(() => undefined)).toBe(nothing);
  expect(await of(() => 1)).not.toBe(nothing);
  expect(await of((x32) => x32.fill(1, 5, 6))).not.toBe(nothing);
  // One number behind what its pointers are given.
  expect(await of((x32) => x32.fill(1, 2 * 8192 + 5, 2 * 8192 + 6))).not.toBe(nothing);
});

test("a NaN made of finite inputs is refused by the kernel's name, wherever it is, of either width and sign", () => {
  for (const [message, kernel] of [
    ["got NaN at byte 20", (x32: Float32Array) => x32.fill(Number.NaN, 5, 6)],
    ["got NaN at byte 20", (x32: Float32Array) => new Uint32Array(x32.buffer).fill(0xffc00000, 5, 6)],
    ["got NaN at byte 44", (_: Float32Array, x64: Float64Array) => x64.fill(Number.NaN, 5, 6)],
    ["got NaN as its result", () => Number.NaN],
  ] as const) {
    expect(messageOf(() => runKernel(withKernel(kernel), "k_f32", {}, PARAMETERS))).toBe(
      `k_f32: expected numbers from finite inputs, ${message}`,
    );
  }
  const late = withKernel((x32, _, n) => {
    if ((x32[0] as number) < -1e30) x32.fill(Number.NaN, n - 1, n);
    return undefined;
  });
  expect(messageOf(() => sweepKernel(late, "k_f32"))).toMatch(
    /^k_f32: expected numbers from finite inputs, got NaN at byte /,
  );
});
