/** A window that slides over an NHWC image: its geometry from a Keras configuration, with Keras's way of padding. */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";

const Whole = v.pipe(v.number(), v.integer(), v.minValue(1));
/** One number for both axes, or one for each. */
export const Extents = v.union([Whole, v.tuple([Whole, Whole])]);
export type Extents = v.InferOutput<typeof Extents>;
export const Padding = v.picklist(["valid", "same"]);
export type Padding = v.InferOutput<typeof Padding>;

export interface Sliding {
  /** The image. */
  readonly h: number;
  readonly w: number;
  readonly c: number;
  /** The window, its steps, and the distance of its taps. */
  readonly kh: number;
  readonly kw: number;
  readonly sh: number;
  readonly sw: number;
  readonly dh: number;
  readonly dw: number;
  /** Rows and columns of zeros before the image. */
  readonly top: number;
  readonly left: number;
  /** Where the window stops. */
  readonly oh: number;
  readonly ow: number;
}

export interface SlidingOptions {
  window: Extents;
  strides: Extents;
  dilation?: Extents;
  padding: Padding;
}

export function pair(extents: Extents): readonly [number, number] {
  return typeof extents === "number" ? [extents, extents] : extents;
}

/** Height, width and channels of what reaches a layer of images, channels last. */
export function requireImage(
  layer: string,
  inputShape: readonly number[],
  config: Record<string, unknown>,
): readonly [number, number, number] {
  const format = config.data_format;
  if (format === "channelsFirst" || format === "channels_first") {
    outOfRange(`${layer} data_format`, '"channels_last"', JSON.stringify(format));
  }
  if (inputShape.length !== 3) {
    outOfRange(layer, "input [n, height, width, channels]", `[n, ${inputShape.join(", ")}]`);
  }
  return inputShape as [number, number, number];
}

/** The windows of a layer over images of the given shape. Refuses images in which no window fits. */
export function slide(layer: string, image: readonly [number, number, number], options: SlidingOptions): Sliding {
  const [h, w, c] = image;
  const [kh, kw] = pair(options.window);
  const [sh, sw] = pair(options.strides);
  const [dh, dw] = pair(options.dilation ?? 1);
  const rows = stops(h, (kh - 1) * dh + 1, sh, options.padding);
  const columns = stops(w, (kw - 1) * dw + 1, sw, options.padding);
  if (rows.count < 1 || columns.count < 1) {
    outOfRange(layer, `an image of at least ${(kh - 1) * dh + 1}x${(kw - 1) * dw + 1}`, `${h}x${w}`);
  }
  return { h, w, c, kh, kw, sh, sw, dh, dw, top: rows.before, left: columns.before, oh: rows.count, ow: columns.count };
}

/** Stops of a window along one axis; of the zeros that "same" adds, the odd one comes last, as in TensorFlow. */
function stops(extent: number, window: number, stride: number, padding: Padding): { count: number; before: number } {
  if (padding === "valid") return { count: Math.floor((extent - window) / stride) + 1, before: 0 };
  const count = Math.ceil(extent / stride);
  return { count, before: Math.floor(Math.max(0, (count - 1) * stride + window - extent) / 2) };
}
