/**
 * Trains a convolutional network on MNIST by tfjs's own model.fit on its wasm backend, in Node or Deno.
 *
 *     node train.mjs [--plain] [--rows <images to train on>]
 *     deno run --allow-read --allow-env --allow-sys train.mjs
 *
 * With --plain the line that registers the gradient kernels is left out: tfjs then fails at the first step.
 */
import { parseArgs } from "node:util";
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { slice } from "blindspot/data";
import { loadMnist } from "blindspot/node";
import { registerGradientKernels } from "blindspot/tfjs";

const { plain: isPlain, rows: most } = parseArgs({
  options: { plain: { type: "boolean" }, rows: { type: "string", default: "60000" } },
}).values;

await tf.setBackend("wasm");
if (!isPlain) registerGradientKernels();

const { conv2d, maxPooling2d, flatten, dense } = tf.layers;
const model = tf.sequential({
  layers: [
    conv2d({ filters: 16, kernelSize: 5, activation: "relu", inputShape: [28, 28, 1] }),
    maxPooling2d({ poolSize: 2 }),
    conv2d({ filters: 32, kernelSize: 5, activation: "relu" }),
    maxPooling2d({ poolSize: 2 }),
    flatten(),
    dense({ units: 10, activation: "softmax" }),
  ],
});
model.compile({ optimizer: tf.train.adam(0.001), loss: "sparseCategoricalCrossentropy" });

const { rows, labels } = slice(await loadMnist("train"), 0, Number(most));
const x = tf.tensor4d(rows, [labels.length, 28, 28, 1]);
const y = tf.tensor1d(Float32Array.from(labels));
let start = performance.now();
await model.fit(x, y, {
  epochs: 2,
  batchSize: 64,
  verbose: 0,
  callbacks: {
    onEpochEnd: (epoch, { loss }) => {
      console.log(`epoch ${epoch + 1}: ${((performance.now() - start) / 1000).toFixed(1)} s, loss ${loss.toFixed(4)}`);
      start = performance.now();
    },
  },
});

const all = await loadMnist("test");
const test = slice(all, 0, Math.min(all.count, Number(most)));
const answers = model.predict(tf.tensor4d(test.rows, [test.labels.length, 28, 28, 1]), { batchSize: 1000 });
const found = answers.argMax(1).dataSync();
const wrong = test.labels.reduce((count, label, i) => count + (label === found[i] ? 0 : 1), 0);
console.log(`test error ${((100 * wrong) / test.labels.length).toFixed(2)} %`);
