/** Small Sequential networks from lists of layers, their weights drawn from a seed. */
import { type ModelArtifacts, Network, type WeightSpec } from "../model/index.ts";
import { noise } from "./data.ts";

/** One layer as tfjs lists it, and the shapes of its weights. */
export interface Part {
  class_name: string;
  config: Record<string, unknown>;
  weights: WeightSpec[];
}

export function dense(name: string, inputs: number, units: number, activation: string, useBias = true): Part {
  const kernel = { name: `${name}/kernel`, shape: [inputs, units], dtype: "float32" };
  const bias = { name: `${name}/bias`, shape: [units], dtype: "float32" };
  const config = { name, units, activation, use_bias: useBias };
  return { class_name: "Dense", config, weights: useBias ? [kernel, bias] : [kernel] };
}

/** A layer without weights. */
export function part(class_name: string, config: Record<string, unknown>): Part {
  return { class_name, config, weights: [] };
}

/** A layer with weights of its own names: `shapes` are those of its weights, in their order. */
export function conv(
  class_name: string,
  config: { name: string } & Record<string, unknown>,
  shapes: Record<string, number[]>,
): Part {
  const weights = Object.entries(shapes).map(([weight, shape]) => ({
    name: `${config.name}/${weight}`,
    shape,
    dtype: "float32",
  }));
  return { class_name, config: { use_bias: "bias" in shapes, ...config }, weights };
}

/** Artifacts of a Sequential model whose weights are noise of the given size. */
export function artifactsOf(inputShape: readonly number[], parts: readonly Part[], size = 1): ModelArtifacts {
  const layers = parts.map(({ class_name, config }, i) => ({
    class_name,
    config: i === 0 ? { ...config, batch_input_shape: [null, ...inputShape] } : config,
  }));
  const weightSpecs = parts.flatMap(({ weights }) => weights);
  const count = weightSpecs.reduce((sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1), 0);
  return {
    modelTopology: { class_name: "Sequential", config: { name: "small", layers } },
    weightSpecs,
    weightData: noise(count, 1, size).buffer,
  };
}

export function networkOf(inputShape: readonly number[], parts: readonly Part[], size = 1): Network {
  return Network.fromArtifacts(artifactsOf(inputShape, parts, size));
}
