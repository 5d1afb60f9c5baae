/**
 * Where a window of taps slides over an image, as tfjs computes it: "valid" keeps inside, "same" gives
 * ceil(size / stride) outputs with the border split in halves, the larger one behind. A border may be given side by side, too.
 */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { Extents, whole } from "./config.ts";
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

/** By name, or how much of a border each side has, one pair for each axis. */
const Sides = v.array(v.tuple([whole(0), whole(0)]));
const Padding = v.union(
  [v.picklist(["same", "valid"]), Sides],
  '("same", "valid", or a pair of whole numbers for each side)',
);
export type Padding = v.InferOutput<typeof Padding>;

/** What a configuration says of a window; Keras writes one number for all sides, too. */
export const windowEntries = {
  strides: v.optional(v.nullable(Extents)),
  padding: v.optional(Padding, "valid"),
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

/** The border of a window over an image, from that of a configuration over one of fewer sides: of those in front there is none. */
export function paddingOver(name: string, padding: Padding, sides: number, more: number): Padding {
  if (typeof padding === "string") return padding;
  if (padding.length !== sides) outOfRange(`${name} padding`, `${sides} pairs`, `${padding.length}`);
  return [...Array.from({ length: more }, (): [number, number] => [0, 0]), ...padding];
}

/** Requires every window to meet the image: a pool of the border alone is none. */
export function requireMeeting(name: string, { h, w, oh, ow, kh, kw, sh, sw, top, left }: Window): void {
  const meets = top < kh && left < kw && (oh - 1) * sh - top < h && (ow - 1) * sw - left < w;
  if (!meets) outOfRange(`${name} padding`, "windows that all meet the image", "a border as wide as the window");
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
  const borders = typeof padding === "string" ? [padding, padding] : padding;
  const vertical = side(name, "rows", h as number, taps[0], strides[0], dilations[0], borders[0]);
  const horizontal = side(name, "columns", w as number, taps[1], strides[1], dilations[1], borders[1]);
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

function side(
  name: string,
  what: string,
  size: number,
  taps = 1,
  stride = 1,
  dilation = 1,
  padding: "same" | "valid" | readonly [before: number, after: number] = "valid",
) {
  const reach = (taps - 1) * dilation + 1;
  if (typeof padding === "object") {
    const [before, after] = padding;
    const padded = before + size + after;
    if (reach > padded) outOfRange(name, `an input of at least ${reach - before - after} ${what}`, `${size}`);
    return { outputs: Math.floor((padded - reach) / stride) + 1, before, padded };
  }
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
