/** What the refusals list: the layers and activations that run here. */
import { ACTIVATIONS, LAYERS, MERGES } from "../../src/model/layers/index.ts";

export const KNOWN_LAYERS = `a layer that runs here (${["InputLayer", ...Object.keys(LAYERS), ...Object.keys(MERGES)].join(", ")})`;
export const KNOWN_ACTIVATIONS = `one of ${ACTIVATIONS.join(", ")}`;
