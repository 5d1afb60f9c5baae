/** What the translations of single operations share: naming what they make, reading constants, windows. */
import { outOfRange } from "../../../check.ts";
import type { GraphBuilder } from "../../builder.ts";
import type { GraphNode, Layout, Operation, Pads, Shape, Sliding } from "../../graph.ts";
import { spatialAxes } from "../../shapes.ts";
import type { TfNode } from "./nodes.ts";

/** Translates one node: defines its value, or values, in the builder. */
export type Translation = (node: TfNode, builder: GraphBuilder) => void;

/** The value that input i is. */
export function input(node: TfNode, i: number): string {
  return node.inputs[i] ?? outOfRange(subjectOf(node), `an input ${i}`, `${node.inputs.length} inputs`);
}

export const subjectOf = ({ name, op }: TfNode): string => `${name} (${op})`;

/** Whole numbers that must be known at load. */
export function wholes(node: TfNode, builder: GraphBuilder, i: number): number[] {
  return builder.numbersOf(subjectOf(node), input(node, i));
}

/** Axes counted from the front. */
export function fromFront(node: TfNode, axes: readonly number[], rank: number): number[] {
  return axes.map((axis) => {
    const at = axis < 0 ? axis + rank : axis;
    return at >= 0 && at < rank ? at : outOfRange(subjectOf(node), `axes in [-${rank}, ${rank})`, `${axis}`);
  });
}

/** One node of the graph for one of the model. */
export function emit(builder: GraphBuilder, name: string, inputs: readonly string[], operation: Operation): string {
  builder.add({ ...operation, name, inputs } as GraphNode);
  return name;
}

/** An operation on all inputs as they are. */
export function direct(operation: Operation, inputs?: number): Translation {
  return (node, builder) => {
    const taken = inputs === undefined ? node.inputs : Array.from({ length: inputs }, (_, i) => input(node, i));
    emit(builder, node.name, taken, operation);
  };
}

export function layoutOf(node: TfNode, fallback = "NHWC"): Layout {
  const format = node.attributes.text("data_format", fallback);
  if (format.endsWith("C")) return "channels last";
  return format.startsWith("NC") ? "channels first" : outOfRange(subjectOf(node), "data_format NHWC or NCHW", format);
}

/** The entries of a list over all axes that belong to the sides of the image. */
export function ofSides(list: readonly number[], layout: Layout, rank: number): number[] {
  if (list.length !== rank) return Array<number>(rank - 2).fill(1);
  return spatialAxes(layout, rank).map((axis) => list[axis] as number);
}

/** How a window of such taps slides over an image. */
export function slidingOf(node: TfNode, image: Shape, taps: readonly number[]): Sliding {
  const { attributes } = node;
  const rank = image.length;
  const layout = layoutOf(node, rank === 5 ? "NDHWC" : "NHWC");
  const strides = ofSides(attributes.wholes("strides"), layout, rank);
  const dilations = ofSides(attributes.wholes("dilations"), layout, rank);
  const axes = spatialAxes(layout, rank);
  const padding = attributes.text("padding", "VALID").toUpperCase();
  const pads: Pads = axes.map((axis, side) => {
    if (padding === "VALID") return [0, 0];
    if (padding === "EXPLICIT") {
      const all = attributes.wholes("explicit_paddings");
      return [all[2 * axis] ?? 0, all[2 * axis + 1] ?? 0];
    }
    if (padding !== "SAME") return outOfRange(subjectOf(node), "padding SAME, VALID or EXPLICIT", padding);
    const [extent, tap, stride, dilation] = [image[axis], taps[side], strides[side], dilations[side]] as number[];
    return samePads(extent as number, tap as number, stride as number, dilation as number);
  });
  return { layout, strides, dilations, pads };
}

/** The border that gives ceil(extent / stride) outputs, its larger half behind. */
export function samePads(extent: number, taps: number, stride: number, dilation: number): readonly [number, number] {
  const border = Math.max(0, (Math.ceil(extent / stride) - 1) * stride + (taps - 1) * dilation + 1 - extent);
  return [Math.floor(border / 2), Math.ceil(border / 2)];
}
