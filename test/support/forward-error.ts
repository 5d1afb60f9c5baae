/**
 * How far two implementations in single precision may be apart in the output of a network: what each operation adds by its
 * rounding, and how far what came before it is stretched, in the largest number of a value.   [Higham 2002, 3.5]
 */
import type { Network } from "../../src/model/index.ts";
import type { Activation, Layer, LinearMap, MappedOperation, OperationMap } from "../../src/model/layers/index.ts";
import { g as rounding, U32 } from "./bounds.ts";

/** What so many roundings in single precision can do to a product. */
const g = (k: number): number => rounding(k, U32);

const largest = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Units in the last place of 1 that functions of one number are off by: approximations of exp, tanh and erf. */
const FUNCTION = 16 * U32;

/** The number of terms of each sum of a linear operation, and the largest sum of the sizes of their weights. */
function reach(network: Network, map: Extract<OperationMap, { kernel: unknown }>): { terms: number; weight: number } {
  const { shape } = map.kernel;
  const values = network.valuesOf(map.kernel);
  // Of a depthwise kernel [kh, kw, c, m] each of c m columns is a sum of its own; of others each of the last axis's.
  const columns = map.kind === "depthwise" ? (shape[2] as number) * (shape[3] as number) : (shape.at(-1) as number);
  const positions = map.kind === "local" ? (shape[0] as number) : 1;
  const sums = new Float64Array(columns * positions);
  const strip = values.length / positions;
  values.forEach((value, i) => {
    const at = Math.floor(i / strip) * columns + (i % columns);
    sums[at] = (sums[at] as number) + Math.abs(value);
  });
  return { terms: values.length / sums.length, weight: Math.max(...sums) };
}

/** The same of the transpose of a convolution, whose filters are the map's channels. */
function reachBack(network: Network, map: LinearMap): { terms: number; weight: number } {
  if (map.kind !== "convolution" && map.kind !== "depthwise") throw new Error(`forward error: ${map.kind}, transposed`);
  const { c: filters, kh, kw } = map.window;
  const values = network.valuesOf(map.kernel);
  const channels = map.kind === "depthwise" ? map.kernel.size / (kh * kw) : (map.kernel.shape.at(-1) as number);
  const groups = map.kind === "depthwise" ? filters : map.groups;
  const sums = new Float64Array(filters);
  values.forEach((value, i) => {
    const filter = Math.floor(((i % channels) * groups) / channels) * (filters / groups);
    const at = filter + (Math.floor(i / channels) % (filters / groups));
    sums[at] = (sums[at] as number) + Math.abs(value);
  });
  return { terms: (kh * kw * channels) / groups, weight: Math.max(...sums) };
}

/** The steepest slope, over numbers of [least, x], of functions that have none over all; and the largest value. */
function steep(
  { name, parameters: [p = 1] = [] }: Activation,
  least: number,
  x: number,
): { slope: number; size: number } {
  switch (name) {
    case "exp":
      return { slope: Math.exp(x), size: Math.exp(x) };
    case "log":
      return { slope: 1 / least, size: Math.max(Math.abs(Math.log(least)), Math.abs(Math.log(x))) };
    case "sqrt":
      return { slope: 1 / (2 * Math.sqrt(least)), size: Math.sqrt(x) };
    case "rsqrt":
      return { slope: least ** -1.5 / 2, size: least ** -0.5 };
    case "reciprocal":
      return { slope: least ** -2, size: 1 / least };
    case "square":
      return { slope: 2 * x, size: x * x };
    case "power":
    case "whole_power":
      return { slope: Math.abs(p) * Math.max(least ** (p - 1), x ** (p - 1)), size: Math.max(least ** p, x ** p) };
    case "thresholded_relu":
      return { slope: 1, size: x };
    default:
      throw new Error(`forward error: ${name} has no greatest slope`);
  }
}

