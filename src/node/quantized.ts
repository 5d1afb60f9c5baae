/**
 * Weights stored in fewer bits than f32, as tfjs's converter writes them: whole numbers of 8 or 16 bits on a line, or half
 * floats. Decoded to the bits that tfjs's own decoder gives.
 */
import { outOfRange } from "../check.ts";
import type { WeightSpec } from "../model/index.ts";

/** How a number is stored: value = scale * whole + min, or a float of 16 bits. */
export type Quantization =
  | { readonly dtype: "uint8" | "uint16"; readonly scale: number; readonly min: number }
  | { readonly dtype: "float16" };

/** A weight as it lies in a file. */
export interface StoredWeight extends WeightSpec {
  readonly quantization?: Quantization | undefined;
}

const BYTES = { uint8: 1, uint16: 2, float16: 2 };

/** What a `model.json` says of a weight's quantization, checked. */
export function requireQuantization(weight: string, json: unknown): Quantization {
  const { dtype, scale, min } = (typeof json === "object" && json !== null ? json : {}) as Record<string, unknown>;
  if (dtype === "float16") return { dtype };
  if (dtype !== "uint8" && dtype !== "uint16") {
    outOfRange(`${weight} quantization`, "dtype uint8, uint16 or float16", JSON.stringify(dtype) ?? "none");
  }
  if (typeof scale !== "number" || typeof min !== "number") {
    outOfRange(
      `${weight} quantization`,
      `a number scale and a number min with ${dtype}`,
      JSON.stringify({ scale, min }),
    );
  }
  return { dtype, scale, min };
}

/** Bytes that a weight takes in its file. */
export function storedBytes({ shape, quantization }: StoredWeight): number {
  return shape.reduce((product, n) => product * n, quantization ? BYTES[quantization.dtype] : 4);
}

/** Stored weights, one behind the other, as f32, one behind the other. */
export function decodeWeights(weights: readonly StoredWeight[], stored: Uint8Array<ArrayBuffer>): ArrayBuffer {
  const isPlain = weights.every(({ quantization }) => quantization === undefined);
  if (isPlain && stored.byteLength === stored.buffer.byteLength) return stored.buffer;
  const bytes = weights.reduce((sum, weight) => sum + storedBytes({ ...weight, quantization: undefined }), 0);
  const decoded = new Float32Array(bytes / 4);
  let from = stored.byteOffset;
  let to = 0;
  for (const weight of weights) {
    const size = storedBytes(weight);
    const view = new DataView(stored.buffer, from, size);
    const count = size / (weight.quantization ? BYTES[weight.quantization.dtype] : 4);
    for (let i = 0; i < count; i++) decoded[to++] = element(view, i, weight.quantization);
    from += size;
  }
  return decoded.buffer;
}

function element(view: DataView, i: number, quantization: Quantization | undefined): number {
  if (!quantization) return view.getFloat32(4 * i, true);
  if (quantization.dtype === "float16") return halfFloat(view.getUint16(2 * i, true));
  const whole = quantization.dtype === "uint8" ? view.getUint8(i) : view.getUint16(2 * i, true);
  return whole * quantization.scale + quantization.min; // in f64, and rounded where it is stored
}

/** The number of a float of 16 bits: a sign, 5 bits of exponent, 10 of fraction [IEEE 754-2008, binary16]. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  const power = exponent < 25 ? 1 / (1 << (25 - exponent)) : 1 << (exponent - 25);
  return sign * (1024 + fraction) * power;
}
