/**
 * The public names of `blindspot/model`: networks, how they are built and read, their answers and gradients. All of them are in
 * `blindspot` too, whose attacks, studies and training take Node longer to read than all that a first gradient needs.
 *
 * @module blindspot/model
 */
import "./wasm/inline.ts";

export { codeOf, ERROR_CODES, type ErrorCode, type Labels } from "./check.ts";
export { loadNetwork } from "./formats/index.ts";
export * from "./model-names.ts";
export { initialize } from "./wasm/index.ts";
