/** The release build over a memory of its own, with room handed out in floats. */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { bindKernels } from "../dist/wasm/kernels.js";

/** @param folder another one that holds a `build`, of kernels with the same parameters */
export function kernels(megabytes = 64, folder = undefined) {
  const memory = new WebAssembly.Memory({ initial: megabytes * 16 });
  const root = folder ? pathToFileURL(`${folder}/`) : new URL("..", import.meta.url);
  const module = new WebAssembly.Module(readFileSync(new URL("build/blindspot.wasm", root)));
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
