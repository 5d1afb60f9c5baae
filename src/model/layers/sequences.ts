/** Layers that move the steps of a sequence and compute nothing: RepeatVector, UpSampling1D, ZeroPadding1D, Cropping1D. */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { Extent, requireConfig, whole } from "./config.ts";
import type { LayerFactory } from "./layer.ts";
import { requireNumbers, sizeOf } from "./shape.ts";
import { layerOf, RepeatOperation, WindowOperation } from "./spatial.ts";
import { requireRank } from "./window.ts";

const Margin = whole(0);
/** Both ends, or each of its own. */
const Margins = v.union([Margin, v.tuple([Margin, Margin])]);
const RepeatConfig = v.looseObject({ name: v.string(), n: Extent });
const SizeConfig = v.looseObject({ name: v.string(), size: v.optional(Extent, 2) });
const PaddingConfig = v.looseObject({ name: v.string(), padding: v.optional(Margins, 1) });
const CroppingConfig = v.looseObject({ name: v.string(), cropping: v.optional(Margins, 1) });

/** A sequence as an image of one column. */
const column = ([steps, channels]: readonly number[]) => [steps as number, 1, channels as number] as const;
const endsOf = (margins: v.InferOutput<typeof Margins>): readonly [number, number] =>
  typeof margins === "number" ? [margins, margins] : margins;

function requireSequence(name: string, inputShape: readonly number[]): void {
  requireRank(name, inputShape, ["steps", "channels"]);
}

/** Keras `RepeatVector`: a vector as a sequence of n copies. */
export const repeatVectorLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, n } = requireConfig("RepeatVector", RepeatConfig, config);
  requireRank(name, inputShape, ["features"]);
  const outputShape = [n, sizeOf(inputShape)];
  requireNumbers(`output of ${name}`, outputShape);
  const operation = new RepeatOperation(column([1, sizeOf(inputShape)]), [n, 1], workspace.kernels);
  return layerOf("RepeatVector", name, inputShape, outputShape, operation, { n });
};

/** Keras `UpSampling1D`: each step `size` times. */
export const upSampling1dLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, size } = requireConfig("UpSampling1D", SizeConfig, config);
  requireSequence(name, inputShape);
  const [steps, channels] = inputShape as [number, number];
  const operation = new RepeatOperation(column(inputShape), [size, 1], workspace.kernels);
  return layerOf("UpSampling1D", name, inputShape, [steps * size, channels], operation, { size });
};

/** Keras `ZeroPadding1D`. */
export const zeroPadding1dLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, padding } = requireConfig("ZeroPadding1D", PaddingConfig, config);
  requireSequence(name, inputShape);
  const [steps, channels] = inputShape as [number, number];
  const [before, behind] = endsOf(padding);
  const outputShape = [steps + before + behind, channels];
  const operation = new WindowOperation(column(inputShape), column(outputShape), before, 0, true, workspace);
  return layerOf("ZeroPadding1D", name, inputShape, outputShape, operation, { padding: [before, behind] });
};

/** Keras `Cropping1D`. */
export const cropping1dLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, cropping } = requireConfig("Cropping1D", CroppingConfig, config);
  requireSequence(name, inputShape);
  const [steps, channels] = inputShape as [number, number];
  const [before, behind] = endsOf(cropping);
  const left = steps - before - behind;
  if (left < 1) outOfRange(`${name} cropping`, `less than the sequence of ${steps}`, `what leaves ${left}`);
  const operation = new WindowOperation(column([left, channels]), column(inputShape), before, 0, false, workspace);
  return layerOf("Cropping1D", name, inputShape, [left, channels], operation, { cropping: [before, behind] });
};
