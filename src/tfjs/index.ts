import "../wasm/inline.ts";

export { adversarialFit } from "./adversarial-fit.ts";
export { fromLayersModel } from "./from-layers-model.ts";
export { toLayersModel } from "./to-layers-model.ts";
export { writeTo } from "./write-to.ts";
