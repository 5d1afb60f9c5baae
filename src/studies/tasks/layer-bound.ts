/** The bounds of a network's layers: an item is a layer. */
import { layerBound as boundOf, type LayerBound } from "../../analysis/index.ts";
import type { Network } from "../../model/index.ts";
import type { Task } from "./task.ts";

export const layerBound: Task<{ model: Network }, LayerBound> = async ({ model }, items, { signal, done }) => {
  for (const item of items) {
    signal.throwIfAborted();
    done(item, boundOf(model, item));
    await new Promise((resolve) => setTimeout(resolve));
  }
};
