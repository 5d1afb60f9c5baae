// Writes src/wasm/bytes.ts: the release module as base64, so that the default entry needs neither a path nor a fetch.
import { readFileSync, writeFileSync } from "node:fs";

const bytes = readFileSync(new URL("../build/blindspot.wasm", import.meta.url));
writeFileSync(
  new URL("../src/wasm/bytes.ts", import.meta.url),
  `// Written by scripts/inline-wasm.mjs from build/blindspot.wasm; not kept in git.\nexport const WASM_BASE64 =\n  "${bytes.toString("base64")}";\n`,
);
