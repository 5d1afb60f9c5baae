/** Finding a layer of a model by its name or position, and the part of the model above one. */
import { outOfRange, requireInteger } from "../check.ts";
import type { Layer } from "./layers/index.ts";
import type { ParsedModel } from "./topology.ts";

/** A layer and the number of its last call. */
export interface FoundLayer {
  layer: Layer;
  call: number;
}

/** The layer of that name, or at that position in `layers`. */
export function findLayer({ layers, calls }: ParsedModel, which: string | number): FoundLayer {
  const layer =
    typeof which === "number"
      ? layers[requireInteger("layer", which, 0, layers.length - 1)]
      : layers.find(({ name }) => name === which);
  if (!layer) {
    return outOfRange("layer", `one of ${layers.map(({ name }) => name).join(", ")}`, JSON.stringify(which));
  }
  return { layer, call: calls.findLastIndex((call) => call.layer === layer) };
}

/** The model that takes a layer's output for its input. Throws for a layer that a later one bypasses. */
export function modelAbove(model: ParsedModel, { layer: { name, outputShape }, call }: FoundLayer): ParsedModel {
  const cut = call + 1;
  const calls = model.calls.slice(cut).map(({ layer, inputs }) => {
    if (inputs.some((value) => value < cut)) {
      outOfRange("layer", "one that everything behind it goes through", `${name}, which ${layer.name} goes around`);
    }
    return { layer, inputs: inputs.map((value) => value - cut) };
  });
  if (calls.length === 0) outOfRange("layer", "one below the last", name);
  const layers = [...new Set(calls.map(({ layer }) => layer))];
  return { name: `${model.name}-from-${name}`, inputName: name, inputShape: outputShape, layers, calls, unused: [] };
}
