/**
 * The documentation as pages: docs/ and what stands beside it, and the reference made of the docstrings. Plain HTML and one style sheet, no
 * script: it works from any folder, offline, under the strictest policy. A link that leads nowhere, or to a heading that is not there,
 * is an error.
 *
 *   node site/docs/build.mjs [--out folder] [--play address]     default: build/docs; with an address, pages link to the page one plays with
 *   --guides                                                      without the reference, which takes half a minute
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { brokenLinks } from "./links.mjs";
import { render } from "./markdown.mjs";
import { copyName, pagesOf, resolver } from "./pages.mjs";
import { pageOf } from "./template.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const { values } = parseArgs({
  options: { out: { type: "string" }, play: { type: "string" }, guides: { type: "boolean", default: false } },
});
const out = values.out ?? join(ROOT, "build/docs");
const { play, guides } = values;

/** @type {Map<string, { text: string, from: string }>} The pages by their names. */
const texts = new Map();
const pages = pagesOf(ROOT);
for (const [file, page] of pages) texts.set(page, { text: readFileSync(join(ROOT, file), "utf8"), from: file });
if (!guides) {
  const { scannable, writeReference } = await import("./reference.mjs");
  const folder = mkdtempSync(join(tmpdir(), "blindspot-reference-"));
  try {
    await writeReference(folder);
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith(".md"),
    )) {
      const file = `reference/${name.replaceAll("\\", "/")}`;
      const page = file.replace(/\.md$/, ".html");
      pages.set(file, page);
      const text = readFileSync(join(folder, name), "utf8");
      texts.set(page, { text: name.endsWith("index.md") ? scannable(text) : text, from: file });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const write = (/** @type {string} */ path, /** @type {string} */ text) => {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  writeFileSync(join(out, path), text);
};
rmSync(out, { recursive: true, force: true });
const copies = new Set();
/** @type {string[]} */
const broken = [];
const resolve = resolver(ROOT, pages, copies, broken);
/** The first heading of each page. */
const titles = new Map([...texts].map(([page, { text }]) => [page, /^# (.+)$/m.exec(text)?.[1]?.replaceAll("`", "")]));
/** @type {Map<string, string>} */
const rendered = new Map();
for (const [page, { text, from }] of texts) {
  const { title, sections, html } = render(text, resolve(from, page), (target) =>
    titles.get(posix.normalize(posix.join(posix.dirname(page), resolve(from, page)(target).split("#")[0] ?? ""))),
  );
  const up = posix.relative(posix.dirname(page), ".") || ".";
  const whole = pageOf({ title, sections, html, up, isReference: from.startsWith("reference/"), play, guides });
  rendered.set(page, whole);
  write(page, whole);
}
for (const file of copies) {
  const to = join(out, copyName(file));
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(join(ROOT, file), to);
}
copyFileSync(fileURLToPath(new URL("style.css", import.meta.url)), join(out, "docs.css"));
copyFileSync(fileURLToPath(new URL("../icon.svg", import.meta.url)), join(out, "icon.svg"));

broken.push(...brokenLinks(rendered, new Set(["icon.svg", ...[...copies].map(copyName)]), { play, guides }));
for (const link of broken) console.error(`broken link: ${link}`);
if (broken.length > 0) process.exitCode = 1;
else console.log(`${rendered.size} pages in ${out}`);
