/**
 * Loss and gradient to the input of a 784-100-100-10 network at batch 128, against tfjs-wasm's tf.grads of the same network.
 *
 *     npm run build && node bench/gradient.bench.mjs [--out file.json]
 */
import "@tensorflow/tfjs"; // registers the gradients that tfjs-core leaves out
import { fullyConnected } from "../dist/index.js";
import { header, race, report, spread } from "./harness.mjs";
import { tfjsWasm } from "./rivals/tfjs-wasm.mjs";

const GOAL = 2;
const ROWS = 128;
/** Products of forward and backward pass, two operations each. */
const FLOPS = ROWS * 4 * (784 * 100 + 100 * 100 + 100 * 10);

const network = fullyConnected([784, 100, 100, 10], { seed: 1 });
let state = 1;
const rows = Float32Array.from({ length: ROWS * 784 }, () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
});
const labels = Int32Array.from({ length: ROWS }, (_, i) => i % 10);

const tf = await tfjsWasm();
const weights = [];
let at = 0;
const flat = network.getParameters();
for (const { shape, size } of network.parameters) {
  weights.push(tf.tensor(flat.slice(at, at + size), [...shape]));
  at += size;
}
const [w1, b1, w2, b2, w3, b3] = weights;
const x = tf.tensor2d(rows, [ROWS, 784]);
const truth = tf.cast(tf.oneHot(tf.tensor1d(labels, "int32"), 10), "float32");
const loss = (input) => {
  const layer = (value, w, b) => tf.add(tf.matMul(value, w), b);
  const h1 = tf.sigmoid(layer(input, w1, b1));
  const h2 = tf.sigmoid(layer(h1, w2, b2));
  return tf.mul(tf.sum(tf.mul(tf.logSoftmax(layer(h2, w3, b3)), truth)), -1);
};
const gradients = tf.grads(loss);

let out = network.lossGradient(rows, labels);
const [theirs] = gradients([x]);
// Two f32 gradients of sums of at most 784 terms: each within 784 u of the exact one, relative to the largest.
const expected = /** @type {Float32Array} */ (theirs.dataSync());
const largest = expected.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
const worst = expected.reduce((m, v, i) => Math.max(m, Math.abs(v - out.gradient[i])), 0);
if (!(worst <= 2 * 784 * 2 ** -24 * largest)) throw new Error(`gradients differ by ${worst} of ${largest}`);

const times = race({
  blindspot: () => {
    out = network.lossGradient(rows, labels, out);
  },
  tfjs: () => {
    for (const g of gradients([x])) {
      g.dataSync();
      g.dispose();
    }
  },
});
const ratio = times.tfjs.median / times.blindspot.median;
report(
  [
    header("loss and input gradient of 784-100-100-10, batch 128, one thread"),
    `blindspot  ${((1e6 * times.blindspot.median) / ROWS).toFixed(2)} us a row, ${(FLOPS / times.blindspot.median / 1e9).toFixed(1)} GFLOP/s (${spread(times.blindspot).toFixed(0)}%)`,
    `tfjs-wasm  ${((1e6 * times.tfjs.median) / ROWS).toFixed(2)} us a row (${spread(times.tfjs).toFixed(0)}%)`,
    `ratio      ${ratio.toFixed(2)}${ratio < GOAL ? "!" : ""} (goal ${GOAL})`,
  ],
  times,
);
