/** Bundles the worker to dist/, and lays the kernels, the model and its weights beside it. */
import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const home = dirname(createRequire(import.meta.url).resolve("blindspot/package.json"));
const model = join(home, "models/fc100-100-10");

await build({
  entryPoints: ["worker.js"],
  outfile: "dist/worker.js",
  bundle: true,
  format: "esm",
  minify: true,
  conditions: ["workerd"],
  external: ["./kernels.wasm", "./weights.bin"],
  alias: { "blindspot/kernels.wasm": "./kernels.wasm", "#model": join(model, "model.json") },
  logLevel: "warning",
});
mkdirSync("dist", { recursive: true });
copyFileSync(join(home, "build/blindspot.wasm"), "dist/kernels.wasm");
copyFileSync(join(model, "group1-shard1of1.bin"), "dist/weights.bin");
