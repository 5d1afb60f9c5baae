/** What counts as a build of the present sources. */
import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { isFresh } from "./fresh-dist.ts";
import { temporaryFolder } from "./temporary.ts";

test("a build is fresh if it holds the bundles and every source's JavaScript, none older than any source, and nothing else", () => {
  const root = temporaryFolder();
  const write = (name: string, second: number) => {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "");
    utimesSync(path, second, second);
  };
  write("src/a.ts", 10);
  write("src/deep/b.ts", 20);
  expect(isFresh(root)).toBe(false);
  write("dist/a.js", 30);
  write("dist/a.d.ts", 5);
  expect(isFresh(root)).toBe(false);
  write("dist/deep/b.js", 30);
  expect(isFresh(root)).toBe(false);
  write("dist/bundle/index.js", 30);
  expect(isFresh(root)).toBe(false);
  write("dist/browser/blindspot.js", 30);
  expect(isFresh(root)).toBe(true);
  write("src/a.ts", 31);
  expect(isFresh(root)).toBe(false);
  write("dist/a.js", 32);
  expect(isFresh(root)).toBe(false); // b may import what a no longer has
  write("dist/deep/b.js", 32);
  expect(isFresh(root)).toBe(false); // the bundles hold what a was
  write("dist/bundle/index.js", 32);
  expect(isFresh(root)).toBe(false); // and so does the file for pages
  write("dist/browser/blindspot.js", 32);
  expect(isFresh(root)).toBe(true);
  write("dist/gone.js", 32);
  expect(isFresh(root)).toBe(false);
  rmSync(join(root, "dist/gone.js"));
  expect(isFresh(root)).toBe(true);
});
