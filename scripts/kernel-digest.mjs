/**
 * The bits of every kernel on fixed data (kernel-bits.mjs): one line each, and one of the transcendental functions over a sweep of
 * floats. Runs under Node, Deno and Bun (scripts/engines.mjs).
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { digest, PAGES, runsOf, sweep } from "./kernel-bits.mjs";

const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url));

const memory = new WebAssembly.Memory({ initial: PAGES });
const { exports: kernels } = new WebAssembly.Instance(new WebAssembly.Module(read("build/blindspot.wasm")), {
  env: { memory },
});
const instance = { memory, kernels };

/** The exports as scripts/write-kernels.mjs found them. */
const table = JSON.parse(read("build/kernels.json").toString());
const missing = Object.keys(kernels).filter((name) => !table.some((kernel) => kernel.name === name));
if (missing.length > 0)
  throw new Error(`kernel-digest: expected every export in build/kernels.json, got none for ${missing}`);
const lines = table.flatMap(({ name, parameters }) =>
  runsOf(name).map(({ title, given }) => `${title} ${digest(instance, name, parameters, given)}`),
);
const GATES = ["elu", "gelu", "hard_sigmoid", "selu", "softplus", "softsign", "swish"].map((name) => `${name}_f32`);
for (const name of ["exp_f32", "log_f32", "sigmoid_f32", "tanh_f32", ...GATES])
  lines.push(`${name} over all floats ${sweep(instance, name)}`);
for (const line of lines) console.log(line);
console.log(`kernels ${createHash("sha256").update(lines.join("\n")).digest("hex")}`);
