/**
 * The library without its Wasm: for edge runtimes that forbid compiling, and for whoever serves the bytes themselves.
 * Call `initialize` with a compiled module, or with the bytes of `blindspot/kernels.wasm`, before anything else.
 */
export * from "./analysis/index.ts";
export * from "./attacks/index.ts";
export type { Labels } from "./check.ts";
export * from "./model/index.ts";
export { Random } from "./numeric/random.ts";
export * from "./train/index.ts";
export { initialize } from "./wasm/index.ts";
