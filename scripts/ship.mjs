/**
 * What of dist/ is in the package. Adds the one file that a page without a bundler loads, dist/browser/blindspot.js, and writes
 * dist/.npmignore: modules and types that no entry of the package reaches stay out of it, since the bundles have that code already.
 *
 *     node scripts/ship.mjs
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const DIST = fileURLToPath(new URL("../dist", import.meta.url));
const { exports } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** The files of dist/ that the package's exports name. */
const targets = (value) => (typeof value === "string" ? [value] : Object.values(value).flatMap(targets));
const named = [...new Set(targets(exports))].filter((path) => path.startsWith("./dist/")).map((path) => path.slice(7));

/** The modules that those of bundlers reach, imports that wait until they are needed among them. */
async function modules() {
  const { metafile } = await build({
    absWorkingDir: DIST,
    entryPoints: named.filter((path) => path.endsWith(".js") && !path.startsWith("bundle/") && path !== "node-api.js"),
    ...{ bundle: true, splitting: true, format: "esm", packages: "external", outdir: DIST },
    ...{ write: false, metafile: true, logLevel: "error" },
  });
  return Object.keys(metafile.inputs);
}

/** The declarations that those of the entries reach. */
function declarations() {
  const reached = new Set();
  const visit = (path) => {
    if (reached.has(path) || !existsSync(join(DIST, path))) return;
    reached.add(path);
    const text = readFileSync(join(DIST, path), "utf8");
    for (const [, link] of text.matchAll(/(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g)) {
      visit(join(dirname(path), link).replace(/\.[jt]s$/, ".d.ts"));
    }
  };
  named.filter((path) => path.endsWith(".d.ts")).forEach(visit);
  return [...reached].flatMap((path) => [path, `${path}.map`]);
}

const outfile = join(DIST, "browser/blindspot.js");
await build({
  entryPoints: [join(DIST, "index.js")],
  ...{ outfile, bundle: true, format: "esm", target: "es2023", minify: true, logLevel: "warning" },
});

const kept = new Set([...(await modules()), ...declarations()]);
const isWhole = (path) => /^(?:bundle|browser)\//.test(path);
const left = readdirSync(DIST, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(DIST, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
  .filter((path) => !isWhole(path) && !kept.has(path) && path !== ".npmignore")
  .sort();
writeFileSync(join(DIST, ".npmignore"), `${left.map((path) => `/${path}`).join("\n")}\n`);
