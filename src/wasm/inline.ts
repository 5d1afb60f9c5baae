/** Registers the module whose bytes are inlined. Imported, for this effect, by every entry but `blindspot/slim` and `blindspot/optimize`. */
import { fromBase64 } from "./base64.ts";
import { WASM_BASE64 } from "./bytes.ts";
import { registerSource } from "./module.ts";

registerSource(() => fromBase64(WASM_BASE64));
