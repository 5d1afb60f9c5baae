/**
 * A layer's configuration, checked; what is wrong with it is said with the layer's name. Every number of it is read by one of
 * the schemas here, so that none reaches a kernel that its i32 or f32 does not hold.
 */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import { requireSchema } from "../../schema.ts";

export function requireConfig<S extends v.GenericSchema>(
  className: string,
  schema: S,
  config: { readonly name?: unknown },
): v.InferOutput<S> {
  const { name } = config;
  return requireSchema(typeof name === "string" ? `${name} (${className})` : className, schema, config);
}

/** What a kernel's i32 holds. */
const I32 = 2 ** 31 - 1;
/** What a kernel's f32 holds. */
const F32 = (2 - 2 ** -23) * 2 ** 127;

/** A whole number. */
export const whole = (least: number, most = I32) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

/** A number that is finite in single precision. */
export const real = (least = -F32, most = F32) => v.pipe(v.number(), v.minValue(least), v.maxValue(most));

/** How many there are of something: filters, taps, strides, groups. */
export const Extent = whole(1);
/** One for all sides, or one each. */
export const Extents = v.union([Extent, v.array(Extent)]);
/** An axis, counted from either end. */
export const Axis = whole(-64, 64);

/** Refuses any layout of images but channels last, and any word that is none. */
export function requireChannelsLast(name: string, format: unknown): void {
  if (format === undefined || format === null || format === "channels_last" || format === "channelsLast") return;
  outOfRange(`${name} data_format`, '"channels_last"', JSON.stringify(format));
}
