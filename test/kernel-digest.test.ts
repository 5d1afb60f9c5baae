/** The digests that engines are compared by: what a kernel does changes them, and a new NaN is refused by the kernel's name. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { messageOf } from "./message-of.ts";

const SCRIPTS = join(import.meta.dirname, "../scripts");
const { digest, PAGES, sweep } = await import(join(SCRIPTS, "kernel-bits.mjs"));

const PARAMETERS = [
  { name: "n", type: "i32" },
  { name: "x", type: "F32Pointer" },
  { name: "y", type: "F32Pointer" },
];

/** An instance of one kernel over vectors of f32 and f64. */
function withKernel(name: string, kernel: (x32: Float32Array, x64: Float64Array, n: number) => unknown) {
  const memory = new WebAssembly.Memory({ initial: PAGES });
  const [x32, x64] = [new Float32Array(memory.buffer), new Float64Array(memory.buffer)];
  return { memory, kernels: { [name]: (n: number) => kernel(x32, x64, n) } };
}

test("every kernel has a line, and none makes NaN of finite inputs", () => {
  const lines = execFileSync(process.execPath, [join(SCRIPTS, "kernel-digest.mjs")], { encoding: "utf8" }).split("\n");
  expect(lines.length).toBeGreaterThan(100);
  for (const line of lines.slice(0, -1)) expect(line).toMatch(/^[a-z_0-9]+ (over all floats |\d+ )?[0-9a-f]{64}$/);
});

test("a kernel that does something else has another digest, on one number of its memory or as its result", () => {
  const of = (kernel: (x32: Float32Array) => unknown) => digest(withKernel("k_f32", kernel), "k_f32", PARAMETERS);
  const nothing = of(() => undefined);
  expect(of(() => undefined)).toBe(nothing);
  expect(of(() => 1)).not.toBe(nothing);
  expect(of((x32) => x32.fill(1, 5, 6))).not.toBe(nothing);
});

test("a NaN made of finite inputs is refused by the kernel's name, wherever it is, of either width and sign", () => {
  for (const [message, kernel] of [
    ["got NaN at byte 20", (x32: Float32Array) => x32.fill(Number.NaN, 5, 6)],
    ["got NaN at byte 20", (x32: Float32Array) => new Uint32Array(x32.buffer).fill(0xffc00000, 5, 6)],
    ["got NaN at byte 44", (_: Float32Array, x64: Float64Array) => x64.fill(Number.NaN, 5, 6)],
    ["got NaN as its result", () => Number.NaN],
  ] as const) {
    const instance = withKernel("k_f32", kernel);
    expect(messageOf(() => digest(instance, "k_f32", PARAMETERS))).toBe(
      `k_f32: expected numbers from finite inputs, ${message}`,
    );
  }
  const late = withKernel("k_f32", (x32, _, n) => {
    if ((x32[0] as number) < -1e30) x32.fill(Number.NaN, n - 1, n);
  });
  expect(messageOf(() => sweep(late, "k_f32"))).toMatch(
    /^k_f32: expected numbers from finite inputs, got NaN at byte /,
  );
});
