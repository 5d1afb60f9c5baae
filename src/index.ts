/**
 * Blindspot: find the smallest change to an input that makes a neural network answer something else.
 *
 * @module blindspot
 */
import "./wasm/inline.ts";

export * from "./slim.ts";
