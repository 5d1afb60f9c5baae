/** How far an operation stretches a change: each kind of map has its rule, or is refused with a reason. */
import { isLinear, type OperationMap, sizeOf } from "../../model/layers/index.ts";
import { type Bracket, down, exactly, rootOf, times, up } from "../../numeric/rounding.ts";
import type { Workspace } from "../../wasm/index.ts";
import { type Found, type Owner, refuse } from "./found.ts";
import { linearBound } from "./linear-bound.ts";
import { localContrastBound, localResponseBound, scaleBound, standardiseBound } from "./normalization-bound.ts";
import { averageNorm, poolingNorm, sidesOf } from "./spatial-bound.ts";

const SLOPE = "slope of the activation";

/**
 * @param from where the parameters of the map lie
 * @param owner the layer, for error messages
 */
export function operationBound(map: OperationMap, from: Workspace, owner: Owner): Found {
  if (isLinear(map)) return linearBound([map], from);
  switch (map.kind) {
    case "affine": {
      const most = map.terms().factor.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
      return { bracket: exactly(most), method: "largest scale of a number" };
    }
    case "recurrence":
      return refuse(owner, "one that goes from step to step, for which no bound is known here");
    case "transposed":
      // A matrix stretches as far as its transpose.
      return linearBound([map.of], from);
    case "volume": {
      // Each slice of the kernel meets every slice of the volume once at most.
      const upper = map.slices.reduce((sum, slice) => up(sum + linearBound([slice], from).bracket.upper), 0);
      return { bracket: { lower: 0, upper }, method: "sum over the kernel's slices", size: `${map.depth.kh} slices` };
    }
    case "stepwise":
      // A matrix with the same blocks along its diagonal.
      return operationBound(map.of, from, owner);
    case "moves":
      return { bracket: exactly(1), method: "moves numbers" };
    case "take":
      return { bracket: rootOf(exactly(map.copies)), method: "copies of each number" };
    case "reduction":
      return reductionBound(map, owner);
    case "repeat": {
      const [high, wide] = map.size;
      return { bracket: rootOf(exactly(high * wide)), method: "copies of each pixel", size: `${high}×${wide}` };
    }
    case "pooling":
      return poolingBound(map);
    case "global pooling": {
      const { h, w } = map.window;
      const isAverage = map.of === "average";
      const bracket = isAverage ? rootOf({ lower: down(1 / (h * w)), upper: up(1 / (h * w)) }) : exactly(1);
      return { bracket, method: "exact", size: `${h}×${w}` };
    }
    case "elementwise":
      if (map.activation.slope.upper === Number.POSITIVE_INFINITY)
        return refuse(owner, `one with ${map.activation.name}, which is steeper than any line somewhere`);
      return { bracket: map.activation.slope, method: SLOPE };
    case "prelu": {
      const alpha = from.arena.f32(map.alpha.at, map.alpha.size);
      const most = alpha.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
      return { bracket: exactly(most), method: SLOPE };
    }
    case "with constant":
      return constantBound(map, from, owner);
    case "softmax":
      // The Jacobian diag(p) - p p^T has no eigenvalue above 1/2, and one as near to it as p is to (1/2, 1/2, 0, ...).
      return { bracket: exactly(map.width > 1 ? 1 / 2 : 0), method: SLOPE };
    case "log softmax":
      // I - 1 p^T is a projection of norm sqrt(n) |p|, up to sqrt(n).
      return { bracket: map.width > 1 ? rootOf(exactly(map.width)) : exactly(0), method: SLOPE };
    case "interpolation":
      return { bracket: { lower: 0, upper: interpolationNorm(map) }, method: "weights of rows and columns" };
    case "matrix product": {
      const squares = from.arena.f32(map.matrix.at, map.matrix.size).reduce((sum, w) => sum + w * w, 0);
      const stretch = Math.sqrt(sizeOf(map.outputShape) / sizeOf(map.inputShape));
      // Stretched over other axes, x comes at most once for each product.
      return {
        bracket: { lower: 0, upper: up(up(Math.sqrt(squares)) * Math.max(1, up(stretch))) },
        method: "Frobenius norm",
      };
    }
    case "scale":
      return scaleBound(map, from, owner);
    case "standardise":
      return standardiseBound(map, from, owner);
    case "local response":
      return localResponseBound(map);
    case "local contrast":
      return localContrastBound(map);
  }
}

