/** The kernels as what a bundler for the edge makes of `import wasm from "blindspot/kernels.wasm"`: hand it to `initialize`. */
declare const kernels: WebAssembly.Module;
export default kernels;
