/**
 * The package's entries for Node, Deno and Bun, each a few files in dist/bundle instead of hundreds of modules: an import takes
 * as long as the files it opens. What several entries use is one file of its own, so that all of them share one copy. Bundlers
 * for pages take the modules in dist/ itself, of which they leave out what a page does not use. They lose their comments.
 *
 *     node scripts/bundle.mjs
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { rolldown } from "rolldown";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The name of each bundle, and the module that it begins with. Links from one to another are relative: all lie in one folder. */
const ENTRIES = {
  index: "index",
  slim: "slim",
  node: "node-api",
  tfjs: "tfjs/index",
  model: "model-api",
  optimize: "optimize/index",
  data: "data/index",
  goldens: "goldens-api",
  vitest: "vitest",
  main: "cli/main",
  worker: "jobs/worker",
};

// The docstrings are in the types and in the sources: once more in the modules they are a megabyte that nobody reads.
for (const name of readdirSync(`${ROOT}dist`, { recursive: true, encoding: "utf8" })) {
  if (!name.endsWith(".js") || name.startsWith("bundle")) continue;
  const file = `${ROOT}dist/${name}`;
  writeFileSync(
    file,
    transformSync(readFileSync(file, "utf8"), { format: "esm", target: "es2023", legalComments: "inline" }).code,
  );
}

const input = Object.fromEntries(Object.entries(ENTRIES).map(([name, module]) => [name, `${ROOT}dist/${module}.js`]));
const folder = `${ROOT}dist/bundle`;
rmSync(folder, { recursive: true, force: true });
const bundle = await rolldown({
  input,
  platform: "node",
  external: (id, _, isResolved) => !isResolved && !/^[./]/.test(id),
  preserveEntrySignatures: "strict",
  onLog(level, log) {
    if (level === "warn") throw new Error(`${log.code}: ${log.message}`);
  },
});
await bundle.write({
  dir: folder,
  entryFileNames: "[name].js",
  chunkFileNames: "shared-[hash].js",
  // White space goes, names stay: what a stack shows can be found in the sources.
  minify: { compress: false, mangle: false, codegen: true },
  comments: { legal: true, annotation: true, jsdoc: false },
});
await bundle.close();
