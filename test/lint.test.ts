/** The rule that keeps inexact functions out of src (lint/exact-math.mjs): what it catches, and what it lets pass. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "./temporary.ts";

const ROOT = join(import.meta.dirname, "..");
const RULE = join(ROOT, "lint/exact-math.mjs");

function run(paths: readonly string[], cwd = ROOT): { status: number | null; found: string[] } {
  const { status, stderr } = spawnSync(process.execPath, [RULE, ...paths], { cwd, encoding: "utf8" });
  return { status, found: stderr.split("\n").filter((line) => line !== "") };
}

/** The first word of what the rule says of each source, by line: `Math@1`. One process looks at all of them. */
function faultsOf(sources: readonly string[]): string[][] {
  const folder = temporaryFolder();
  const paths = sources.map((source, i) => {
    const path = join(folder, `source-${i}.ts`);
    writeFileSync(path, `${source}\n`);
    return path;
  });
  const { found } = run(paths);
  return paths.map((path) =>
    found
      .filter((line) => line.startsWith(`${path}:`))
      .map((line) => line.slice(path.length + 1).replace(/^(\d+): ([^:]*):.*$/, "$2@$1")),
  );
}

const INEXACT = [
  ...["acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "cos", "cosh", "exp", "expm1", "hypot"],
  ...["log", "log10", "log1p", "log2", "pow", "random", "sin", "sinh", "tan", "tanh", "f16round", "sumPrecise"],
];

/** Where it is caught, and the source. Declarations that the types want are left out: the rule reads no types. */
const CAUGHT: readonly (readonly [string, string])[] = [
  ...INEXACT.map((name) => [`Math.${name}@1`, `export const f = Math.${name};`] as const),
  // The object by another way than its name and a member's.
  ["Math@1", 'export const f = Math["exp"](1);'],
  ["Math@1", "export const f = Math[name](1);"],
  ["Math@1", 'export const f = Math["floor"](1);'],
  ["Math@1", "const { exp } = Math;"],
  ["Math@2", "let e;\n({ exp: e } = Math);"],
  ["Math@1", "export const f = (x: number, { exp } = Math) => exp(x);"],
  ["Math@2", "let m;\nm = Math;"],
  ["Math@1", "export const f = (m = Math) => m.exp(1);"],
  ["Math@1", "export const f = apply(Math);"],
  ["Math@1", "export const f = [Math][0].exp(1);"],
  ["Math@1", "export const f = { Math };"],
  ["Math@1", "export const f = { m: Math };"],
  ["Math@1", "export const f = [...Object.keys(Math)];"],
  ["Math.exp@1", "export const f = (Math).exp(1);"],
  ["Math@1", "export const f = (Math as any).exp(1);"],
  ["Math@1", "export const f = Math!.exp(1);"],
  ["Math.exp@1", "export const f = Math?.exp(1);"],
  ["Math@1", "export const f = (Math satisfies object).exp(1);"],
  ["Math.exp@1", "export const f = M\\u0061th.exp(1);"],
  ["Math@1", "export const f = self.Math.exp(1);"],
  ["Math@1", "export const f = globalThis.Math.exp(1);"],
  ["Math@1", 'export const f = window["Math"].exp(1);'],
  ["Math@1", "export const f = window[`Math`].exp(1);"],
  ["Math@1", "const { Math: M } = window;"],
  ["Math@1", 'export const f = Reflect.get(window, "Math");'],
  ["globalThis@1", 'export const f = globalThis["Ma" + "th"].exp(1);'],
  ["globalThis@1", "const { [name]: m } = globalThis;"],
  ["Math@2", "class A {\n  m = Math;\n}"],
  ["Math@1", "const g = () => Math;"],
  ["Math@1", "import M = Math;"],
  ["eval@1", 'export const f = eval("1");'],
  ["Function@1", 'export const f = new Function("x", "return x");'],
  // Powers.
  ["**@1", "export const f = (x: number, y: number) => x ** y;"],
  ["**@1", "export const f = (x: bigint, y: bigint) => x ** y;"],
  ["**@1", "export const f = (x: number) => 2 ** x;"],
  ["**@1", "export const f = (x: number) => x ** 2;"],
  ["**@1", "export const f = 2 ** 0.5;"],
  ["**@1", "export const f = 10 ** -3;"],
  ["**@1", "export const f = 3 ** 41;"],
  ["**@1", "export const f = 2 ** -1075;"],
  ["**@1", "export const f = (x) => 1 + x ** 2 + 3;"],
  ["**@1", 'export const f = (x, y) => x["**"] ** (y /* ** */);'],
  ["**@1", "export const f = (x) => (2 ** 3) ** x;"],
  ["**=@2", "let y = 2;\ny **= 2;"],
  ["**=@1", 'o["="] **= 2;'],
  // What a locale decides, and digits that the engine does.
  ["toLocaleString@1", "export const f = (1.5).toLocaleString();"],
  ["toLocaleUpperCase@1", 'export const f = "i".toLocaleUpperCase();'],
  ["toLocaleString@1", 'export const f = (1.5)["toLocaleString"]();'],
  ["localeCompare@1", "export const f = (a, b) => a.localeCompare(b);"],
  ["Intl@1", "export const f = new Intl.NumberFormat();"],
  ["toString@1", "export const f = (0.1).toString(3);"],
  ["toString@1", "export const f = (x, radix) => x.toString(radix);"],
  // Suppressions, of this and of other rules.
  ["biome-ignore@1", "// biome-ignore lint/plugin: reason\nexport const f = 1;"],
  ["biome-ignore@1", "/* biome-ignore-all lint: reason */"],
  ["@ts-expect-error@1", "// @ts-expect-error\nexport const f = 1;"],
  ["@ts-ignore@1", "/** @ts-ignore */\nexport const f = 1;"],
];

const PASSED = [
  ...["abs", "ceil", "clz32", "floor", "fround", "imul", "max", "min", "round", "sign", "sqrt", "trunc"].map(
    (name) => `export const f = (x) => [x].map(Math.${name});`,
  ),
  "export const f = [Math.PI, Math.SQRT2, Math.LN2];",
  "export const f = [2 ** -24, 2 ** -1074, 2 ** 1023, 10 ** 6, 3 ** 33, 2 ** 53 - 1];",
  'export const f = "a ** b"; // x ** y, Math.exp',
  "export const f = { exp: (x: number) => x }.exp(1);",
  "export const f = globalThis.crypto.subtle;",
  "export const f = (x) => [x.toString(16), x.toString(), x.toString('hex'), String(x), x.toFixed(2)];",
  "export type F = (x: number) => number;",
];

test("every way to a number or a text that depends on the engine is caught, where it stands", () => {
  const found = faultsOf(CAUGHT.map(([, source]) => source));
  expect(found.map((faults, i) => [CAUGHT[i]?.[1], faults[0]])).toEqual(CAUGHT.map(([at, source]) => [source, at]));
});

test("what is exact passes", () => {
  expect(faultsOf(PASSED)).toEqual(PASSED.map(() => []));
});

test("a file that cannot be parsed is a fault, not a pass", () => {
  expect(faultsOf(["export const = 1;"])[0]).toHaveLength(1);
});

test("without arguments it reads every file of src, and fails where there is none", () => {
  const folder = temporaryFolder();
  expect(run([], folder).status).toBe(1);
  mkdirSync(join(folder, "src/deep"), { recursive: true });
  expect(run([], folder).status).toBe(1);
  writeFileSync(join(folder, "src/deep/exact.ts"), "export const f = Math.floor(1);\n");
  expect(run([], folder)).toEqual({ status: 0, found: [] });
  writeFileSync(join(folder, "src/deep/inexact.mjs"), "export const f = Math.exp(1);\n");
  expect(run([], folder)).toEqual({
    status: 1,
    found: [
      "src/deep/inexact.mjs:1: Math.exp: expected an exact function, got one whose bits depend on the engine. " +
        "Use a kernel, or src/numeric.",
    ],
  });
});

test("the repository's own src passes, and `npm run lint` asks", async () => {
  expect(run([])).toEqual({ status: 0, found: [] });
  const { default: manifest } = await import("../package.json", { with: { type: "json" } });
  expect(manifest.scripts.lint).toContain("node lint/exact-math.mjs");
});
