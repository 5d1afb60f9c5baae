/** The table of the kernels: read from their sources, fresh, and refused where a source does not say what a pointer points at. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { messageOf } from "../message-of.ts";
import { type KernelRow, readKernelTable, SCRIPTS } from "../support/kernel-table.ts";

const { kernelsOf, ELEMENTS } = await import(new URL("kernel-table.mjs", SCRIPTS).href);
const { kernelModule, signatureModule } = await import(new URL("write-kernels.mjs", SCRIPTS).href);

const written = (path: string) => readFileSync(new URL(`../${path}`, SCRIPTS), "utf8");
const one = (source: string): KernelRow => kernelsOf("it.ts", source)[0];
const refusal = (source: string) => messageOf(() => kernelsOf("it.ts", source));

describe("the sources", () => {
  const table = readKernelTable();

  test("src/wasm/kernels.ts and src/goldens/signatures.ts are those of the sources (npm run build:wasm writes them)", () => {
    expect(table.length).toBeGreaterThan(100);
    expect(written("src/wasm/kernels.ts")).toBe(kernelModule(table));
    expect(written("src/goldens/signatures.ts")).toBe(signatureModule(table));
  });

  test("the host's pointers are those that the sources have", () => {
    const pointers = (path: string) =>
      [...written(path).matchAll(/export type (\w+Pointer) =/g)].map(([, name]) => name).toSorted();
    expect(pointers("assembly/support/pointer.ts")).toEqual(Object.keys(ELEMENTS).toSorted());
    expect(pointers("src/wasm/pointers.ts")).toEqual(Object.keys(ELEMENTS).toSorted());
  });

  test("no kernel takes more than eight numbers beside pointers and one description", () => {
    const calls = written("src/wasm/kernels.ts").matchAll(/^ {2}(\w+)\((.*)\): (?:void|number);$/gm);
    const numbers = Array.from(calls, ([, name, args]) => [name, (args as string).match(/: Scalar\b/g)?.length ?? 0]);
    expect(numbers.length).toBe(table.length);
    expect(numbers.filter(([, count]) => (count as number) > 8)).toEqual([]);
  });
});

test("a kernel is its name, its parameters in order with types and shapes, its comment and its result", () => {
  const source = `
/** A helper, which is no kernel. */
function square(x: f32): f32 { return x * x; }

/**
 * y = a x;  a sentence.
 *
 *   x, y     f32[rows,n]  y overwritten
 *   starts   i32[rows+1]
 *   entries  entry[starts[rows]+1]
 *   free     i64[min(n, 8)]
 *
 * Order  any.
 */
export function k_f32(rows: i32, n: i32, a: f32, x: F32Pointer, y: F32Pointer, starts: I32Pointer, entries: EntryPointer, free: I64Pointer): f64 {
  return 0;
}`;
  const { comment, ...kernel } = one(source);
  expect(comment).toMatch(/^\/\*\*\n \* y = a x;[\s\S]*any\.\n \*\/$/);
  expect(kernel).toEqual({
    ...{ name: "k_f32", file: "it.ts", result: "f64" },
    parameters: [
      { name: "rows", type: "i32" },
      { name: "n", type: "i32" },
      { name: "a", type: "f32" },
      { name: "x", type: "F32Pointer", shape: "rows,n" },
      { name: "y", type: "F32Pointer", shape: "rows,n" },
      { name: "starts", type: "I32Pointer", shape: "rows+1" },
      { name: "entries", type: "EntryPointer", shape: "starts[rows]+1" },
      { name: "free", type: "I64Pointer", shape: "min(n, 8)" },
    ],
  });
});

describe("a source is refused, by file, kernel and parameter,", () => {
  const kernel = (comment: string, parameters: string) => `${comment}\nexport function k(${parameters}): void {}`;
  for (const [title, source, message] of [
    ["without a comment", kernel("", "n: i32"), "it.ts k: expected a comment that states its shapes, got none"],
    [
      "whose comment stands apart from it",
      kernel("/** y = x.   x  f32[n] */\nconst A: i32 = 1;", "n: i32, x: F32Pointer"),
      "it.ts k: expected a comment that states its shapes, got none",
    ],
    [
      "whose comment has no shape of a pointer",
      kernel("/** y = x.   x  f32[n] */", "n: i32, x: F32Pointer, y: F32Pointer"),
      'it.ts k: expected the shape of y in its comment, such as "y  f32[n]", got none',
    ],
    [
      "whose comment names another element than the type",
      kernel("/** y = x.   x  f64[n] */", "n: i32, x: F32Pointer"),
      "it.ts k: expected a shape x  f32[...], got f64",
    ],
    [
      "whose comment has the shape of something else",
      kernel("/** y = x.   x, z  f32[n] */", "n: i32, x: F32Pointer"),
      "it.ts k: expected shapes of its parameters n, x, got one of z",
    ],
    [
      "whose shape has an extent that is no parameter",
      kernel("/** y = x.   x  f32[m] */", "n: i32, x: F32Pointer"),
      "it.ts k: expected extents of x in terms of its parameters, got m",
    ],
    [
      "whose comment has two shapes of one pointer",
      kernel("/** y = x.   x  f32[n], x  f32[n,n] */", "n: i32, x: F32Pointer"),
      "it.ts k: expected one shape of x, got two",
    ],
    [
      "with an address of no element",
      kernel("/** y = x. */", "n: i32, x: usize"),
      "it.ts k: expected x of a type among i32, u32, f32, f64, F32Pointer, F64Pointer, I32Pointer, I64Pointer, EntryPointer, got usize",
    ],
    [
      "with a shape of what is passed by value",
      kernel("/** y = x.   n  i32[2] */", "n: i32"),
      "it.ts k: expected a pointer type for n, which has a shape, got i32",
    ],
    [
      "that exports something else",
      "export const N: i32 = 1;",
      'it.ts: expected no exports but functions, got "export const N: i32 = 1"',
    ],
  ] as const) {
    test(title, () => {
      expect(refusal(source)).toBe(message);
    });
  }
});
