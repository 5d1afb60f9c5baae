import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { BUILDS, wasmBytes } from "./support/host.ts";
import { readKernelTable } from "./support/kernel-table.ts";
import { extended, parseWasm, violations } from "./support/wasm-binary.ts";

/** What a page or an edge function should not have to think about. */
const LIMIT = 64 * 1024;

for (const build of BUILDS) {
  describe(build, () => {
    const binary = parseWasm(wasmBytes(build));

    test("the module imports its memory and nothing else, keeps no state, has no data and no relaxed instruction", () => {
      expect(violations(binary)).toEqual([]);
    });

    test("the walk over its code meets what the kernels are made of", () => {
      for (const [name, code] of [
        ["f32x4.mul", extended(0xfd, 0xe6)],
        ["f64x2.add", extended(0xfd, 0xf0)],
        ["v128.load32_splat", extended(0xfd, 0x09)],
        ["memory.copy", extended(0xfc, 10)],
      ] as const) {
        expect(binary.instructions.has(code), name).toBe(true);
      }
      expect(binary.instructions.has(0x00), "unreachable, the trap of need()").toBe(build === "debug");
    });

    test("its exports are the kernels of the sources, with the same parameters and results", () => {
      const table = readKernelTable().map(({ name, parameters, result }) => ({
        ...{ name, parameters: parameters.length, results: result === "void" ? 0 : 1 },
      }));
      const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
      const exported = binary.exports.map(({ name, parameters, results }) => ({ name, parameters, results }));
      expect(exported.toSorted(byName)).toEqual(table.toSorted(byName));
      expect(table.length).toBeGreaterThan(30);
    });
  });
}

test("every kernel of the table is named by a test of kernels", () => {
  const folders = ["kernels", "optimize"].map((folder) => new URL(`./${folder}/`, import.meta.url));
  const tests = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => readFileSync(new URL(file, folder), "utf8")),
  );
  const named = new Set(tests.join("\n").match(/\w+/g));
  const table = readKernelTable();
  expect(table.filter(({ name }) => !named.has(name))).toEqual([]);
});

test("the release module is at most 64 KiB gzipped", () => {
  expect(gzipSync(wasmBytes("release"), { level: 9 }).length).toBeLessThanOrEqual(LIMIT);
});

/** Modules made by hand, section by section. */
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const section = (id: number, ...content: number[]) => [id, content.length, ...content];
const text = (s: string) => [s.length, ...Buffer.from(s)];
const MEMORY = [...text("env"), ...text("memory"), 2, 0, 1];
const TYPE = section(1, 1, 0x60, 0, 0); // () -> ()
const IMPORTS = section(2, 1, ...MEMORY);
const FUNCTION = section(3, 1, 0);
const code = (...instructions: number[]) => section(10, 1, instructions.length + 2, 0, ...instructions, 0x0b);
const module = (...sections: number[][]) => Uint8Array.from([...HEADER, ...sections.flat()]);
const judge = (...sections: number[][]) => violations(parseWasm(module(...sections)));

describe("the parser and its rules", () => {
  test("a module that keeps them passes", () => {
    expect(judge(TYPE, IMPORTS, FUNCTION, code(0x01))).toEqual([]);
  });

  test("what the hand-made modules are built of is valid to the engine, blocks within blocks too", () => {
    expect(WebAssembly.validate(module(TYPE, IMPORTS, FUNCTION, code(0x01)))).toBe(true);
    expect(WebAssembly.validate(module(TYPE, IMPORTS, FUNCTION, code(0x02, 0x40, 0x03, 0x40, 0x0b, 0x0b)))).toBe(true);
  });

  for (const [rule, sections, complaint] of [
    ["no memory import", [TYPE, FUNCTION, code()], "expected one import env.memory, got 0"],
    ["a memory of its own", [section(5, 1, 0, 1)], "expected one import env.memory, got 0"],
    [
      "a function import",
      [TYPE, section(2, 2, ...MEMORY, ...text("env"), ...text("abort"), 0, 0)],
      "import env.abort (function)",
    ],
    ["a global import", [section(2, 2, ...MEMORY, ...text("env"), ...text("g"), 3, 0x7f, 0)], "import env.g (global)"],
    ["memory by another name", [section(2, 1, ...text("env"), ...text("heap"), 2, 0, 1)], "import env.heap (memory)"],
    ["an exported memory", [IMPORTS, section(7, 1, ...text("memory"), 2, 0)], "export memory (memory)"],
    ["a start function", [TYPE, IMPORTS, FUNCTION, section(8, 0), code()], "a start function"],
    ["a mutable global", [IMPORTS, section(6, 1, 0x7f, 1, 0x41, 0, 0x0b)], "1 mutable globals"],
    ["a data segment", [IMPORTS, section(11, 1, 0, 0x41, 0, 0x0b, 1, 42)], "1 data segments"],
    ["a passive data segment", [IMPORTS, section(11, 1, 1, 1, 42)], "1 data segments"],
    ["memory.grow", [TYPE, IMPORTS, FUNCTION, code(0x41, 1, 0x40, 0, 0x1a)], "memory.grow"],
    ["a relaxed madd", [TYPE, IMPORTS, FUNCTION, code(0xfd, 0x85, 0x02)], "relaxed SIMD instruction 0xfd 0x105"],
    [
      "an atomic load",
      [TYPE, IMPORTS, FUNCTION, code(0x41, 0, 0xfe, 0x10, 2, 0, 0x1a)],
      "threads instruction 0xfe 0x10",
    ],
    ["an atomic fence", [TYPE, IMPORTS, FUNCTION, code(0xfe, 0x03, 0)], "threads instruction 0xfe 0x3"],
  ] as [string, number[][], string][]) {
    test(`${rule} is found`, () => {
      expect(judge(...sections)).toContain(complaint);
    });
  }

  test("an immutable global is allowed", () => {
    expect(judge(IMPORTS, section(6, 1, 0x7f, 0, 0x41, 0, 0x0b))).toEqual([]);
  });

  test("bytes of a constant or a lane pattern are not taken for instructions", () => {
    const constant = [0xfd, 0x0c, ...Array(16).fill(0xfe), 0x1a];
    const number = [0x41, 0xfe, 0x85, 0x02, 0x1a];
    const double = [0x44, ...Array(8).fill(0xfd), 0x1a];
    expect(judge(TYPE, IMPORTS, FUNCTION, code(...constant, ...number, ...double))).toEqual([]);
    expect(WebAssembly.validate(module(TYPE, IMPORTS, FUNCTION, code(...constant, ...number, ...double)))).toBe(true);
  });

  test("an instruction it does not know and a file that ends early are refused, not skipped", () => {
    expect(() => judge(TYPE, IMPORTS, FUNCTION, code(0xd5))).toThrow("expected a known instruction, got 0xd5");
    expect(() => judge(TYPE, IMPORTS, FUNCTION, code(0xfd, 0x94, 0x02))).toThrow("expected a known instruction");
    expect(() => parseWasm(module(IMPORTS).subarray(0, 20))).toThrow("got the end");
    expect(() => parseWasm(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))).toThrow("expected the header");
  });
});
