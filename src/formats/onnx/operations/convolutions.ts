/** Convolutions, products of matrices, and pools. Kernels come as [filters, channels, ...taps] and leave as [...taps, channels, filters]. */
import type { NodeReader, Translate, Translations } from "../node-reader.ts";
import { autoPad, ceilPads, extentsOf, halves, perExtent, reachOf, statedPads, windowOf } from "./window.ts";

/** The taps of the kernel that is input 1, which `kernel_shape` may repeat. */
function tapsOf(node: NodeReader): number[] {
  const kernel = node.shape(1);
  const sides = extentsOf(node).length;
  if (kernel.length !== sides + 2) node.refuse(`a kernel of rank ${sides + 2}`, `rank ${kernel.length}`);
  const taps = kernel.slice(2);
  const stated = node.ints("kernel_shape");
  if (stated && stated.join() !== taps.join()) {
    node.refuse(`kernel_shape [${taps.join(", ")}], as the kernel has`, `[${stated.join(", ")}]`);
  }
  return taps;
}

/** The kernel with its first two axes behind the taps, in reverse order. */
function turnedKernel(node: NodeReader): string {
  const rank = node.shape(1).length;
  const taps = Array.from({ length: rank - 2 }, (_, i) => i + 2);
  return node.step({ op: "transpose", order: [...taps, 1, 0] }, node.input(1));
}

const withBias = (node: NodeReader): string[] => {
  const bias = node.optional(2);
  return bias === undefined ? [] : [bias];
};

const convolution: Translate = (node) => {
  const { taps: _, ...sliding } = windowOf(node, tapsOf(node));
  const groups = node.int("group", 1);
  if (groups < 1) node.refuse("group >= 1", `${groups}`);
  node.give({ op: "convolution", groups, ...sliding }, node.input(0), turnedKernel(node), ...withBias(node));
};

/** Either the border or the extents of the result are stated; each follows from the other. */
const transposedConvolution: Translate = (node) => {
  const taps = tapsOf(node);
  const from = extentsOf(node);
  const sides = from.length;
  const strides = perExtent(node, "strides", sides, 1);
  const dilations = perExtent(node, "dilations", sides, 1);
  const more = perExtent(node, "output_padding", sides, 0, 0);
  const auto = autoPad(node);
  const stated = statedPads(node, sides);
  const wanted = node.ints("output_shape")?.slice(-sides);
  const groups = node.int("group", 1);
  const full = from.map((extent, side) => {
    return (strides[side] as number) * (extent - 1) + (more[side] as number) + reachOf(taps, dilations, side);
  });
  const pads = full.map((extent, side): readonly [number, number] => {
    const end = wanted?.[side] ?? (auto === "NOTSET" || auto === "VALID" ? undefined : sameExtent(side));
    if (end === undefined) return auto === "VALID" ? [0, 0] : (stated[side] as readonly [number, number]);
    return halves(extent - end, auto === "SAME_UPPER" ? "SAME_UPPER" : "SAME_LOWER");
  });
  function sameExtent(side: number): number {
    return (from[side] as number) * (strides[side] as number);
  }
  const extents = full.map((extent, side) => {
    const [before, after] = pads[side] as readonly [number, number];
    return wanted?.[side] ?? extent - before - after;
  });
  node.give(
    { op: "transposed convolution", groups, extents, layout: "channels first", strides, dilations, pads },
    node.input(0),
    turnedKernel(node),
    ...withBias(node),
  );
};

/** alpha A B + beta C, A and B maybe transposed. */
const gemm: Translate = (node) => {
  const turned = (i: number, flag: string): string => {
    if (node.shape(i).length !== 2) node.refuse("matrices", `rank ${node.shape(i).length}`);
    return node.int(flag, 0) === 0 ? node.input(i) : node.step({ op: "transpose", order: [1, 0] }, node.input(i));
  };
  const scaled = (value: string, name: string): string => {
    const by = node.float(name, 1);
    return by === 1 ? value : node.step({ op: "binary", function: "multiply" }, value, node.scalar(by));
  };
  const [a, b] = [turned(0, "transA"), scaled(turned(1, "transB"), "alpha")];
  const bias = node.optional(2);
  if (bias === undefined) return node.give({ op: "matmul" }, a, b);
  const product = node.step({ op: "matmul" }, a, b);
  return node.give({ op: "binary", function: "add" }, product, scaled(bias, "beta"));
};

/** A vector is a row on the left and a column on the right, and its axis is missing in the product. */
const matmul: Translate = (node) => {
  const [a, b] = [node.shape(0), node.shape(1)];
  if (a.length >= 2 && b.length >= 2) return node.give({ op: "matmul" }, node.input(0), node.input(1));
  if (a.length !== 2 || b.length !== 1)
    node.refuse("matrices, or a matrix and a vector", `ranks ${a.length} and ${b.length}`);
  const column = node.step({ op: "reshape", shape: [b[0] as number, 1] }, node.input(1));
  const product = node.step({ op: "matmul" }, node.input(0), column);
  return node.give({ op: "reshape", shape: [a[0] as number] }, product);
};

const poolTaps = (node: NodeReader): number[] => {
  if (node.ints("kernel_shape") === undefined) node.refuse("kernel_shape", "none");
  return perExtent(node, "kernel_shape", extentsOf(node).length, 1);
};

/** A border of a maximum holds nothing, so that of `ceil_mode` may be a part of it. */
const maxPool: Translate = (node) => {
  node.requireInt("storage_order", 0);
  const window = windowOf(node, poolTaps(node));
  const behind = node.int("ceil_mode", 0) === 0 ? undefined : ceilPads(node, window);
  const pads = window.pads.map(([before, after], side) => [before, after + (behind?.[side] ?? 0)] as const);
  node.give({ op: "pool", kind: "maximum", countsBorder: false, ...window, pads }, node.input(0));
};

/** The border may count; what `ceil_mode` adds behind it never does. */
const averagePool: Translate = (node) => {
  const window = windowOf(node, poolTaps(node));
  const behind = node.int("ceil_mode", 0) === 0 ? window.pads.map(() => 0) : ceilPads(node, window);
  const pool = { ...window, op: "pool", kind: "average" } as const;
  const counts = node.int("count_include_pad", 0) !== 0;
  if (!counts || behind.every((more) => more === 0)) {
    const pads = window.pads.map(([before, after], side) => [before, after + (behind[side] as number)] as const);
    return node.give({ ...pool, pads, countsBorder: counts }, node.input(0));
  }
  const around = [[0, 0], [0, 0], ...window.pads] as const;
  const image = node.step({ op: "pad", pads: around, mode: "constant", value: 0 }, node.input(0));
  const pads = behind.map((more) => [0, more] as const);
  return node.give({ ...pool, pads, countsBorder: false }, image);
};

export const CONVOLUTIONS: Translations = {
  AveragePool: averagePool,
  Conv: convolution,
  ConvTranspose: transposedConvolution,
  Gemm: gemm,
  MatMul: matmul,
  MaxPool: maxPool,
};
