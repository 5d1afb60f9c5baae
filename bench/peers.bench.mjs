/**
 * Blindspot beside its peers, one thread each, with the same weights and rows in one run: tfjs-wasm, onnxruntime-web and
 * jax-js forward; tfjs-wasm with our gradient kernels and jax-js for the loss's gradient to the input. What they answer is
 * compared before anything is timed; a gradient through rectified units and pools with one in double precision that decides as
 * its network did (decided-gradient.mjs). Times are processor time, in multiples of ours; GFLOP/s stand beside the machine's
 * measured peak.
 *
 *     npm run build && npm ci --prefix bench/rivals --ignore-scripts && node bench/peers.bench.mjs [model ...] [--out file.json]
 *
 * Models are named by a part of their names, as PEER_MODELS has them, also with a pass: "SqueezeNet, one image, forward". Default all.
 */
import "@tensorflow/tfjs"; // registers the gradients that tfjs-core leaves out
import { loadLayersModel, model as modelOf } from "@tensorflow/tfjs-layers";
import { Network } from "../dist/index.js";
import { registerGradientKernels } from "../dist/tfjs/index.js";
import { decides, definedNetwork } from "./decided-gradient.mjs";
import { header, processorTime, race, raceAsync, report, spread } from "./harness.mjs";
import { PEAK_FLOPS, peak } from "./peak.mjs";
import { channelsFirst, drawnRows, PEER_MODELS } from "./peer-models.mjs";
import { jax } from "./rivals/jax.mjs";
import { onnxRuntime } from "./rivals/onnxruntime.mjs";
import { tfjsWasm } from "./rivals/tfjs-wasm.mjs";

/** @typedef {import("@tensorflow/tfjs-core").Tensor} Tensor */

const tf = await tfjsWasm();
registerGradientKernels();

function ours(network, rows, labels) {
  let last;
  return {
    forward: async () => network.scores(rows),
    gradient: async () => {
      last = network.lossGradient(rows, labels, last);
      return last.gradient;
    },
    decisions: () => (name) => network.activations(rows, name),
  };
}

async function tfjs(artifacts, rows, labels, { classes, inputShape }) {
  const model = await loadLayersModel(tf.io.fromMemory(artifacts));
  const x = tf.tensor(rows, [labels.length, ...inputShape]);
  const truth = tf.cast(tf.oneHot(tf.tensor1d(labels, "int32"), classes), "float32");
  const loss = (scores) => tf.neg(tf.sum(tf.mul(tf.logSoftmax(scores), truth)));
  const gradient = tf.grad((at) => loss(/** @type {Tensor} */ (model.apply(at))));
  return {
    forward: async () => tf.tidy(() => /** @type {Tensor} */ (model.predict(x)).dataSync()),
    gradient: async () => tf.tidy(() => gradient(x).dataSync()),
    // Within a gradient: there tfjs adds biases apart from their convolutions, and its numbers round otherwise than in `predict`.
    decisions: () => {
      const whole = modelOf({ inputs: model.inputs, outputs: model.layers.flatMap(({ output }) => output) });
      const found = {};
      const pass = tf.grad((at) => {
        const outputs = /** @type {Tensor[]} */ (whole.apply(at));
        for (const [i, { name }] of model.layers.entries()) found[name] = outputs[i].dataSync();
        return loss(outputs.at(-1));
      });
      tf.tidy(() => void pass(x));
      return (name) => found[name];
    },
  };
}

const largestError = (got, expected) => got.reduce((top, v, i) => Math.max(top, Math.abs(v - expected[i])), 0);

/** Throws if two answers differ by more than the sums of all layers may, if errors are passed on as the numbers are. */
function compare(what, expected, got, network) {
  const terms = network.parameters.reduce((sum, { size, shape }) => sum + size / shape.at(-1) + 2, 0);
  const largest = expected.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
  const worst = largestError(got, expected);
  const passes = 2; // there and back
  if (got.length !== expected.length || !(worst <= 2 * passes * terms * 2 ** -24 * largest)) {
    throw new Error(
      `${what}: expected our ${expected.length} numbers, got ${got.length} that differ by ${worst} of ${largest}`,
    );
  }
}

