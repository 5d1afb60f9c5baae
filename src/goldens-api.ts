/**
 * The public names of `blindspot/goldens`: whether this machine, or this page's engine, computes the bits on record.
 *
 * @module blindspot/goldens
 */
import "./wasm/inline.ts";

export * from "./goldens/index.ts";
