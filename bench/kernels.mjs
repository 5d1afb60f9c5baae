/** The release build over a memory of its own, with room handed out in floats. */
import { readFileSync } from "node:fs";
import { bindKernels } from "../dist/wasm/kernels.js";

export function kernels(megabytes = 64) {
  const memory = new WebAssembly.Memory({ initial: megabytes * 16 });
  const module = new WebAssembly.Module(readFileSync(new URL("../build/blindspot.wasm", import.meta.url)));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  let top = 64;
  /** n floats on a cache line, filled with `values` if there are some. */
  const floats = (n, values) => {
    const view = new Float32Array(memory.buffer, top, n);
    if (values) view.set(values);
    const at = /** @type {import("../dist/wasm/index.js").F32Pointer} */ (top);
    top = Math.ceil((top + 4 * n) / 64) * 64;
    return { at, view };
  };
  return { ...bindKernels(exports), floats };
}
