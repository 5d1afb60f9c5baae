import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { circles, crossings, importsOf } from "./support/layering.ts";

const SRC = new URL("../src/", import.meta.url);

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => /\.(ts|mts|js|mjs)$/.test(path));
const sources = new Map(files.map((path) => [path, readFileSync(new URL(path, SRC), "utf8")]));

test("every import in src points left, and none asks for a platform outside node, jobs and cli", () => {
  expect(crossings(sources)).toEqual([]);
  expect(sources.has("wasm/module.ts")).toBe(true);
  expect([...sources.values()].flatMap(importsOf).length).toBeGreaterThan(files.length / 2);
});

test("no file in src imports itself through others, not even for a type", () => {
  expect(circles(sources).map((circle) => circle.join(" -> "))).toEqual([]);
});

describe("the checker", () => {
  const judge = (path: string, source: string) => crossings(new Map([[path, source]]));

  for (const [path, source, complaint] of [
    ["model/a.ts", 'import { f } from "../optimize/f.ts";', "model imports optimize (optimize/f.ts)"],
    ["optimize/a.ts", 'import type { N } from "../model/index.ts";', "optimize imports model (model/index.ts)"],
    ["wasm/a.ts", 'import "../numeric/random.ts";', "wasm imports numeric (numeric/random.ts)"],
    ["numeric/a.ts", 'import { f } from "../data/f.ts";', "numeric imports data (data/f.ts)"],
    ["optimize/a.ts", 'import { f } from "../data/f.ts";', "optimize imports data (data/f.ts)"],
    ["wasm/a.ts", 'export * from "../model/index.ts";', "wasm imports model (model/index.ts)"],
    ["model/deep/a.ts", 'import { f } from "../../attacks/f.ts";', "model imports attacks (attacks/f.ts)"],
    ["attacks/a.ts", 'import { f } from "../train/f.ts";', "attacks imports train (train/f.ts)"],
    ["attacks/a.ts", 'import { f } from "../tfjs/f.ts";', "attacks imports tfjs (tfjs/f.ts)"],
    ["attacks/a.ts", 'import { f } from "../index.ts";', "attacks imports index (index.ts)"],
    ["report/a.ts", 'const { f } = await import("../node/f.ts");', "report imports node (node/f.ts)"],
    ["node/a.ts", 'import {\n  f,\n  g,\n} from "../cli/f.ts";', "node imports cli (cli/f.ts)"],
    ["model/a.ts", 'import * as tf from "@tensorflow/tfjs-core";', "model imports @tensorflow/tfjs-core"],
    ["cli/a.ts", 'import * as tf from "@tensorflow/tfjs-core";', "cli imports @tensorflow/tfjs-core"],
    ["data/a.ts", 'import { readFileSync } from "node:fs";', "data imports node:fs, which not every platform has"],
    ["data/a.ts", 'import { readFile } from "fs/promises";', "data imports fs/promises, which not every platform has"],
    ["index.ts", 'export * from "./node/index.ts";', "index imports node/index (node/index.ts)"],
    ["cli/a.ts", 'import x from "../../package.json";', "imports ../package.json, which is outside src"],
    ["attic/a.ts", "", "attic has no place in the house; give it one in test/support/layering.ts"],
  ] as const) {
    test(`finds that ${complaint}`, () => {
      expect(judge(path, source)).toEqual([`${path}: ${complaint}`]);
    });
  }

  for (const [path, source] of [
    ["attacks/lbfgs.ts", 'import { f } from "../optimize/f.ts";\nimport { N } from "../model/index.ts";'],
    ["attacks/a.ts", 'import { f } from "../data/f.ts";\nimport { r } from "../numeric/r.ts";'],
    ["train/fit.ts", 'import { f } from "../attacks/f.ts";\nimport { m } from "../data/m.ts";'],
    ["tfjs/a.ts", 'import * as tf from "@tensorflow/tfjs-core";\nimport { N } from "../model/index.ts";'],
    ["node/a.ts", 'import { readFile } from "node:fs/promises";\nimport { r } from "../report/r.ts";'],
    ["cli/a.ts", 'import { Command } from "commander";\nimport { attack } from "../index.ts";'],
    ["model/a.ts", 'import { b } from "./b.ts";\nimport { c } from "../check.ts";'],
    ["model/a.ts", '// import { f } from "../cli/f.ts";\n/* import "node:fs"; */'],
  ] as const) {
    test(`lets ${path} have ${source.split("\n").at(-1)}`, () => {
      expect(judge(path, source)).toEqual([]);
    });
  }

  for (const [name, sources, found] of [
    ["two files", { "a.ts": "./b.ts", "b.ts": "./a.ts" }, [["a.ts", "b.ts"]]],
    ["a file of itself", { "a.ts": "./a.ts" }, [["a.ts"]]],
    [
      "three files in two folders, entered from outside",
      { "x.ts": "./m/a.ts", "m/a.ts": "./b.ts", "m/b.ts": "../n/c.ts", "n/c.ts": "../m/a.ts" },
      [["m/a.ts", "m/b.ts", "n/c.ts"]],
    ],
    ["nothing where two ways lead to one file", { "a.ts": "./b.ts", "b.ts": "./c.ts", "c.ts": "" }, []],
  ] as const) {
    test(`finds a circle of ${name}`, () => {
      const files = Object.entries(sources).map(([path, to]) => [path, `import type { A } from "${to}";`] as const);
      expect(circles(new Map(files))).toEqual(found);
    });
  }

  test("reads every form of import, and no text that only looks like one", () => {
    const source = `
      import a from "./a.ts";
      import type { B } from './b.ts';
      import "./c.ts";
      export { d } from "./d.ts";
      export * as e from "./e.ts";
      const f = await import("./f.ts");
      let g: typeof import("./g.ts");
      export const url = "https://example.com"; // import "./no.ts"
      export const words = "from where";
      import h, {
        type I,
      } from "./h.ts";`;
    expect(importsOf(source)).toEqual(["a", "b", "c", "d", "e", "f", "g", "h"].map((name) => `./${name}.ts`));
  });
});
