import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const BIOME = join(ROOT, "node_modules/@biomejs/biome/bin/biome");

/** A repository with our rules and nothing else. */
const folder = mkdtempSync(join(tmpdir(), "blindspot-lint-"));
for (const path of ["biome.json", "lint", ".gitignore"])
  cpSync(join(ROOT, path), join(folder, path), { recursive: true });
mkdirSync(join(folder, "src"));
mkdirSync(join(folder, "test"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the linter says of a file: its exit code, and the lines of its errors from our plugin. */
function lint(path: string, lines: readonly string[]) {
  writeFileSync(join(folder, path), `${lines.join("\n")}\n`);
  const result = spawnSync(process.execPath, [BIOME, "lint", "--reporter=github", path], {
    cwd: folder,
    encoding: "utf8",
  });
  const found = [...`${result.stdout}${result.stderr}`.matchAll(/::error title=plugin,.*?,line=(\d+),.*?::(.*)/g)];
  return {
    status: result.status,
    lines: found.map((match) => Number(match[1])),
    messages: found.map((match) => match[2]),
  };
}

const INEXACT = [
  ...["acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "cos", "cosh", "exp", "expm1", "hypot"],
  ...["log", "log10", "log1p", "log2", "pow", "random", "sin", "sinh", "tan", "tanh"],
];
const EXACT = ["abs", "ceil", "clz32", "floor", "fround", "imul", "max", "min", "round", "sign", "sqrt", "trunc", "PI"];

test("src may not call a function of Math whose bits depend on the engine, each by name", () => {
  const { status, lines, messages } = lint(
    "src/inexact.ts",
    INEXACT.map((name) => `export const ${name} = Math.${name};`),
  );
  expect(status).toBe(1);
  expect(lines).toEqual(INEXACT.map((_, i) => i + 1));
  expect(messages[0]).toContain("expected an exact function");
});

test("src may use what is exact: the rest of Math and powers of whole literals", () => {
  const exact = EXACT.map((name) => `export const ${name} = Math.${name};`);
  exact.push("export const mantissa = 2 ** -24;", "export const million = 10 ** 6;", "export const text = 'a ** b';");
  exact.push(
    "export const product = (a: number, b: number) => a * b;",
    "export const exp = { log: (x: number) => x }.log(1);",
  );
  const { status, lines } = lint("src/exact.ts", exact);
  expect(lines).toEqual([]);
  expect(status).toBe(0);
});

for (const [what, line] of [
  ["a power", "export const f = (x: number, y: number) => x ** y;"],
  ["a power of two by a variable", "export const f = (x: number) => 2 ** x;"],
  ["a fractional power", "export const f = (x: number) => x ** 0.5;"],
  ["a negative power of ten", "export const f = 10 ** -3;"],
  ["a power within a sum", "export const f = (x: number) => 1 + x ** 2 + 3;"],
  ["a power assigned", "export const f = (x: number) => {\n  let y = x;\n  y **= 2;\n  return y;\n};"],
  ["Math by a computed name", 'export const f = (name: "exp") => Math[name](1);'],
  ["Math taken apart", "const { exp } = Math;\nexport const f = exp(1);"],
  ["Math by another name", "const M = Math;\nexport const f = M.exp(1);"],
  ["Math of the global object", "export const f = globalThis.Math.exp(1);"],
] as const) {
  test(`src may not have ${what}`, () => {
    const { status, lines } = lint("src/planted.ts", [line]);
    expect(status).toBe(1);
    expect(lines).toHaveLength(1);
  });
}

test("tests may use them: they judge", () => {
  expect(lint("test/judge.ts", ["export const f = (x: number) => Math.exp(x) ** 2;"])).toMatchObject({
    status: 0,
    lines: [],
  });
});

test("the linter passes over this repository's own src", () => {
  expect(() =>
    execFileSync(process.execPath, [BIOME, "lint", "--error-on-warnings", "src"], { cwd: ROOT, stdio: "pipe" }),
  ).not.toThrow();
});
