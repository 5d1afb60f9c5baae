/**
 * One step of tfjs's model.fit on a LeNet-class network over MNIST-sized images, on the wasm backend with our gradient
 * kernels: where the time goes, by kernel, and what is left to tfjs itself. Beside it the cpu backend, and the gradient
 * that Blindspot's own network takes for the same step.
 *
 *     npm run build && node bench/tfjs-fit.bench.mjs [--out file.json]
 */
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-cpu";
import { fromLayersModel, registerGradientKernels } from "../dist/tfjs/index.js";
import { data } from "./conv-check.mjs";
import { header, report } from "./harness.mjs";
import { tfjsWasm } from "./rivals/tfjs-wasm.mjs";

const BATCH = 64;
const STEPS = 40;
const TRAINING_IMAGES = 60000;

await tfjsWasm();
registerGradientKernels();

function lenet() {
  const { conv2d, maxPooling2d, flatten, dense } = tf.layers;
  const model = tf.sequential({
    layers: [
      conv2d({ filters: 8, kernelSize: 5, activation: "relu", inputShape: [28, 28, 1] }),
      maxPooling2d({ poolSize: 2 }),
      conv2d({ filters: 16, kernelSize: 5, activation: "relu" }),
      maxPooling2d({ poolSize: 2 }),
      flatten(),
      dense({ units: 10, activation: "softmax" }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.002), loss: "sparseCategoricalCrossentropy" });
  return model;
}

const rows = data(BATCH * 784, 1);
const labels = Int32Array.from({ length: BATCH }, (_, i) => i % 10);

/** Seconds a step of trainOnBatch on the backend that is set, best of `rounds` runs. */
async function secondsAStep(steps, rounds) {
  const model = lenet();
  const [x, y] = [tf.tensor4d(rows, [BATCH, 28, 28, 1]), tf.tensor1d(Float32Array.from(labels))];
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    for (let i = 0; i < steps; i++) await model.trainOnBatch(x, y);
    best = Math.min(best, (performance.now() - start) / 1000 / steps);
  }
  return { best, model };
}

/** Milliseconds a step in each kernel, by a clock around every one that is registered. */
async function profile() {
  const spent = new Map();
  const originals = tf.getKernelsForBackend("wasm");
  for (const kernel of originals) {
    tf.unregisterKernel(kernel.kernelName, "wasm");
    const kernelFunc = (call) => {
      const start = performance.now();
      const result = kernel.kernelFunc(call);
      spent.set(kernel.kernelName, (spent.get(kernel.kernelName) ?? 0) + performance.now() - start);
      return result;
    };
    tf.registerKernel({ ...kernel, kernelFunc });
  }
  const start = performance.now();
  await secondsAStep(STEPS, 1);
  const total = (performance.now() - start) / STEPS;
  for (const kernel of originals) {
    tf.unregisterKernel(kernel.kernelName, "wasm");
    tf.registerKernel(kernel);
  }
  const kernels = [...spent].map(([name, ms]) => [name, ms / STEPS]).sort(([, a], [, b]) => b - a);
  return { total, kernels, rest: total - kernels.reduce((sum, [, ms]) => sum + ms, 0) };
}

await secondsAStep(STEPS, 1); // warm
const wasm = await secondsAStep(STEPS, 3);
const { total, kernels, rest } = await profile();
const network = await fromLayersModel(wasm.model);
network.parameterGradient(rows, labels);
let own = Number.POSITIVE_INFINITY;
for (let i = 0; i < 20; i++) {
  const start = performance.now();
  network.parameterGradient(rows, labels);
  own = Math.min(own, (performance.now() - start) / 1000);
}
await tf.setBackend("cpu");
const cpu = await secondsAStep(1, 2);

const epoch = (seconds) =>
  `${(1000 * seconds).toFixed(1)} ms a step, ${((seconds * TRAINING_IMAGES) / BATCH).toFixed(1)} s an epoch of MNIST`;
const part = (name, ms) => `  ${name.padEnd(24)} ${ms.toFixed(2)} ms  ${((100 * ms) / total).toFixed(0)} %`;
report(
  [
    header(`training steps of ${BATCH} images on 28x28-8c5-p2-16c5-p2-10, adam, one thread`),
    `tfjs-wasm with our kernels  ${epoch(wasm.best)}`,
    `tfjs-cpu                    ${epoch(cpu.best)} (${(cpu.best / wasm.best).toFixed(0)} times as long)`,
    `Blindspot's own gradient    ${epoch(own)}`,
    `of a step on tfjs-wasm (${total.toFixed(1)} ms with the clocks):`,
    ...kernels.slice(0, 12).map(([name, ms]) => part(name, ms)),
    part(
      "other kernels",
      kernels.slice(12).reduce((sum, [, ms]) => sum + ms, 0),
    ),
    part("tfjs itself", rest),
  ],
  { wasm: wasm.best, cpu: cpu.best, own, total, kernels, rest },
);
