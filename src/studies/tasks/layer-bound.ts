/** The bound of one layer of a network. */
import { layerBound as boundOf, type LayerBound } from "../../analysis/index.ts";
import type { SharedModel } from "../shared-model.ts";
import type { Task } from "./task.ts";

export interface LayerBoundInput {
  model: SharedModel;
  /** Position in the network's layers. */
  layer: number;
}

export const layerBound: Task<LayerBoundInput, LayerBound> = ({ model, layer }, { network }) =>
  boundOf(network(model), layer);
