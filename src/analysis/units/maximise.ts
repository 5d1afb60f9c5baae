/**
 * The image in the box that activates a unit or a direction most: a local maximum of <phi(x), v>, by L-BFGS-B from a start. The
 * layer's activations are f32, so the run ends where rounding hides the rest of the increase.
 */
import { outOfRange, requireInteger, requireLength, requireNumber, requireOptions } from "../../check.ts";
import type { Network } from "../../model/index.ts";
import { minimize } from "../../optimize/minimize.ts";
import type { Status } from "../../optimize/options.ts";
import { LayerVector, type Reduction } from "./layer-vector.ts";

/** Where the search for a maximising image begins, and within what. */
export interface MaximiseOptions {
  /** f32[inputSize]; default the middle of the box. */
  start?: Float32Array;
  /** Bounds of every pixel; default 0 and 1. */
  lower?: number;
  /** The other end of the box; default 1. */
  upper?: number;
  /** Iterations at most; default 200. */
  iterations?: number;
  /** How a layer whose output is no vector becomes one; required for such a layer. */
  reduce?: Reduction;
}

/** The image that a unit or a direction answers to most, as far as the search found. */
export interface Maximiser {
  /** f32[inputSize], in the box exactly. */
  image: Float32Array;
  /** <phi(image), v>, of the f32 image that is returned. */
  value: number;
  /** <phi(start), v>. */
  startValue: number;
  /** Iterations that were taken. */
  iterations: number;
  /** Passes through the network and back. */
  evaluations: number;
  /** Why the search ended. */
  status: Status;
}

/**
 * Finds an image that maximises a unit or a direction of a layer. Throws for a direction of another length or of
 * zeros, a start outside of the box, and options that are unknown or out of range.
 *
 * @param direction f32[size of the layer's vector]; for a unit, `unitDirection`
 */
export function maximise(
  network: Network,
  layer: string | number,
  direction: Float32Array,
  options: MaximiseOptions = {},
): Maximiser {
  requireOptions("maximise", options, { start: true, lower: true, upper: true, iterations: true, reduce: true });
  const { lower = 0, upper = 1, iterations = 200, reduce } = options;
  requireInteger("iterations", iterations, 1);
  requireNumber("upper", upper, requireNumber("lower", lower, Number.NEGATIVE_INFINITY));
  const vector = new LayerVector(network, layer, reduce);
  requireLength("direction", direction, vector.size, `values, as ${vector.name} has`);
  if (direction.every((value) => value === 0)) outOfRange("direction", "a direction", "zero");
  const start = options.start ?? new Float32Array(network.inputSize).fill((lower + upper) / 2);
  requireLength("start", start, network.inputSize);
  const row = new Float32Array(network.inputSize);
  const fg = (x: Float64Array, g: Float64Array): number => {
    row.set(x);
    const { value, gradient } = vector.along(row, direction);
    for (let i = 0; i < g.length; i++) g[i] = -(gradient[i] as number);
    return -value;
  };
  const found = minimize(fg, start, { lower, upper, maxIterations: iterations, pgtol: 1e-6, factr: 1e9 });
  const image = Float32Array.from(found.x, (value) => Math.min(Math.max(Math.fround(value), lower), upper));
  return {
    image,
    value: vector.along(image, direction).value,
    startValue: vector.along(start, direction).value,
    iterations: found.iterations,
    evaluations: found.evaluations,
    status: found.status,
  };
}

/**
 * The direction of unit `index` among `size`. f32[size], zero but for a 1. Throws for an index that is not in [0,
 * size).
 */
export function unitDirection(index: number, size: number): Float32Array {
  requireInteger("unit", index, 0, size - 1);
  const direction = new Float32Array(size);
  direction[index] = 1;
  return direction;
}
