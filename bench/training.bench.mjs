/**
 * An epoch of minibatch training of 784-100-100-10 by Adam at batch 128, on digits: beside tfjs-wasm's `fit` of the same
 * network, and adversarial epochs beside the plain one. Rounds are interleaved.
 *
 *     npm run build && node bench/training.bench.mjs [rows] [rounds] [--out file.json]
 */
import "@tensorflow/tfjs"; // registers the gradients that tfjs-core leaves out
import { adversarial, adversarialLayers, fit, fullyConnected } from "../dist/index.js";
import { loadMnist } from "../dist/node/index.js";
import { toLayersModel } from "../dist/tfjs/index.js";
import { header, report } from "./harness.mjs";
import { tfjsWasm } from "./rivals/tfjs-wasm.mjs";

const [count = 6000, rounds = 5] = process.argv
  .slice(2)
  .filter((word) => /^\d+$/.test(word))
  .map(Number);
const BATCH = 128;
const GOALS = { tfjs: 2, adversarial: 5 };

const all = await loadMnist("train");
const data = { rows: all.rows.slice(0, count * 784), labels: Int32Array.from(all.labels.subarray(0, count)) };
const build = () => fullyConnected([784, 100, 100, 10], { seed: 1, gain: 4 });

const tf = await tfjsWasm();
const x = tf.tensor2d(data.rows, [count, 784]);
const y = tf.cast(tf.oneHot(tf.tensor1d(data.labels, "int32"), 10), "float32");

/** A step of SGD over one batch, by both: the same network to f32's rounding of sums of 784 and 128 terms. */
{
  const [ours, theirs] = [build(), await toLayersModel(build())];
  const first = { rows: data.rows.slice(0, BATCH * 784), labels: data.labels.slice(0, BATCH) };
  await fit(ours, first, { optimizer: { name: "sgd", momentum: 0 }, rate: 1, epochs: 1, batch: BATCH });
  theirs.compile({ optimizer: tf.train.sgd(1), loss: "categoricalCrossentropy" });
  await theirs.fit(x.slice([0, 0], [BATCH, 784]), y.slice([0, 0], [BATCH, 10]), { batchSize: BATCH, epochs: 1 });
  const expected = theirs.getWeights().flatMap((w) => [...w.dataSync()]);
  const before = build().getParameters();
  const after = ours.getParameters();
  const largest = expected.reduce((m, w, i) => Math.max(m, Math.abs(w - before[i])), 0);
  const worst = expected.reduce((m, w, i) => Math.max(m, Math.abs(w - after[i])), 0);
  // tfjs clips probabilities at 1e-7 and goes through their logarithm: it loses digits that the logits keep.
  if (!(worst <= 1e-3 * largest)) throw new Error(`one step differs by ${worst} of ${largest}`);
}

const epoch = async (strategy) => {
  await fit(build(), data, {
    optimizer: "adam",
    epochs: 1,
    batch: BATCH,
    decay: 6e-5,
    ...(strategy && { strategy }),
  });
};
/** Every row's examples in the pool, a tenth replaced: the second of two epochs, as the first fills it. */
const pooled = async (attack, size) => {
  let started = 0;
  const strategy = adversarial({ pool: size, replace: 0.1, attack, warmUp: 0 });
  await fit(build(), data, {
    optimizer: "adam",
    epochs: 2,
    batch: BATCH,
    decay: 6e-5,
    strategy,
    onEpoch: () => {
      started ||= performance.now();
    },
  });
  return (performance.now() - started) / 1000;
};

const model = await toLayersModel(build());
model.compile({ optimizer: tf.train.adam(1e-3), loss: "categoricalCrossentropy" });
const contestants = {
  plain: () => epoch(),
  "tfjs-wasm fit": () =>
    model.fit(x, y, { batchSize: BATCH, epochs: 1, shuffle: true, yieldEvery: "never", verbose: 0 }),
  "adversarial, fresh": () => epoch(adversarial()),
  "adversarial-layers, fresh": () => epoch(adversarialLayers()),
  "adversarial, pool, a tenth by one step": () => pooled("gradient", count),
  "adversarial, pool, a tenth by L-BFGS": () => pooled("lbfgs", count),
};

const times = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
for (const call of Object.values(contestants)) await call(); // warm
for (let round = 0; round < rounds; round++) {
  for (const [name, call] of Object.entries(contestants)) {
    const start = performance.now();
    const measured = await call();
    times[name].push(typeof measured === "number" ? measured : (performance.now() - start) / 1000);
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const plain = median(times.plain);
const lines = Object.entries(times).map(([name, values]) => {
  const seconds = median(values);
  const range = `${(1000 * Math.min(...values)).toFixed(0)}..${(1000 * Math.max(...values)).toFixed(0)}`;
  const beside = `${(seconds / plain).toFixed(2).padStart(6)} x plain`;
  return `${name.padEnd(40)} ${(1000 * seconds).toFixed(0).padStart(7)} ms  ${beside}  (${range})`;
});
report(
  [
    header(`an epoch of ${count} rows, 784-100-100-10, Adam, batch ${BATCH}; medians of ${rounds} rounds`),
    ...lines,
    `goals: tfjs-wasm at least ${GOALS.tfjs} x plain, adversarial epochs at most ${GOALS.adversarial} x`,
  ],
  { count, rounds, seconds: times },
);