/** The error of an operation's output from that of its input, in which no number is larger than `x` or smaller than `least`. */
function after(
  network: Network,
  { map }: MappedOperation,
  error: number,
  x: number,
  least: number,
): { error: number; size: number } {
  switch (map.kind) {
    case "product":
    case "convolution":
    case "depthwise":
    case "local":
    case "volume": {
      const { terms, weight } = reach(network, map);
      const bias = map.bias ? largest(network.valuesOf(map.bias)) : 0;
      const size = weight * x + bias;
      return { error: weight * error + 2 * g(terms + 1) * size, size };
    }
    case "transposed": {
      const { terms, weight } = reachBack(network, map.of);
      const size = weight * x + (map.bias ? largest(network.valuesOf(map.bias)) : 0);
      return { error: weight * error + 2 * g(terms + 1) * size, size };
    }
    case "affine": {
      const { mean, factor, shift } = map.terms();
      const by = largest(factor);
      const size = by * (x + largest(mean)) + largest(shift);
      return { error: by * error + 2 * g(3) * size, size };
    }
    case "stepwise":
      return after(network, { map: map.of } as MappedOperation, error, x, least);
    case "moves":
    case "take":
    case "repeat":
      return { error, size: x };
    case "pooling":
    case "global pooling": {
      const { kh, kw } = map.window;
      if (map.of === "maximum") return { error, size: x };
      if (map.of !== "root of squares") return { error: error + 2 * g(kh * kw + 1) * x, size: x };
      const size = Math.sqrt(("epsilon" in map ? (map.epsilon ?? 0) : 0) + kh * kw * x * x);
      return { error: Math.sqrt(kh * kw) * error + 2 * g(kh * kw + 3) * size, size };
    }
    case "elementwise": {
      const { slope, range } = map.activation;
      if (!Number.isFinite(slope.upper)) {
        const own = steep(map.activation, least, x);
        return { error: own.slope * error + 4 * FUNCTION * Math.max(1, own.size), size: own.size };
      }
      const end = Math.max(Math.abs(range[0]), Math.abs(range[1]));
      // What a function is at 0 is at most 1 here.
      const size = Math.min(end, slope.upper * x + 1);
      return { error: slope.upper * error + 2 * FUNCTION * Math.max(1, size), size };
    }
    case "prelu": {
      const slope = Math.max(1, largest(network.valuesOf(map.alpha)));
      return { error: slope * error + 2 * U32 * slope * x, size: slope * x };
    }
    case "with constant": {
      const [of, c] = [map.of, network.valuesOf(map.constant)];
      if (of === "quotient") {
        const by = map.isFirst ? largest(c) / least ** 2 : 1 / Math.min(...c.map(Math.abs));
        const size = map.isFirst ? largest(c) / least : by * x;
        return { error: by * error + 2 * U32 * size, size };
      }
      if (of !== "product" && of !== "sum" && of !== "difference" && of !== "largest" && of !== "least") {
        throw new Error(`forward error: ${of} with a constant has no greatest slope`);
      }
      const by = of === "product" ? largest(c) : 1;
      const size = of === "product" ? by * x : x + largest(c);
      return { error: by * error + 2 * U32 * size, size };
    }
    case "reduction": {
      const { of, count } = map;
      if (of === "largest" || of === "least") return { error, size: x };
      if (of === "mean") return { error: error + 2 * g(count + 1) * x, size: x };
      const isSum = of === "sum" || of === "sum of magnitudes";
      if (isSum) return { error: count * error + 2 * g(count) * count * x, size: count * x };
      if (of === "root of squares") {
        const size = Math.sqrt(count) * x;
        return { error: Math.sqrt(count) * error + 2 * g(count + 2) * size, size };
      }
      if (of === "sum of squares") {
        const size = count * x * x;
        return { error: 2 * count * x * error + 2 * g(count + 1) * size, size };
      }
      if (of === "product") {
        const size = Math.max(1, x) ** count;
        return { error: count * size * error + 2 * g(count) * size, size };
      }
      const size = x + Math.log(count);
      return { error: error + 4 * FUNCTION * (1 + size) + 2 * g(count), size };
    }
    case "matrix product": {
      const terms = map.matrix.shape.at(map.isFirst ? -1 : -2) as number;
      const by = terms * largest(network.valuesOf(map.matrix));
      return { error: by * error + 2 * g(terms) * by * x, size: by * x };
    }
    case "interpolation":
      // The weights of the two neighbours sum to 1. Places that are computed in single precision are off by four roundings of
      // up to `from`, and so are the weights of numbers that are 2 x apart at most.
      return { error: error + 2 * g(4) * x + 8 * U32 * map.from * x, size: x };
    case "log softmax": {
      // x_i - m - ln of a sum of exponentials of numbers down to -2 x, whose own errors are relative.
      const size = 2 * x + Math.log(map.width);
      return { error: 2 * error + 2 * g(map.width + 4) + 4 * FUNCTION * (1 + size), size };
    }
    case "softmax":
      return { error: error + 2 * FUNCTION + 2 * g(map.width), size: 1 };
    case "scale": {
      const [mean, variance] = [network.valuesOf(map.mean), network.valuesOf(map.variance)];
      const gamma = map.gamma ? largest(network.valuesOf(map.gamma)) : 1;
      const beta = map.beta ? largest(network.valuesOf(map.beta)) : 0;
      const factor = gamma / Math.sqrt(Math.min(...variance) + map.epsilon);
      const size = factor * (x + largest(mean)) + beta;
      return { error: factor * error + 2 * g(8) * size, size };
    }
    case "standardise": {
      // d y / d x is (1 - 1/n - y y' / n) / deviation, and no deviation is below sqrt(epsilon).
      const gamma = map.gamma ? largest(network.valuesOf(map.gamma)) : 1;
      const beta = map.beta ? largest(network.valuesOf(map.beta)) : 0;
      const factor = (gamma * Math.sqrt(map.channels) * 2) / Math.sqrt(map.epsilon);
      const size = gamma * Math.sqrt(map.channels) + beta;
      return { error: factor * error + 2 * factor * g(map.channels + 8) * x + 2 * g(8) * size, size };
    }
    case "local response": {
      // |d y_i / d x_j| <= bias^-beta (1 + 2 beta), as alpha x_i x_j <= the sum in the brackets.
      const factor = map.bias ** -map.beta;
      const terms = 2 * map.radius + 1;
      return {
        error: factor * (1 + 2 * map.beta * terms) * error + 2 * (g(terms + 8) + FUNCTION) * factor * x,
        size: factor * x,
      };
    }
    case "local contrast": {
      const factor = 2 / map.threshold;
      const terms = map.size * map.size * 16;
      return { error: 4 * factor * error + 4 * factor * g(terms) * (x + x), size: factor * x };
    }
    default:
      throw new Error(`forward error: ${(map as OperationMap).kind} is not known`);
  }
}

