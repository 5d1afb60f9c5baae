/** Bundles the page and its worker to dist/, and lays the model beside them. */
import { copyFileSync, cpSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const home = dirname(createRequire(import.meta.url).resolve("blindspot/package.json"));
await build({
  entryPoints: ["main.js", "worker.js"],
  outdir: "dist",
  bundle: true,
  format: "esm",
  minify: true,
  logLevel: "warning",
});
copyFileSync("index.html", "dist/index.html");
cpSync(join(home, "models/fc100-100-10"), "dist/model", { recursive: true });
