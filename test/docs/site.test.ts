/** The documentation as pages: every link of docs/ leads to a page, a heading or a copy of a file, and one that does not is an error. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./pages.ts";

const load = (name: string) => import(new URL(`../../site/docs/${name}.mjs`, import.meta.url).href);
const { brokenLinks } = await load("links");
const { pagesOf, resolver } = await load("pages");

test("a link to a page, a heading or a file that is not there is found", () => {
  const pages = new Map([
    [
      "index.html",
      '<h1 id="top">x</h1><a href="a/b.html#two">1</a><a href="a/b.html#three">2</a><a href="c.html">3</a>',
    ],
    ["a/b.html", '<h2 id="two">y</h2><a href="../index.html#top">4</a><img src="../files/p.png"><img src="q.png">'],
  ]);
  expect(brokenLinks(pages, new Set(["files/p.png"]))).toEqual([
    "index.html: a/b.html#three",
    "index.html: c.html",
    "a/b.html: q.png",
  ]);
});

test("links become pages, copies of files, or stay as they are", () => {
  const pages = pagesOf(ROOT);
  const [copies, broken] = [new Set<string>(), [] as string[]];
  const resolve = resolver(ROOT, pages, copies, broken)("docs/decisions/README.md", "decisions/index.html");
  expect(resolve("../attack.md#a-model-of-keras")).toBe("../attack.html#a-model-of-keras");
  expect(resolve("../../CONTRIBUTING.md")).toBe("../contributing.html");
  expect(resolve("../../examples/README.md")).toBe("../examples/index.html");
  expect(resolve("../../goldens.json")).toBe("../files/goldens.json");
  expect(resolve("../../src/index.ts")).toBe("../files/src/index.ts.txt");
  expect(resolve("https://example.org/a.md")).toBe("https://example.org/a.md");
  expect([...copies]).toEqual(["goldens.json", "src/index.ts"]);
  expect(broken).toEqual([]);
  expect(resolve("../none.md")).toBe("../none.md");
  expect(broken).toEqual(["docs/decisions/README.md: ../none.md"]);
});

const missing = !existsSync(join(ROOT, "site/docs/node_modules"));
const why = missing ? " (skipped: markdown-it is not installed: npm ci --prefix site/docs)" : "";
test(`the guides are pages without a script, under a policy, and no link of theirs is broken${why}`, {
  skip: missing,
}, () => {
  const out = mkdtempSync(join(tmpdir(), "blindspot-pages-"));
  try {
    const said = execFileSync(process.execPath, ["site/docs/build.mjs", "--guides", "--out", out], {
      cwd: ROOT,
      encoding: "utf8",
    });
    expect(Number(/^(\d+) pages/.exec(said)?.[1])).toBeGreaterThan(40);
    const pages = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".html"));
    for (const name of pages) {
      const page = readFileSync(join(out, name), "utf8");
      expect(page, name).not.toMatch(/<script|style="|(?:href|src)="\//);
      expect(page, name).toContain("default-src 'none'; style-src 'self'; img-src 'self'");
    }
    expect(readFileSync(join(out, "index.html"), "utf8")).toContain(
      '<a href="norms.html">Which norm, and what a number means</a>',
    );
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
});
