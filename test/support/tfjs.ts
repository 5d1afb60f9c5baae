/** TensorFlow.js on its cpu backend as a second judge, behind the calls that the tests need. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import { g, U32 } from "./bounds.ts";
import { sumError } from "./softmax-bounds.ts";

await tf.setBackend("cpu");

export { tf };

/** A model folder as tfjs itself reads it: its own reader of `model.json`, and the files that this asks for. */
export async function modelFromFolder(folder: string): Promise<LayersModel> {
  const json = JSON.parse(readFileSync(join(folder, "model.json"), "utf8")) as tf.io.ModelJSON;
  const artifacts = await tf.io.getModelArtifactsForJSON(json, async (manifest) => {
    const shards = manifest.flatMap((group) => group.paths).map((path) => readFileSync(join(folder, path)));
    return [manifest.flatMap((group) => group.weights), new Uint8Array(Buffer.concat(shards)).buffer];
  });
  return loadLayersModel(tf.io.fromMemory(artifacts));
}

/** What the model answers on flat rows. */
export function predictions(model: LayersModel, rows: Float32Array, inputShape: readonly number[]): Float32Array {
  return tf.tidy(() => (model.predict(batch(rows, inputShape)) as tf.Tensor).dataSync() as Float32Array);
}

export interface Slopes {
  /** Summed cross-entropy. */
  loss: number;
  /** To the rows, flat. */
  rows: Float32Array;
  /** To the weights, in the model's order, flat. */
  weights: Float32Array;
}

/** Gradients of the summed cross-entropy from logits, by tfjs's own differentiation. */
export function slopes(
  model: LayersModel,
  rows: Float32Array,
  labels: readonly number[],
  inputShape: readonly number[],
): Slopes {
  return tf.tidy(() => {
    const x = batch(rows, inputShape);
    const classes = model.outputShape.at(-1) as number;
    const oneHot = tf.cast(tf.oneHot(tf.tensor1d([...labels], "int32"), classes), "float32");
    const loss = (input: tf.Tensor): tf.Scalar => {
      const logits = model.apply(input) as tf.Tensor2D;
      return tf.losses.softmaxCrossEntropy(oneHot, logits, undefined, 0, tf.Reduction.SUM) as tf.Scalar;
    };
    const variables = model.trainableWeights.map((weight) => (weight as unknown as { val: tf.Variable }).val);
    const { value, grads } = tf.variableGrads(() => loss(x), variables);
    const flat = variables.flatMap(({ name }) => [...(grads[name] as tf.Tensor).dataSync()]);
    return {
      loss: value.dataSync()[0] as number,
      rows: tf.grad(loss)(x).dataSync() as Float32Array,
      weights: Float32Array.from(flat),
    };
  });
}

/**
 * tfjs takes z - ln sum e^z without subtracting the largest logit from z first, and e to that: two roundings at the size of
 * the logits and of the logarithm, and the error of the sum.
 */
export function unshiftedSlack(logits: ArrayLike<number>): number {
  const largest = Math.max(...Array.from(logits, Math.abs));
  return g(4, U32) * (largest + Math.log(logits.length)) + sumError(logits);
}

function batch(rows: Float32Array, inputShape: readonly number[]): tf.Tensor {
  const size = inputShape.reduce((product, n) => product * n, 1);
  return tf.tensor(rows, [rows.length / size, ...inputShape]);
}
