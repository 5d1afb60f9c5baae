/**
 * The stretch of a linear layer at its own image size, from below: power iteration on the layer itself, alone in a network of its
 * own, ends with a vector x; |W x| / |x| is a lower bound of the norm once its rounding is taken off.
 */
import { type ModelArtifacts, Network } from "../../model/index.ts";
import type { Layer } from "../../model/layers/index.ts";
import { Random } from "../../numeric/random.ts";
import { down } from "../../numeric/rounding.ts";

/** Half the distance of 1 to the next f32. */
const UNIT_32 = 2 ** -24;
const ITERATIONS = 30;

/** Seed of the vector that the iteration begins with. */
const SEED = 0;

/** The layer without bias and activation, as a network from its input to its flattened output. */
export function linearPart(
  network: Network,
  layer: Layer,
  weight: (value: number) => number = (value) => value,
): Network {
  const kernels = layer.parameters.filter(({ name }) => !name.endsWith("/bias"));
  const arrays = kernels.map((kernel) => network.valuesOf(kernel));
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const array of arrays) {
    for (const value of array) all[offset++] = weight(value);
  }
  const config = {
    ...{ ...layer.config, activation: "linear", use_bias: false },
    batch_input_shape: [null, ...layer.inputShape],
  };
  const artifacts: ModelArtifacts = {
    modelTopology: {
      class_name: "Sequential",
      config: {
        name: layer.name,
        layers: [
          { class_name: layer.className, config },
          { class_name: "Flatten", config: { name: "flat of the layer" } },
        ],
      },
    },
    weightSpecs: kernels.map(({ name, shape }) => ({ name, shape: [...shape], dtype: "float32" })),
    weightData: all.buffer,
  };
  return Network.fromArtifacts(artifacts);
}

function normOf(values: Float32Array): number {
  let squared = 0;
  for (const value of values) squared += value * value;
  return Math.sqrt(squared);
}

/**
 * A lower bound of the layer's norm.
 *
 * @param terms products that a number of the output sums at most: what single precision may lose of it is
 *        gamma(terms + 1) (|W| |x|), which the same layer with |W| computes
 */
export function linearLower(network: Network, layer: Layer, terms: number): number {
  const map = linearPart(network, layer);
  let x = new Float32Array(map.inputSize);
  new Random(SEED).fill(x, 1);
  for (let i = 0; i < ITERATIONS; i++) {
    const image = map.predict(x);
    const norm = normOf(image);
    if (norm === 0) return 0;
    const back = map.activationGradient(
      x,
      0,
      image.map((value) => value / norm),
    ).gradient;
    const length = normOf(back);
    if (length === 0) return 0;
    x = back.map((value) => value / length);
  }
  const found = normOf(map.predict(x));
  const gamma = ((terms + 2) * UNIT_32) / (1 - (terms + 2) * UNIT_32);
  const magnitudes = linearPart(network, layer, Math.abs).predict(x.map(Math.abs));
  const lost = gamma * normOf(magnitudes) * (1 + 2 * gamma);
  // Sums of squares in double precision lose less than 2^-40 of themselves below 2^12 million terms.
  return Math.max(0, down(((found - lost) * (1 - 2 ** -40)) / (normOf(x) * (1 + 2 ** -40))));
}
