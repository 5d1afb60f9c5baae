/** The norms of linear maps: a matrix, a convolution of some groups, one on each channel, one product after another, a matrix a position. */
import type { LinearMap } from "../../model/layers/index.ts";
import { isPointwise, type Window } from "../../model/layers/window.ts";
import { type Bracket, times } from "../../numeric/rounding.ts";
import { Workspace } from "../../wasm/index.ts";
import { groupedNorm } from "../norms/convolution-norm.ts";
import { matrixNorm } from "../norms/matrix-norm.ts";
import type { Kernel } from "../norms/taps.ts";
import type { Found } from "./found.ts";
import { linearLower } from "./linear-layer.ts";
import { overlappingBound, sidesOf } from "./spatial-bound.ts";

type Of<Kind extends LinearMap["kind"]> = Extract<LinearMap, { kind: Kind }>;

const FOURIER = "Fourier transform, Cholesky certificates";

const kernelOf = ({ kernel }: LinearMap, { arena }: Workspace): Float32Array =>
  arena.f32(kernel.at, kernel.size).slice();
const strideOf = ({ sh, sw }: Window): string => `${sh}×${sw}`;
const lastOf = ({ kernel }: LinearMap): number => kernel.shape.at(-1) as number;

/** Linear maps that follow one another in a layer, as one. */
export function linearBound(maps: readonly LinearMap[], from: Workspace): Found {
  const [first, second] = maps as [LinearMap, LinearMap | undefined];
  if (second) return productBound(maps, from);
  switch (first.kind) {
    case "product": {
      const [inputs, units] = first.kernel.shape as [number, number];
      const bracket = matrixNorm(kernelOf(first, from), inputs, units);
      return { bracket, method: "Cholesky certificate", size: `${inputs}×${units}` };
    }
    case "convolution":
    case "depthwise": {
      const plane = planeNorm(first, from);
      // What single precision loses on the way may leave the vector found worth less than the bound allows, never more.
      const lower = Math.min(linearLower(maps, from, termsOf(first)), plane.upper);
      const { window } = first;
      const bracket = { lower, upper: plane.upper };
      return { bracket, plane, method: FOURIER, size: sizeOfKernel(first), stride: strideOf(window) };
    }
    case "local":
      return localBound(first, from);
  }
}

/** Products that a number of the output sums. */
function termsOf(map: LinearMap): number {
  switch (map.kind) {
    case "product":
      return map.kernel.shape[0] as number;
    case "convolution":
      return map.kernel.size / lastOf(map);
    case "depthwise":
      return map.window.kh * map.window.kw;
    case "local":
      return map.kernel.shape[1] as number;
  }
}

/** Channels × taps × filters. */
function sizeOfKernel(map: Of<"convolution" | "depthwise" | "local">): string {
  const { c, kh, kw } = map.window;
  return [c, kh, kw, map.kind === "depthwise" ? c * lastOf(map) : lastOf(map)].join("×");
}

/** The norm on a plane without borders: the largest of the groups', each with channels and filters of its own. */
function planeNorm(map: Of<"convolution" | "depthwise">, from: Workspace): Bracket {
  const { window } = map;
  const { c, kh, kw, sh, sw, dh, dw } = window;
  const values = kernelOf(map, from);
  const last = lastOf(map);
  const groups = map.kind === "depthwise" ? c : map.groups;
  const units = map.kind === "depthwise" ? last : last / groups;
  const groupOf = (i: number): number =>
    map.kind === "depthwise" ? Math.floor(i / last) % c : Math.floor((i % last) / units);
  const kernels = Array.from(
    { length: groups },
    (_, g): Kernel => ({
      values: values.filter((_, i) => groupOf(i) === g),
      ...{ size: [kh, kw], strides: [sh, sw], dilations: [dh, dw], channels: c / groups, filters: units },
    }),
  );
  return groupedNorm(kernels);
}

/** The norm of one of several factors, from above. A convolution of single pixels is a matrix. */
function factorNorm(map: LinearMap, from: Workspace): Bracket {
  if (map.kind === "convolution" && map.groups === 1 && isPointwise(map.window)) {
    return matrixNorm(kernelOf(map, from), map.window.c, lastOf(map));
  }
  return map.kind === "convolution" || map.kind === "depthwise"
    ? planeNorm(map, from)
    : linearBound([map], from).bracket;
}

/** Not above the product of the norms; from below as a whole. */
function productBound(maps: readonly LinearMap[], from: Workspace): Found {
  const { upper } = maps.map((map) => factorNorm(map, from)).reduce(times);
  const terms = maps.reduce((sum, map) => sum + termsOf(map), 2 * (maps.length - 1));
  const lower = Math.min(linearLower(maps, from, terms), upper);
  const [first, last] = [maps[0], maps.at(-1)] as [LinearMap, LinearMap];
  const window = "window" in first ? first.window : undefined;
  return {
    bracket: { lower, upper },
    method: `${FOURIER}, product of its two parts`,
    ...(window && { size: [window.c, window.kh, window.kw, lastOf(last)].join("×"), stride: strideOf(window) }),
  };
}

/** Each position a product of its own: its norm, and how many positions share a pixel. */
function localBound(map: Of<"local">, from: Workspace): Found {
  const [positions, taps, filters] = map.kernel.shape as [number, number, number];
  const values = kernelOf(map, from);
  const block = taps * filters;
  const workspace = new Workspace();
  const norms = Array.from({ length: positions }, (_, p) =>
    matrixNorm(values.subarray(p * block, (p + 1) * block), taps, filters, workspace),
  );
  const [rows, columns] = sidesOf(map.window);
  const upper = overlappingBound(rows, columns, (p) => (norms[p] as Bracket).upper);
  const lower = norms.reduce((most, norm) => Math.max(most, norm.lower), linearLower([map], from, taps));
  return {
    bracket: { lower: Math.min(lower, upper), upper },
    method: "norm of each position, positions that share a pixel",
    size: sizeOfKernel(map),
    stride: strideOf(map.window),
  };
}