const lines = [header("peers, one thread, processor time")];
const results = {};
const spin = /** @type {() => number} */ (await peak());
const outFile = process.argv.indexOf("--out");
const asked = process.argv.slice(2).filter((_, i) => outFile < 0 || (i + 2 !== outFile && i + 2 !== outFile + 1));
for (const [name, make] of Object.entries(PEER_MODELS)) {
  const passes = ["forward", "gradient"].filter(
    (pass) => asked.length === 0 || asked.some((part) => `${name}, ${pass}`.includes(part)),
  );
  if (passes.length === 0) continue;
  const { artifacts, count, flops } = make();
  const network = Network.fromArtifacts(artifacts);
  const rows = drawnRows(count * network.inputSize);
  const labels = Int32Array.from({ length: count }, (_, i) => i % network.classes);
  const shape = network.inputShape;
  const peers = {
    blindspot: ours(network, rows, labels),
    tfjs: await tfjs(artifacts, rows, labels, network),
    onnxruntime: await onnxRuntime(artifacts, rows, count, shape),
    jax: await jax(artifacts, rows, count, shape, labels),
  };
  const found = {};
  // The engine compiles in the background: until it is done, `spin` runs at a fraction of the peak.
  race({ spin }, { rounds: 5, slice: 100 });
  for (const pass of passes) {
    const contestants = {};
    const expected = (await peers.blindspot[pass]()).slice();
    const defined = pass === "gradient" && decides(artifacts) && definedNetwork(artifacts, rows, shape, labels[0]);
    for (const [who, peer] of Object.entries(peers)) {
      if (!peer[pass]) continue;
      const isImage = pass === "gradient" && who === "jax" && shape.length === 3;
      try {
        const got = await peer[pass]();
        if (defined) {
          const decisions = peer.decisions();
          const { count, all } = defined.differing(decisions);
          const beside = defined.gradient(decisions);
          compare(`${name}: ${pass} of ${who}`, beside, got, network);
          lines.push(
            `${name}, ${pass}: ${who} decides otherwise than double precision in ${count} of ${all} places; ` +
              `beside double precision with its decisions its largest error is ${largestError(got, beside).toExponential(1)}, ` +
              `with those of double precision ${largestError(got, defined.gradient()).toExponential(1)}`,
          );
        } else {
          const wanted = isImage ? channelsFirst(expected, count, shape[0] * shape[1], shape[2]) : expected;
          compare(`${name}: ${pass} of ${who}`, wanted, got, network);
        }
        contestants[who] = peer[pass];
      } catch (error) {
        lines.push(`${name}, ${pass}: ${who} left out: ${error.message}`);
      }
    }
    const times = await raceAsync(
      { ...contestants, peak: async () => spin() },
      { clock: processorTime, rounds: flops && flops < 1e6 ? 9 : 5, slice: 20 },
    );
    const { peak: limit, blindspot, ...others } = times;
    const base = blindspot.median;
    const most = PEAK_FLOPS / limit.median / 1e9;
    const rate = (count * flops) / base / 1e9;
    const share = flops && pass === "forward" ? `, ${rate.toFixed(1)} of ${most.toFixed(1)} GFLOP/s` : "";
    const beside = Object.entries(others).map(
      ([who, time]) => `${who} ${(time.median / base).toFixed(2)} (${spread(time).toFixed(0)} %)`,
    );
    beside.unshift(`${(1000 * base).toFixed(3)} ms${share} (${spread(blindspot).toFixed(0)} %)`);
    lines.push(`${name}, ${pass}: ${beside.join(", ")}`);
    const { peak: _, ...seconds } = Object.fromEntries(Object.entries(times).map(([who, time]) => [who, time.median]));
    found[pass] = { peak: most, seconds };
  }
  results[name] = found;
}
report(lines, results);
