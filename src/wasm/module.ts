/**
 * The compiled kernel modules of this realm: all kernels, and those of the optimisers alone. The default entry registers a source that is compiled at the
 * first use; `blindspot/slim` registers none, and its user calls `initialize` with bytes or a module of their own.
 */
import { misplaced, mistyped, outOfRange, unsupported, wrongType } from "../check.ts";

let compiled: WebAssembly.Module | undefined;
/** What `initialize` was given; undefined where the kernels are the inlined ones. */
let given: Uint8Array | "module" | undefined;
let source: (() => BufferSource) | undefined;
let compiledSolvers: WebAssembly.Module | undefined;
let solverSource: (() => BufferSource) | undefined;

/** Where the bytes come from if nobody calls `initialize` before the first kernel is needed. */
export function registerSource(bytes: () => BufferSource): void {
  source = bytes;
}

/** Where the bytes of the optimisers' kernels come from. */
export function registerSolverSource(bytes: () => BufferSource): void {
  solverSource = bytes;
}

/**
 * Makes the kernels ready: from a compiled module (edge runtimes that forbid compiling), from the bytes of
 * `blindspot/kernels.wasm`, or, without an argument, by compiling the inlined bytes off the main thread. Rejects on
 * an engine without WebAssembly SIMD, and for bytes or a module that are not those of the kernels.
 */
export async function initialize(from?: WebAssembly.Module | BufferSource): Promise<void> {
  if (typeof WebAssembly !== "undefined" && from instanceof WebAssembly.Module) {
    compiled = requireKernels(from); // it would not have compiled without SIMD
    given = "module";
    return;
  }
  requireSimd();
  if (from === undefined) {
    if (compiled) return;
    if (!source) wrongType("initialize", "the bytes of blindspot/kernels.wasm or a WebAssembly.Module", from);
    compiled = await WebAssembly.compile(source());
    return;
  }
  if (!(from instanceof ArrayBuffer) && !ArrayBuffer.isView(from)) {
    wrongType("initialize", "the bytes of blindspot/kernels.wasm or a WebAssembly.Module", from);
  }
  // The owner may write to them while they are compiled, and afterwards.
  const bytes = new Uint8Array(bytesOf(from as BufferSource));
  let module: WebAssembly.Module;
  try {
    module = await WebAssembly.compile(bytes);
  } catch (cause) {
    mistyped("initialize", "the bytes of blindspot/kernels.wasm", "bytes that do not compile", cause);
  }
  compiled = requireKernels(module);
  given = bytes;
}

/**
 * The bytes of the kernels that run here: those that `initialize` was given, or the inlined ones. Undefined where it was given a
 * compiled module, which does not show its bytes.
 */
export function kernelBytes(): Uint8Array | undefined {
  if (given === "module") return undefined;
  return given ?? (source && bytesOf(source()));
}

function bytesOf(from: BufferSource): Uint8Array {
  return ArrayBuffer.isView(from)
    ? new Uint8Array(from.buffer, from.byteOffset, from.byteLength)
    : new Uint8Array(from);
}

/** A function that returns `i8x16.splat(0)`: the smallest module that an engine without SIMD finds invalid. */
const SIMD_PROBE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic number, version 1
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b], // one type: nothing to v128
  ...[0x03, 0x02, 0x01, 0x00], // one function of it
  ...[0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x0b], // its body: i32.const 0, i8x16.splat
);

/** Refuses an engine that cannot run the kernels, before it says so in words of its own. */
function requireSimd(): void {
  const expected = "an engine with WebAssembly SIMD (Node 16.4, Chrome 91, Firefox 89, Safari 16.4 or later)";
  if (typeof WebAssembly === "undefined") unsupported("kernels", expected, "one without WebAssembly");
  if (!WebAssembly.validate(SIMD_PROBE)) unsupported("kernels", expected, "one without SIMD");
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
    requireSimd();
    if (!source) {
      throw misplaced("kernels", "a module", "none; call initialize(bytes or module) of blindspot/slim first");
    }
    compiled = new WebAssembly.Module(source());
  }
  return compiled;
}

/** A compiled module with the kernels of the optimisers: all kernels if they are compiled, or if nothing else is registered. */
export function solverModule(): WebAssembly.Module {
  if (compiled || !solverSource) return kernelModule();
  if (!compiledSolvers) {
    requireSimd();
    compiledSolvers = new WebAssembly.Module(solverSource());
  }
  return compiledSolvers;
}
