/**
 * Where a window of taps slides over an image, as tfjs computes it: "valid" keeps inside, "same" gives
 * ceil(size / stride) outputs with the border split in halves, the larger one behind.
 */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { Extents } from "./config.ts";
import { requireNumbers } from "./shape.ts";

/** An image h x w x c, outputs oh x ow, taps kh x kw, strides, dilations, the border before the image. */
export interface Window {
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly oh: number;
  readonly ow: number;
  readonly kh: number;
  readonly kw: number;
  readonly sh: number;
  readonly sw: number;
  readonly dh: number;
  readonly dw: number;
  readonly top: number;
  readonly left: number;
  /** The image with its whole border. */
  readonly ph: number;
  readonly pw: number;
}

export type Padding = "same" | "valid";

/** What a configuration says of a window; Keras writes one number for all sides, too. */
export const windowEntries = {
  strides: v.optional(v.nullable(Extents)),
  padding: v.optional(v.picklist(["same", "valid"]), "valid"),
  data_format: v.optional(v.unknown()),
  dilation_rate: v.optional(v.nullable(Extents)),
};

/** One number for each of `sides` sides. */
export function perSide(subject: string, extents: v.InferOutput<typeof Extents>, sides: number): number[] {
  const list = typeof extents === "number" ? Array<number>(sides).fill(extents) : extents;
  if (list.length !== sides)
    outOfRange(subject, `${sides === 1 ? "one number" : `${sides} numbers`}`, `${list.length}`);
  return list;
}

/** Refuses a dilation where Keras knows none, rather than to run without it. */
export function requireNoDilation(name: string, rate: number | readonly number[] | null | undefined): void {
  const rates = [rate ?? 1].flat();
  if (rates.some((r) => r !== 1)) outOfRange(`${name} dilation_rate`, "1", `[${rates.join(", ")}]`);
}

/** Requires an input of so many axes, channels last. */
export function requireRank(name: string, inputShape: readonly number[], axes: readonly string[]): void {
  if (inputShape.length === axes.length) return;
  outOfRange(name, `an input of shape [${axes.join(", ")}]`, `[${inputShape.join(", ")}]`);
}

export interface WindowOptions {
  taps: readonly number[];
  strides: readonly number[];
  dilations: readonly number[];
  padding: Padding;
}

/**
 * The window over an image of the given shape. Refuses one that does not fit in, and one whose steps or border reach so far
 * that no kernel could count the way.
 */
export function windowOver(name: string, [h, w, c]: readonly number[], options: WindowOptions): Window {
  const { taps, strides, dilations, padding } = options;
  const vertical = side(name, "rows", h as number, taps[0], strides[0], dilations[0], padding);
  const horizontal = side(name, "columns", w as number, taps[1], strides[1], dilations[1], padding);
  const reach = (side: { padded: number }, i: 0 | 1) => Math.max(side.padded, strides[i] ?? 1, dilations[i] ?? 1);
  requireNumbers(`${name} window`, [reach(vertical, 0), reach(horizontal, 1), c as number]);
  return {
    ...{ h: h as number, w: w as number, c: c as number },
    ...{ oh: vertical.outputs, ow: horizontal.outputs },
    ...{ kh: taps[0] as number, kw: taps[1] as number },
    ...{ sh: strides[0] as number, sw: strides[1] as number },
    ...{ dh: dilations[0] as number, dw: dilations[1] as number },
    ...{ top: vertical.before, left: horizontal.before, ph: vertical.padded, pw: horizontal.padded },
  };
}

function side(name: string, what: string, size: number, taps = 1, stride = 1, dilation = 1, padding: Padding) {
  const reach = (taps - 1) * dilation + 1;
  if (padding === "valid") {
    if (reach > size) outOfRange(name, `an input of at least ${reach} ${what}`, `${size}`);
    return { outputs: Math.floor((size - reach) / stride) + 1, before: 0, padded: size };
  }
  const outputs = Math.ceil(size / stride);
  const border = Math.max(0, (outputs - 1) * stride + reach - size);
  return { outputs, before: Math.floor(border / 2), padded: size + border };
}

export function hasBorder({ h, w, ph, pw }: Window): boolean {
  return ph > h || pw > w;
}

/** Whether outputs are pixels and nothing else: one tap, no stride. */
export function isPointwise({ kh, kw, sh, sw }: Window): boolean {
  return kh === 1 && kw === 1 && sh === 1 && sw === 1;
}
