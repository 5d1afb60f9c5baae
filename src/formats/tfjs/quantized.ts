/**
 * Weights as tfjs and its converter store them: numbers of 32 bits, truth values, or fewer bits than that: whole numbers of 8
 * or 16 bits on a line, half floats. Decoded to the bits that tfjs's own decoder gives.
 */
import { outOfRange } from "../../check.ts";
import type { Values } from "../graph.ts";

/** How a number is stored: value = scale * whole + min, or a float of 16 bits. */
export type Quantization =
  | { readonly dtype: "uint8" | "uint16"; readonly scale: number; readonly min: number }
  | { readonly dtype: "float16" };

/** A weight as it lies in a file. */
export interface StoredWeight {
  readonly name: string;
  readonly shape: number[];
  readonly dtype: string;
  readonly quantization?: Quantization | undefined;
}

const BYTES = { uint8: 1, uint16: 2, float16: 2 };
/** Bytes of a number of the types that are stored as they are. */
const PLAIN: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, uint8: 1 };

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

/** The types of numbers that are read. */
export const isStoredType = (dtype: string): boolean => Object.hasOwn(PLAIN, dtype);

function bytesOfNumber({ dtype, quantization }: StoredWeight): number {
  return quantization ? BYTES[quantization.dtype] : (PLAIN[dtype] as number);
}

/** Bytes that a weight takes in its file. */
export function storedBytes(weight: StoredWeight): number {
  return weight.shape.reduce((product, n) => product * n, bytesOfNumber(weight));
}

/** The numbers of a weight: floats as floats, others as doubles. */
export function decodeWeight(weight: StoredWeight, stored: Uint8Array<ArrayBuffer>): Values {
  const { dtype, quantization } = weight;
  const { buffer, byteOffset, byteLength } = stored;
  if (dtype === "float32" && !quantization && byteOffset % 4 === 0) {
    return new Float32Array(buffer, byteOffset, byteLength / 4);
  }
  const view = new DataView(buffer, byteOffset, byteLength);
  const count = byteLength / bytesOfNumber(weight);
  const decoded = dtype === "float32" ? new Float32Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) decoded[i] = element(view, i, weight);
  return decoded;
}

/** Stored floats, one behind the other, as f32, one behind the other. */
export function decodeWeights(weights: readonly StoredWeight[], stored: Uint8Array<ArrayBuffer>): ArrayBuffer {
  const isPlain = weights.every(({ quantization }) => quantization === undefined);
  if (isPlain && stored.byteLength === stored.buffer.byteLength) return stored.buffer;
  const bytes = weights.reduce((sum, weight) => sum + storedBytes({ ...weight, quantization: undefined }), 0);
  const decoded = new Float32Array(bytes / 4);
  let from = 0;
  let to = 0;
  for (const weight of weights) {
    const size = storedBytes(weight);
    const values = decodeWeight(weight, stored.subarray(from, from + size));
    decoded.set(values, to);
    from += size;
    to += values.length;
  }
  return decoded.buffer;
}

function element(view: DataView, i: number, { dtype, quantization }: StoredWeight): number {
  if (!quantization) {
    if (dtype === "float32") return view.getFloat32(4 * i, true);
    return dtype === "int32" ? view.getInt32(4 * i, true) : view.getUint8(i);
  }
  if (quantization.dtype === "float16") return halfFloat(view.getUint16(2 * i, true));
  const whole = quantization.dtype === "uint8" ? view.getUint8(i) : view.getUint16(2 * i, true);
  const value = whole * quantization.scale + quantization.min; // in f64, and rounded where it is stored
  return dtype === "float32" ? value : Math.round(value);
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
