/** What README, CONTRIBUTING and docs/ point to is there: files, scripts. The README's first code prints what it says. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { PAGES, ROOT, text } from "./pages.ts";

/** Every match of a pattern in the pages, as `page: match`, by its groups. */
function found(pattern: RegExp): { page: string; groups: string[] }[] {
  return PAGES.flatMap((page) => [...text(page).matchAll(pattern)].map(([, ...groups]) => ({ page, groups })));
}

test("every relative link leads to a file", () => {
  const links = found(/\]\(([^)#\s]+)[^)]*\)/g).filter(({ groups: [link] }) => !/^https?:/.test(link as string));
  expect(links.length).toBeGreaterThan(40);
  const broken = links.filter(({ page, groups: [link] }) => !existsSync(join(ROOT, dirname(page), link as string)));
  expect(broken.map(({ page, groups: [link] }) => `${page}: ${link}`)).toEqual([]);
});

test("the README has at most 180 lines", () => {
  expect(text("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(180);
});

test("every script that is named is there", () => {
  const files = found(/\b(?:node|vitest run) ((?:bench|scripts|examples|test|lint|dist)\/[\w./-]+)/g);
  expect(files.length).toBeGreaterThan(15);
  expect(files.filter(({ groups: [file] }) => !existsSync(join(ROOT, file as string)))).toEqual([]);
  // An example has a package.json of its own.
  const scriptsOf = (page: string): Record<string, string> => {
    const own = `${dirname(page)}/package.json`;
    return JSON.parse(text(existsSync(join(ROOT, own)) ? own : "package.json")).scripts;
  };
  const runs = found(/\bnpm run ([\w:]+)/g);
  expect(runs.length).toBeGreaterThan(5);
  expect(runs.filter(({ page, groups: [name] }) => !((name as string) in scriptsOf(page)))).toEqual([]);
});

// npx links to the built file; npm makes it executable the first time only, and every build writes it anew.
test.skipIf(process.platform === "win32")("the built command can be executed, as npx does in a clone", () => {
  expect(execFileSync(join(ROOT, "dist/bundle/main.js"), ["--version"], { encoding: "utf8" })).toMatch(
    /^\d+\.\d+\.\d+\n$/,
  );
});

test("the README's first code prints the summary that stands in it", () => {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(text("README.md")) as unknown as [string, string];
  const stated = /\{ (count: .*?), \.\.\. \}/.exec(code)?.[1] as string;
  const printed = execFileSync(process.execPath, ["--input-type=module"], { cwd: ROOT, input: code, encoding: "utf8" });
  const facts = Object.fromEntries([...printed.matchAll(/(\w+): ([\d.]+)/g)].map(([, name, value]) => [name, value]));
  const claims = [...stated.matchAll(/(\w+): ([\d.]+)/g)];
  expect(claims.length).toBeGreaterThan(4);
  for (const [, name, value] of claims as unknown as [string, string, string][]) {
    const digits = value.split(".")[1]?.length ?? 0;
    expect(`${name}: ${Number(facts[name]).toFixed(digits)}`).toBe(`${name}: ${value}`);
  }
});
