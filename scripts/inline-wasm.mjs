// Writes the release modules as base64, so that the entries need neither a path nor a fetch: src/wasm/bytes.ts has all kernels,
// src/wasm/solver-bytes.ts those of the optimisers.
import { readFileSync, writeFileSync } from "node:fs";

for (const [module, file, name] of [
  ["build/blindspot.wasm", "src/wasm/bytes.ts", "WASM_BASE64"],
  ["build/solvers.wasm", "src/wasm/solver-bytes.ts", "SOLVERS_BASE64"],
]) {
  const bytes = readFileSync(new URL(`../${module}`, import.meta.url));
  writeFileSync(
    new URL(`../${file}`, import.meta.url),
    `// Written by scripts/inline-wasm.mjs from ${module}; not kept in git.\nexport const ${name}: string =\n  "${bytes.toString("base64")}";\n`,
  );
}
