/** Windows as ONNX states them: borders by name or number, extents rounded up or down. */
import type { Pads, Sliding } from "../../graph.ts";
import type { NodeReader } from "../node-reader.ts";

/** The extents of an image [batch, channels, ...extents]. */
export function extentsOf(node: NodeReader, i = 0): number[] {
  const shape = node.shape(i);
  if (shape.length < 3 || shape.length > 5) node.refuse("[batch, channels, 1 to 3 extents]", `rank ${shape.length}`);
  return shape.slice(2);
}

/** A list of one number for each extent; `otherwise` where it is left out. */
export function perExtent(node: NodeReader, name: string, sides: number, otherwise: number, low = 1): number[] {
  const given = node.ints(name) ?? new Array<number>(sides).fill(otherwise);
  if (given.length !== sides || given.some((value) => !Number.isSafeInteger(value) || value < low)) {
    node.refuse(`${name} of ${sides} whole numbers >= ${low}`, `[${given.join(", ")}]`);
  }
  return [...given];
}

interface Window extends Sliding {
  readonly layout: "channels first";
  readonly taps: readonly number[];
}

const AUTO = ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"] as const;
type Auto = (typeof AUTO)[number];

export function autoPad(node: NodeReader): Auto {
  return node.oneOf("auto_pad", AUTO, "NOTSET");
}

/** The border that is stated: [befores, afters], 0 where it is left out. */
export function statedPads(node: NodeReader, sides: number): Pads {
  const pads = node.ints("pads") ?? new Array<number>(2 * sides).fill(0);
  if (pads.length !== 2 * sides || pads.some((value) => !Number.isSafeInteger(value) || value < 0)) {
    node.refuse(`pads of ${2 * sides} whole numbers >= 0`, `[${pads.join(", ")}]`);
  }
  return Array.from({ length: sides }, (_, side) => [pads[side] as number, pads[side + sides] as number] as const);
}

/** A total border in two halves; the odd pixel goes behind ("SAME_UPPER") or before. */
export function halves(total: number, auto: Auto): readonly [number, number] {
  const less = Math.floor(Math.max(total, 0) / 2);
  const more = Math.max(total, 0) - less;
  return auto === "SAME_LOWER" ? [more, less] : [less, more];
}

/** The window of a convolution or of a pool over the image that is input 0. */
export function windowOf(node: NodeReader, taps: readonly number[]): Window {
  const extents = extentsOf(node);
  const sides = extents.length;
  const strides = perExtent(node, "strides", sides, 1);
  const dilations = perExtent(node, "dilations", sides, 1);
  const auto = autoPad(node);
  const stated = statedPads(node, sides);
  const pads = extents.map((extent, side): readonly [number, number] => {
    if (auto === "NOTSET") return stated[side] as readonly [number, number];
    if (auto === "VALID") return [0, 0];
    const [stride, reach] = [strides[side] as number, reachOf(taps, dilations, side)];
    return halves((Math.ceil(extent / stride) - 1) * stride + reach - extent, auto);
  });
  return { layout: "channels first", strides, dilations, pads, taps };
}

/** Pixels from the first tap to the last. */
export function reachOf(taps: readonly number[], dilations: readonly number[], side: number): number {
  return ((taps[side] as number) - 1) * (dilations[side] as number) + 1;
}

/**
 * The pixels to add behind the border so that the last window, cut off by the image's end, counts as well (`ceil_mode`). A
 * window that begins behind the image does not.
 */
export function ceilPads(node: NodeReader, { taps, strides, dilations, pads }: Window): number[] {
  return extentsOf(node).map((extent, side) => {
    const [before, after] = pads[side] as readonly [number, number];
    const [stride, reach] = [strides[side] as number, reachOf(taps, dilations, side)];
    let count = Math.ceil((extent + before + after - reach) / stride) + 1;
    if ((count - 1) * stride >= extent + before) count--;
    return Math.max(0, (count - 1) * stride + reach - extent - before - after);
  });
}
