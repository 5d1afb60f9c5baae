/** A tiny GraphModel as a network of ours and as tfjs runs it on the cpu: outputs, and the gradient of a weighted sum of them. */
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { expect } from "vitest";
import type { ModelFile } from "../../src/formats/graph.ts";
import { networkOf } from "../../src/formats/load.ts";
import { Network } from "../../src/model/index.ts";
import "../../src/wasm/inline.ts";
import { g, U32 } from "./bounds.ts";
import { noise32 } from "./noise.ts";
import { tf } from "./tfjs.ts";
import type { TinyGraph } from "./tiny-graph.ts";

export function fileOf(graph: TinyGraph, name = "tiny"): ModelFile {
  const bytes = new TextEncoder().encode(JSON.stringify(graph.json()));
  return { name, bytes, beside: async () => graph.bytes() };
}

export const networkFrom = (graph: TinyGraph, output?: string): Promise<Network> =>
  networkOf(fileOf(graph), output === undefined ? {} : { output });

/**
 * Compares both on two rows. Inputs and weights of magnitude 1 at most make sums of at most `terms` products: any two orders of
 * summing them differ by 2 g(terms) terms, and each function behind them adds roundings of its own.
 */
export async function expectAgreement(graph: TinyGraph, terms: number, { hasGradient = true } = {}): Promise<Network> {
  const network = await networkFrom(graph);
  const x = noise32(2 * network.inputSize, 7);
  const weights = noise32((x.length / network.inputSize) * network.head.outputs, 8);
  const theirs = await judge(graph, network, x, weights, hasGradient);
  const bound = 2 * g(terms + 16, U32) * terms;
  const outputs = network.predict(x);
  expect(outputs.length).toBe(theirs.outputs.length);
  expect(largestDifference(outputs, theirs.outputs)).toBeLessThanOrEqual(bound * Math.max(1, largest(theirs.outputs)));
  expect(Network.fromArtifacts(network.toArtifacts()).predict(x)).toEqual(outputs);
  if (!theirs.gradient) return network;
  const ours = new Float32Array(x.length);
  const { inputSize, head } = network;
  for (let r = 0; r < x.length / inputSize; r++) {
    const direction = weights.slice(r * head.outputs, (r + 1) * head.outputs);
    const row = x.slice(r * inputSize, (r + 1) * inputSize);
    ours.set(network.activationGradient(row, network.layers.length - 1, direction).gradient, r * inputSize);
  }
  expect(largestDifference(ours, theirs.gradient)).toBeLessThanOrEqual(bound * Math.max(1, largest(theirs.gradient)));
  return network;
}

async function judge(
  graph: TinyGraph,
  network: Network,
  x: Float32Array,
  weights: Float32Array,
  hasGradient: boolean,
): Promise<{ outputs: Float32Array; gradient?: Float32Array }> {
  const json = graph.json() as unknown as tf.io.ModelJSON;
  const artifacts = await tf.io.getModelArtifactsForJSON(json, async (manifest) => [
    manifest.flatMap((group) => group.weights),
    graph.bytes().buffer,
  ]);
  const model = await loadGraphModel(tf.io.fromMemory(artifacts));
  const dimensions = model.inputs[0]?.shape?.slice(1) ?? network.inputShape;
  return tf.tidy(() => {
    const run = (rows: tf.Tensor) => model.predict(rows) as tf.Tensor;
    const rows = tf.tensor(x, [x.length / network.inputSize, ...dimensions]);
    const outputs = run(rows).dataSync() as Float32Array;
    if (!hasGradient) return { outputs };
    const gradient = tf.grad((rows: tf.Tensor) => {
      const y = run(rows);
      return tf.sum(tf.mul(y, tf.tensor(weights, y.shape)));
    })(rows);
    return { outputs, gradient: gradient.dataSync() as Float32Array };
  });
}

const largest = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);
}