function poolingBound({ of, window }: Extract<OperationMap, { kind: "pooling" }>): Found {
  const [rows, columns] = sidesOf(window);
  const isAverage = of === "average";
  return {
    bracket: isAverage ? averageNorm(rows, columns) : poolingNorm(rows, columns),
    method: isAverage ? "means along rows and columns, Cholesky certificate" : "windows that an input is in",
    size: `${window.kh}×${window.kw}`,
    stride: `${window.sh}×${window.sw}`,
  };
}

/** A diagonal on a value that may be stretched: each of its numbers reaches `spread` of the output. */
function constantBound(map: Extract<OperationMap, { kind: "with constant" }>, from: Workspace, owner: Owner): Found {
  const { of, constant, isFirst, inputShape, outputShape } = map;
  const stretch = rootOf(exactly(sizeOf(outputShape) / sizeOf(inputShape)));
  const found = (factor: Bracket): Found => ({ bracket: times(stretch, factor), method: "largest factor" });
  const sizes = Array.from(from.arena.f32(constant.at, constant.size), Math.abs);
  switch (of) {
    case "sum":
    case "difference":
      return { bracket: stretch, method: "adds numbers" };
    case "largest":
    case "least":
      return { bracket: { lower: 0, upper: stretch.upper }, method: SLOPE };
    case "product":
      return found({ lower: 0, upper: sizes.reduce((most, size) => Math.max(most, size), 0) });
    case "quotient": {
      const most = 1 / sizes.reduce((least, size) => Math.min(least, size), Number.POSITIVE_INFINITY);
      if (!isFirst && most < Number.POSITIVE_INFINITY) return found({ lower: 0, upper: up(most) });
      return refuse(owner, "a quotient, which stretches without bound");
    }
    case "squared difference":
    case "power":
      return refuse(owner, `a ${of}, which stretches without bound`);
  }
}

/** Extremes and the logarithm of exponentials have slopes that are not negative and sum to 1; the norm of a norm's slopes is 1. */
function reductionBound({ of, count }: Extract<OperationMap, { kind: "reduction" }>, owner: Owner): Found {
  const found = (bracket: Bracket): Found => ({ bracket, method: "exact", size: `${count} numbers` });
  switch (of) {
    case "sum":
    case "sum of magnitudes":
      return found(rootOf(exactly(count)));
    case "mean":
      return found(rootOf({ lower: down(1 / count), upper: up(1 / count) }));
    case "largest":
    case "least":
    case "root of squares":
    case "log of exponentials":
      return found(exactly(1));
    case "sum of squares":
    case "product":
      return refuse(owner, `a ${of}, which stretches without bound`);
  }
}

/** The root of the largest sums of magnitudes of a row and of a column [Schur]. */
function interpolationNorm({ from, to, index, weights }: Extract<OperationMap, { kind: "interpolation" }>): number {
  const columns = new Float64Array(from);
  let rows = 0;
  for (let i = 0; i < to; i++) {
    const sizes = [weights[2 * i], weights[2 * i + 1]].map((w) => Math.abs(w as number)) as [number, number];
    rows = Math.max(rows, sizes[0] + sizes[1]);
    sizes.forEach((size, t) => {
      const at = index[2 * i + t] as number;
      columns[at] = (columns[at] as number) + size;
    });
  }
  return up(Math.sqrt(up(rows * columns.reduce((most, sum) => Math.max(most, sum), 0)) * (1 + 2 ** -40)));
}
