/** The rule that every exported name has a docstring (lint/docstrings.mjs): what it asks for, and what it lets pass. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "./temporary.ts";

const ROOT = join(import.meta.dirname, "..");
const RULE = join(ROOT, "lint/docstrings.mjs");

/** What the rule says of the entry `index.ts` among such files, as `line subject what`. */
function faultsOf(files: Readonly<Record<string, string>>): { status: number | null; found: string[] } {
  const folder = temporaryFolder();
  for (const [name, source] of Object.entries(files)) writeFileSync(join(folder, name), source);
  const { status, stderr } = spawnSync(process.execPath, [RULE, "index.ts"], { cwd: folder, encoding: "utf8" });
  const found = [...stderr.matchAll(/:(\d+): (\S+): expected (\w+), got none/g)];
  return { status, found: found.map(([, line, subject, what]) => `${line} ${subject} ${what}`) };
}

test("a name without a docstring is found behind every way to export it", () => {
  const files = {
    "index.ts": 'export * from "./all.ts";\nexport { a as first, type B } from "./named.ts";\nexport const own = 1;\n',
    "all.ts": "export function all() {}\nconst hidden = 1;\nvoid hidden;\n",
    "named.ts": 'import type { B } from "./deep.ts";\nconst a = 1;\nexport { a, type B };\n',
    "deep.ts": "/** Documented, but for its member. */\nexport interface B {\n  x: number;\n}\n",
  };
  expect(faultsOf(files)).toEqual({
    status: 1,
    found: ["1 all docstring", "2 first docstring", "3 B.x docstring", "3 own docstring"],
  });
});

const CLASS = `/** A class. */
export class C {
  private readonly a = 1;
  #b = 2;
  protected c = 3;
  d = 4;
  /** Text. */
  e = this.a + this.#b;
  constructor(x: number) {
    this.c = x;
  }
  override toString() {
    return "";
  }
  f() {}
  /** One way. */
  g(x: number): void;
  /** Another. */
  g(x: string): void;
  g(_x: unknown) {}
}
`;

test("of a class what the public sees is asked for, and overloads once", () => {
  expect(faultsOf({ "index.ts": CLASS }).found).toEqual([
    "6 C.d docstring",
    "9 C.constructor docstring",
    "15 C.f docstring",
  ]);
});

const REST = `/** The sum of the rows. */
export function a(rows: Float32Array): number {
  return rows[0] ?? 0;
}
/** The sum of f32[n]. */
export function b(rows: Float32Array): number {
  requireRows(rows);
  return rows[0] ?? 0;
}
/** The sum of f32[n]. Throws for no rows. */
export function c(rows: Float32Array): number {
  requireRows(rows);
  return rows[0] ?? 0;
}
/** What was found. */
export interface D {
  /** The rows. */
  rows: Float32Array;
  /** How far. */
  distance: number;
  /** In the norm. */
  radius: number;
  /** f64[n]. */
  all: Float64Array;
}
/** One of two. */
export type E =
  /** A number. */
  | { one: number }
  | { other: number };
declare function requireRows(rows: unknown): void;
`;

test("shapes, errors and units are asked for where the source shows that there are some", () => {
  expect(faultsOf({ "index.ts": REST }).found).toEqual([
    "2 a shapes",
    "6 b errors",
    "18 D.rows shapes",
    "20 D.distance units",
    "30 E.other docstring",
  ]);
});

test("an entry without exports is a fault, not a pass", () => {
  expect(faultsOf({ "index.ts": "const a = 1;\nvoid a;\n" }).status).toBe(1);
});

test("every exported name of the package has its docstring, and `npm run lint` asks", async () => {
  const { status, stderr } = spawnSync(process.execPath, [RULE], { cwd: ROOT, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const { default: manifest } = await import("../package.json", { with: { type: "json" } });
  expect(manifest.scripts.lint).toContain("node lint/docstrings.mjs");
});
