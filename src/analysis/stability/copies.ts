/** Inputs of a merge that are stretched to the shape of its output. */
import { type Layer, sizeOf } from "../../model/layers/index.ts";

/** How often each number of an input stands in the output, an input each: 1 where the shapes are the same. */
export function copiesOf({ inputShapes = [], outputShape }: Layer): number[] {
  const size = sizeOf(outputShape);
  return inputShapes.map((shape) => size / sizeOf(shape));
}
