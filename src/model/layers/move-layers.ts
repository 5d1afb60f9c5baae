/**
 * Layers of our own that move numbers: `Slice`, `Pad`, `Gather`, `Tile`, `Broadcast`. Their configurations have one entry for each axis behind
 * the batch, and count axes from 0 behind it.
 */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { Extent, real, requireConfig, whole } from "./config.ts";
import type { Layer, LayerFactory } from "./layer.ts";
import { broadcastOperation, gatherOperation, type Move, padOperation, sliceOperation, tileOperation } from "./move.ts";

function layerOf(className: string, name: string, inputShape: readonly number[], move: Move, rest: object): Layer {
  return {
    ...{ className, name, inputShape, outputShape: move.outputShape, parameters: [], operations: [move] },
    config: { name, trainable: true, dtype: "float32", ...rest },
  };
}

/** Requires an entry for each axis of a row. */
function requireAxes(subject: string, inputShape: readonly number[], list: readonly unknown[]): void {
  if (list.length !== inputShape.length) outOfRange(subject, `${inputShape.length} entries`, `${list.length}`);
}

const Steps = v.array(whole(-(2 ** 26), 2 ** 26));
const SliceConfig = v.looseObject({
  ...{ name: v.string(), starts: v.array(whole(0)), sizes: v.array(Extent) },
  steps: v.optional(Steps),
});

/** `sizes` numbers of each axis from `starts` on, `steps` apart. */
export const sliceLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, starts, sizes, steps = inputShape.map(() => 1) } = requireConfig("Slice", SliceConfig, config);
  for (const [field, list] of Object.entries({ starts, sizes, steps }))
    requireAxes(`${name} ${field}`, inputShape, list);
  const move = sliceOperation(workspace, inputShape, starts, sizes, steps);
  return layerOf("Slice", name, inputShape, move, { starts, sizes, steps });
};

const PadConfig = v.looseObject({
  name: v.string(),
  pads: v.array(v.tuple([whole(0), whole(0)])),
  mode: v.optional(v.picklist(["constant", "edge", "reflect", "symmetric"]), "constant"),
  value: v.optional(real(), 0),
});

/** A border before and behind each axis. */
export const padLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, pads, mode, value } = requireConfig("Pad", PadConfig, config);
  requireAxes(`${name} pads`, inputShape, pads);
  return layerOf("Pad", name, inputShape, padOperation(workspace, inputShape, pads, mode, value), {
    pads,
    mode,
    value,
  });
};

const GatherConfig = v.looseObject({
  name: v.string(),
  axis: whole(0, 64),
  indices: v.array(whole(-(2 ** 31))),
  index_shape: v.optional(v.array(Extent)),
});

/** Elements of one axis by their indices; the axis becomes those of `index_shape`, none for one element alone. */
export const gatherLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, axis, indices, index_shape = [indices.length] } = requireConfig("Gather", GatherConfig, config);
  if (axis >= inputShape.length) outOfRange(`${name} axis`, `one of the ${inputShape.length} axes of a row`, axis);
  if (index_shape.reduce((product, extent) => product * extent, 1) !== indices.length)
    outOfRange(`${name} index_shape`, `a shape of ${indices.length} indices`, `[${index_shape.join(", ")}]`);
  const move = gatherOperation(workspace, inputShape, axis, indices, index_shape);
  return layerOf("Gather", name, inputShape, move, { axis, indices, index_shape });
};

const TileConfig = v.looseObject({ name: v.string(), repeats: v.array(Extent) });

/** The whole so often along each axis. */
export const tileLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, repeats } = requireConfig("Tile", TileConfig, config);
  requireAxes(`${name} repeats`, inputShape, repeats);
  return layerOf("Tile", name, inputShape, tileOperation(workspace, inputShape, repeats), { repeats });
};

const BroadcastConfig = v.looseObject({ name: v.string(), shape: v.array(Extent) });

/** Axes of extent 1, and missing ones in front, repeated to a shape. */
export const broadcastLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, shape } = requireConfig("Broadcast", BroadcastConfig, config);
  if (shape.length < inputShape.length)
    outOfRange(`${name} shape`, `${inputShape.length} axes at least`, `${shape.length}`);
  return layerOf("Broadcast", name, inputShape, broadcastOperation(workspace, inputShape, shape), { shape });
};
