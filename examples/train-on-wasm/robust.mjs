/**
 * Trains a model against adversarial examples on tfjs's wasm backend. It has a layer that Blindspot does not run, so
 * that tfjs trains it, with its own optimizer; the examples come from Blindspot's steps. A saved state goes on after any epoch.
 *
 *     node robust.mjs [--rows <images to train on>] [--epochs <number>]
 */
import { parseArgs } from "node:util";
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { minimalAttack } from "blindspot";
import { slice } from "blindspot/data";
import { loadMnist } from "blindspot/node";
import { adversarialFit, fromTfModel, registerGradientKernels } from "blindspot/tfjs";

const { rows: most, epochs } = parseArgs({
  options: { rows: { type: "string", default: "6000" }, epochs: { type: "string", default: "2" } },
}).values;

await tf.setBackend("wasm");
registerGradientKernels();

/** y = x sigmoid(a x), the slope a learnt channel by channel. */
class LearntSwish extends tf.layers.Layer {
  static className = "LearntSwish";

  build(shape) {
    this.slope = this.addWeight("slope", [shape.at(-1)], "float32", tf.initializers.ones());
    this.built = true;
  }

  call(inputs) {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    return tf.tidy(() => x.mul(x.mul(this.slope.read()).sigmoid()));
  }

  computeOutputShape(shape) {
    return shape;
  }
}
tf.serialization.registerClass(LearntSwish);

const { conv2d, flatten, dense } = tf.layers;
const model = tf.sequential({
  layers: [
    conv2d({ filters: 8, kernelSize: 4, strides: 2, inputShape: [28, 28, 1] }),
    new LearntSwish({}),
    conv2d({ filters: 16, kernelSize: 4, strides: 2 }),
    new LearntSwish({}),
    flatten(),
    dense({ units: 10, activation: "softmax" }),
  ],
});

const data = slice(await loadMnist("train"), 0, Number(most));
const before = tf.memory().numTensors;
const { status } = await adversarialFit(model, data, {
  ...{ epochs: Number(epochs), batch: 64, rate: 2e-3 },
  ...{ attack: "sign", steps: 3, places: [{ layer: "input", radius: 0.1 }] },
  onEpoch: ({ epoch, loss, madeError }) => {
    console.log(`epoch ${epoch}: loss ${loss.toFixed(4)}, wrong on examples ${(100 * madeError).toFixed(2)} %`);
  },
});
console.log(`${status}; tensors left behind: ${tf.memory().numTensors - before}`);

const target = fromTfModel(model);
const test = slice(await loadMnist("test"), 0, 4);
const found = await minimalAttack(target, { rows: test.rows, truth: test.labels, norm: "linf" });
console.log(`mean smallest change of ${found.success.length} images, L-inf: ${tf.util.sum(found.distance) / 4}`);
