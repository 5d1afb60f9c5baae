/** What a kernel of ours is, beside what tfjs makes of it; and what several of them need to know of a call. */
import type { backend_util, TensorInfo } from "@tensorflow/tfjs-core";
import { outOfRange, wrongType } from "../../check.ts";
import type { Parameter } from "../../model/layers/parameter.ts";
import { sizeOf } from "../../model/layers/shape.ts";
import type { Window } from "../../model/layers/window.ts";
import { areTame, type Products } from "../../model/layers/winograd.ts";
import type { F32Pointer } from "../../wasm/index.ts";
import type { Heap } from "../heap.ts";

export type Shape3 = [number, number, number];
export type Shape4 = [...Shape3, number];
export type Shape5 = [...Shape4, number];
export type Inputs = Readonly<Record<string, TensorInfo>>;
/**
 * Attributes as tfjs hands them over: what an operation of tfjs-core has checked already. `any`, since tfjs declares a type for
 * each kernel, and hands over none of them.
 */
export type Attributes = Readonly<Record<string, any>>;

/** A kernel to be registered for the wasm backend. */
export interface HeapKernel {
  /** tfjs's name of it. */
  readonly name: string;
  /** Inputs that must be float32. */
  readonly floats: readonly string[];
  /** Whether the backend's own kernel is to answer this call. */
  leaves?(inputs: Inputs, attributes: Attributes): boolean;
  run(heap: Heap, inputs: Inputs, attributes: Attributes): TensorInfo;
}

/** The inputs of these names. */
export function take<const N extends readonly string[]>(
  kernel: string,
  inputs: Inputs,
  ...names: N
): { [K in keyof N]: TensorInfo } {
  return names.map((name) => inputs[name] ?? wrongType(`${kernel} ${name}`, "a tensor", undefined)) as never;
}

/** Requires a tensor of floats. */
export function requireFloats(kernel: string, inputs: Inputs, names: readonly string[]): void {
  for (const name of names) {
    const [{ dtype }] = take(kernel, inputs, name);
    if (dtype !== "float32") outOfRange(`${kernel} ${name}`, "dtype float32", dtype);
  }
}

/** Requires a tensor of whole numbers. */
export function requireInt32(subject: string, { dtype }: TensorInfo): void {
  if (dtype !== "int32") outOfRange(subject, "dtype int32", dtype);
}

/** Requires a tensor of that shape: memory is read by it. */
export function requireShape(subject: string, { shape }: TensorInfo, expected: readonly number[]): void {
  if (hasShape(shape, expected)) return;
  outOfRange(subject, `shape [${expected.join(", ")}]`, `[${shape.join(", ")}]`);
}

export function hasShape(shape: readonly number[], expected: readonly number[]): boolean {
  return shape.length === expected.length && shape.every((extent, axis) => extent === expected[axis]);
}

/** A window as tfjs computes it. Refuses channels that do not come last. */
export function windowOf(kernel: string, info: backend_util.Conv2DInfo): Window {
  if (info.dataFormat !== "channelsLast") outOfRange(`${kernel} dataFormat`, '"NHWC"', '"NCHW"');
  const { inHeight: h, inWidth: w, inChannels: c, outHeight: oh, outWidth: ow } = info;
  const { filterHeight: kh, filterWidth: kw, strideHeight: sh, strideWidth: sw } = info;
  const { dilationHeight: dh, dilationWidth: dw } = info;
  const { top, bottom, left, right } = info.padInfo;
  // Rounded up, the last window reaches beyond the border that is named.
  const ph = Math.max(h + top + bottom, (oh - 1) * sh + (kh - 1) * dh + 1);
  const pw = Math.max(w + left + right, (ow - 1) * sw + (kw - 1) * dw + 1);
  return { h, w, c, oh, ow, kh, kw, sh, sw, dh, dw, top, left, ph, pw };
}

/** A filter that lies in the heap, as the layers take their parameters. */
export function filterAt(shape: readonly number[], at: F32Pointer): Parameter {
  return { name: "filter", shape, size: sizeOf(shape), at, gradient: undefined, isExact: true };
}

/** A filter that only the gradient is wanted to: its own values are not read. */
export function filterOfGradient(shape: readonly number[], gradient: F32Pointer): Parameter {
  return { ...filterAt(shape, gradient), gradient };
}

/** Winograd's products spread an infinity or a NaN over a tile, and numbers near the largest make one: such are multiplied as defined. */
export function productsOf(heap: Heap, dy: TensorInfo, filter: TensorInfo): Products {
  const areAll = [dy, filter].every((tensor) => areTame(heap.workspace, sizeOf(tensor.shape), heap.at(tensor)));
  return areAll ? "fewest" : "defined";
}

export function isEmpty({ shape }: TensorInfo): boolean {
  return sizeOf(shape) === 0;
}
