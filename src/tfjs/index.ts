import "../wasm/inline.ts";

export { fromLayersModel } from "./from-layers-model.ts";
export { type GradientKernelOptions, registerGradientKernels, unregisterGradientKernels } from "./gradient-kernels.ts";
export { toLayersModel } from "./to-layers-model.ts";
