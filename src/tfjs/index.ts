import "../wasm/inline.ts";

export { fromLayersModel } from "./from-layers-model.ts";
export { toLayersModel } from "./to-layers-model.ts";
