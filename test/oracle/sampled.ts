/**
 * One element of a layer's output in double precision, from the layer's input as the network had it: layers too large
 * to be computed whole, judged at sampled places. Only what AlexNet is made of.
 */
import type { Layer } from "../../src/model/layers/index.ts";
import { given, multiply, type Running, sum } from "../support/running.ts";
import { lrn, single } from "./lrn.ts";

type Vector = ArrayLike<number>;

/** The affine part of element `at` of a convolution or a dense layer, from its kernel and bias. */
function affine(layer: Layer, x: Vector, kernel: Vector, bias: Vector, at: number): Running {
  const filters = layer.outputShape.at(-1) as number;
  const filter = at % filters;
  const terms = [given(bias[filter] as number)];
  const add = (pixel: number, weight: number) =>
    terms.push(multiply(given(x[pixel] as number), given(kernel[weight * filters + filter] as number)));
  if (layer.className === "Dense") {
    for (let i = 0; i < (layer.inputShape[0] as number); i++) add(i, i);
    return sum(terms);
  }
  const [h, w, c] = layer.inputShape as [number, number, number];
  const [oh, ow] = layer.outputShape as [number, number, number];
  const [kh, kw] = layer.config.kernel_size as [number, number];
  const [sh, sw] = layer.config.strides as [number, number];
  const same = layer.config.padding === "same";
  const before = (extent: number, out: number, k: number, s: number) =>
    same ? Math.floor(Math.max(0, (out - 1) * s + k - extent) / 2) : 0;
  const groups = (layer.config.groups as number | undefined) ?? 1;
  const channels = c / groups;
  const first = Math.floor(filter / (filters / groups)) * channels;
  const position = Math.floor(at / filters);
  for (let u = 0; u < kh; u++) {
    for (let v = 0; v < kw; v++) {
      const i = Math.floor(position / ow) * sh - before(h, oh, kh, sh) + u;
      const j = (position % ow) * sw - before(w, ow, kw, sw) + v;
      if (i < 0 || i >= h || j < 0 || j >= w) continue;
      for (let k = 0; k < channels; k++) add((i * w + j) * c + first + k, (u * kw + v) * channels + k);
    }
  }
  return sum(terms);
}

function largest(layer: Layer, x: Vector, at: number): Running {
  const [, w, c] = layer.inputShape as [number, number, number];
  const ow = layer.outputShape[1] as number;
  const [kh, kw] = layer.config.pool_size as [number, number];
  const [sh, sw] = layer.config.strides as [number, number];
  const [k, j, i] = [at % c, Math.floor(at / c) % ow, Math.floor(at / (c * ow))];
  let top = Number.NEGATIVE_INFINITY;
  for (let u = 0; u < kh; u++) {
    for (let v = 0; v < kw; v++) top = Math.max(top, x[((i * sh + u) * w + j * sw + v) * c + k] as number);
  }
  return given(top);
}

/** Element `at` of the output of a layer; of a dense layer with a softmax, its logit. */
export function sampled(layer: Layer, x: Vector, weights: readonly Vector[], at: number): Running {
  const c = layer.inputShape.at(-1) as number;
  switch (layer.className) {
    case "Conv2D":
    case "GroupedConv2D":
    case "Dense": {
      const value = affine(layer, x, weights[0] as Vector, weights[1] as Vector, at);
      return layer.config.activation === "relu" ? { ...value, value: Math.max(value.value, 0) } : value;
    }
    case "LocalResponseNormalization": {
      const { depth_radius: radius, bias, alpha, beta } = layer.config as Record<string, number>;
      const pixel = Math.floor(at / c) * c;
      const options = single({ radius, bias, alpha, beta } as Parameters<typeof single>[0]);
      return lrn(Array.prototype.slice.call(x, pixel, pixel + c), options)[at - pixel] as Running;
    }
    case "MaxPooling2D":
      return largest(layer, x, at);
    case "Flatten":
    case "Dropout":
      return given(x[at] as number);
    default:
      throw new Error(`sampled: expected a layer of AlexNet, got ${layer.className}`);
  }
}
