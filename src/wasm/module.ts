/**
 * The compiled kernel module of this realm. The default entry registers a source that is compiled at the
 * first use; `blindspot/slim` registers none, and its user calls `initialize` with bytes or a module of their own.
 */
import { outOfRange, wrongType } from "../check.ts";

let compiled: WebAssembly.Module | undefined;
let source: (() => BufferSource) | undefined;

/** Where the bytes come from if nobody calls `initialize` before the first kernel is needed. */
export function registerSource(bytes: () => BufferSource): void {
  source = bytes;
}

/**
 * Makes the kernels ready: from a compiled module (edge runtimes that forbid compiling), from the bytes of
 * `blindspot/kernels.wasm`, or, without an argument, by compiling the inlined bytes off the main thread.
 */
export async function initialize(from?: WebAssembly.Module | BufferSource): Promise<void> {
  if (from instanceof WebAssembly.Module) {
    compiled = requireKernels(from);
    return;
  }
  if (from === undefined) {
    if (compiled) return;
    if (!source) wrongType("initialize", "the bytes of blindspot/kernels.wasm or a WebAssembly.Module", from);
    compiled = await WebAssembly.compile(source());
    return;
  }
  if (!(from instanceof ArrayBuffer) && !ArrayBuffer.isView(from)) {
    wrongType("initialize", "the bytes of blindspot/kernels.wasm or a WebAssembly.Module", from);
  }
  let module: WebAssembly.Module;
  try {
    module = await WebAssembly.compile(from);
  } catch (cause) {
    throw new TypeError("initialize: expected the bytes of blindspot/kernels.wasm, got bytes that do not compile", {
      cause,
    });
  }
  compiled = requireKernels(module);
}

/** Refuses a module that is not ours: one without the product every network runs on, or that wants more than a memory. */
function requireKernels(module: WebAssembly.Module): WebAssembly.Module {
  const exported = WebAssembly.Module.exports(module).some(({ name }) => name === "gemm_f32_4x8");
  const imports = WebAssembly.Module.imports(module);
  if (!exported || imports.length !== 1 || imports[0]?.kind !== "memory") {
    outOfRange("initialize", "blindspot/kernels.wasm of this version", "another WebAssembly module");
  }
  return module;
}

/** The compiled module, compiling it now if a source is registered. */
export function kernelModule(): WebAssembly.Module {
  if (!compiled) {
    if (!source) {
      throw new Error("kernels: expected a module, got none; call initialize(bytes or module) of blindspot/slim first");
    }
    compiled = new WebAssembly.Module(source());
  }
  return compiled;
}