/**
 * Of a recurrent layer, step by step: what enters a gate errs by the errors of input and state times the weights and by its own
 * roundings; the slopes of all gates are at most 1; products of gates, states and the cell, which grows by at most 1 a step, pass
 * the errors of both sides on.
 */
function afterSteps(network: Network, layer: Layer, error: number, x: number): { error: number; size: number } {
  const sums = layer.parameters.map((parameter) => {
    const columns = parameter.shape.at(-1) as number;
    const values = network.valuesOf(parameter);
    const sum = new Float64Array(columns);
    values.forEach((value, i) => {
      sum[i % columns] = (sum[i % columns] as number) + Math.abs(value);
    });
    return Math.max(...sum);
  });
  const weight = Math.max(...sums);
  const terms = Math.max(...layer.parameters.map(({ size }) => size));
  let [state, cell, size] = [0, 0, 0];
  for (let step = 1; step <= (layer.inputShape.at(-2) as number); step++) {
    const entering = weight * (x + size + 1);
    const gate = weight * (error + state) + 2 * g(terms) * entering + 2 * FUNCTION * (1 + entering);
    cell += 3 * (1 + step) * gate;
    state = 3 * (1 + step) * gate + 2 * cell;
    size = Math.max(1, entering);
  }
  return { error: 2 * state, size: 2 * size };
}

/** How far the outputs of `predict` on these rows may be from those of another implementation. */
export function forwardError(network: Network, rows: Float32Array): number {
  const smallest = rows.reduce((least, value) => Math.min(least, Math.abs(value)), Number.POSITIVE_INFINITY);
  const errors = [{ error: 0, size: largest(rows) }];
  for (const { layer, inputs } of network.calls) {
    const taken = inputs.map((value) => errors[value] as { error: number; size: number });
    const sizes = taken.map(({ size }) => size);
    let [error, size] = [Math.max(...taken.map((t) => t.error)), Math.max(...sizes)];
    if (layer.merge?.kind === "product") {
      size = sizes.reduce((product, each) => product * each, 1);
      error = taken.reduce((sum, t) => sum + (t.error * size) / t.size, 0) + 4 * g(taken.length) * size;
    } else if (layer.merge && layer.merge.kind !== "concatenation" && layer.merge.kind !== "largest") {
      size = sizes.reduce((sum, each) => sum + each, 0);
      error = taken.reduce((sum, t) => sum + t.error, 0) + 2 * g(taken.length + 1) * size;
    }
    const inner = layer.operations.map(({ map }) => (map.kind === "stepwise" ? map.of : map));
    if (inner.some(({ kind }) => kind === "recurrence")) ({ error, size } = afterSteps(network, layer, error, size));
    else {
      for (const [i, operation] of layer.operations.entries()) {
        const least = i === 0 && inputs.every((value) => value === 0) ? smallest : 0;
        ({ error, size } = after(network, operation, error, size, least));
      }
    }
    errors.push({ error, size });
  }
  return errors.at(-1)?.error ?? 0;
}
