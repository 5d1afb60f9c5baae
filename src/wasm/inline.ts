/** Registers the module whose bytes are inlined. Imported, for this effect, by every entry but `blindspot/slim`. */
import { WASM_BASE64 } from "./bytes.ts";
import { registerSource } from "./module.ts";

registerSource(() => Uint8Array.from(atob(WASM_BASE64), (c) => c.charCodeAt(0)));
