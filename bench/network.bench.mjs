/**
 * One image through a whole network and back, beside tfjs-wasm on one thread: time of the answer, time of the loss with
 * its gradient to the image, and the memory that each takes, in a process of its own.
 *
 *     npm run build && node bench/network.bench.mjs [model folder | alexnet] [--out file.json]
 *
 * Without a folder the network is SqueezeNet with drawn weights. AlexNet has layers that tfjs lacks: it runs alone.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Times tfjs's rate. */
const GOALS = { forward: 1.2, lossGradient: 3 };
const MIB = 2 ** 20;
const LABEL = 9;

const [command, source = "squeezenet"] = process.argv[2] === "--memory" ? process.argv.slice(3) : [];
const isChild = command !== undefined;
const given = isChild
  ? source
  : (process.argv.slice(2).find((arg, i, all) => !arg.startsWith("--") && all[i - 1] !== "--out") ?? "squeezenet");

// Before anything makes one: what the memories of this process have grown to.
const memories = [];
const { Memory } = WebAssembly;
WebAssembly.Memory = class extends Memory {
  constructor(descriptor) {
    super(descriptor);
    memories.push(this);
  }
};

const { Network, alexNet } = await import("../dist/index.js");
const { readArtifacts } = await import("../dist/node/model-folder.js");
const { squeezeNet } = await import("./squeezenet.mjs");

const artifactsOf = (name) => (name === "squeezenet" ? squeezeNet() : readArtifacts(name));

function image(size) {
  let state = 1;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

async function ours(name) {
  const network = name === "alexnet" ? alexNet() : Network.fromArtifacts(await artifactsOf(name));
  const row = image(network.inputSize);
  let last;
  return {
    network,
    calls: {
      forward: () => network.predict(row),
      lossGradient: () => {
        last = network.lossGradient(row, [LABEL % network.classes], last);
        return last;
      },
    },
  };
}

/** @typedef {import("@tensorflow/tfjs-core").Tensor} Tensor */

async function theirs(name) {
  const { tfjsWasm } = await import("./rivals/tfjs-wasm.mjs");
  await import("@tensorflow/tfjs"); // registers the gradients that tfjs-core leaves out
  const tf = await tfjsWasm();
  const { loadLayersModel, layers } = await import("@tensorflow/tfjs-layers");
  const model = await loadLayersModel(tf.io.fromMemory(await artifactsOf(name)));
  const [, ...shape] = model.inputs[0].shape;
  const classes = model.outputs[0].shape.at(-1);
  const size = shape.reduce((product, n) => product * n, 1);
  const x = tf.tensor(image(size), [1, ...shape]);
  const truth = tf.cast(tf.oneHot(tf.tensor1d([LABEL % classes], "int32"), classes), "float32");
  const endsInSoftmax = model.layers.at(-1).getConfig().activation === "softmax";
  const answer = () => tf.tidy(() => /** @type {Tensor} */ (model.predict(x)).dataSync());
  // The loss is taken from logits: a softmax at the end becomes linear, for the gradient alone.
  const last = /** @type {{ activation: unknown }} */ (/** @type {unknown} */ (model.layers.at(-1)));
  const softmax = last.activation;
  const linear = /** @type {{ activation?: unknown }} */ (layers.activation({ activation: "linear" })).activation;
  const gradient = tf.grad((rows) => tf.losses.softmaxCrossEntropy(truth, /** @type {Tensor} */ (model.apply(rows))));
  return {
    // Its module makes the memory itself. It never shrinks: what it is at the end is what it was at most.
    heap: () => /** @type {any} */ (tf.backend()).wasm.HEAPU8.buffer.byteLength,
    forward: answer,
    lossGradient: () => {
      if (endsInSoftmax) last.activation = linear;
      try {
        return tf.tidy(() => gradient(x).dataSync());
      } finally {
        last.activation = softmax;
      }
    },
  };
}

/** What a call needs that it lacks, or nothing. */
function refusal(call) {
  try {
    call();
    return undefined;
  } catch (error) {
    return error.message.split("\n")[0];
  }
}

if (isChild) {
  const own = () => memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
  const { heap = own, ...calls } = command === "blindspot" ? (await ours(source)).calls : await theirs(source);
  const before = process.resourceUsage().maxRSS * 1024;
  calls.forward();
  const forward = heap();
  refusal(calls.lossGradient);
  const rss = process.resourceUsage().maxRSS * 1024;
  console.log(JSON.stringify({ forward, gradient: heap(), loaded: before, rss }));
} else {
  const { header, race, report, spread } = await import("./harness.mjs");
  const measured = (who) => {
    const out = execFileSync(process.execPath, [fileURLToPath(import.meta.url), "--memory", who, given], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return JSON.parse(out.trim().split("\n").at(-1));
  };
  const { network, calls } = await ours(given);
  const contestants = { "blindspot forward": calls.forward, "blindspot lossGradient": calls.lossGradient };
  const hasRival = given !== "alexnet";
  const lines = [header(`${network.name}, one image of ${network.inputShape.join(" x ")}, one thread`)];
  if (hasRival) {
    const { heap: _, ...rival } = await theirs(given);
    const [mine, others] = [calls.forward(), /** @type {Float32Array} */ (rival.forward())];
    const largest = others.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
    const worst = others.reduce((top, v, i) => Math.max(top, Math.abs(v - mine[i])), 0);
    // What the sums of all layers lose at most, ours and theirs, if errors are passed on as the numbers themselves are.
    const terms = network.parameters.reduce((sum, { size, shape }) => sum + size / shape.at(-1) + 2, 0);
    if (!(worst <= 2 * terms * 2 ** -24 * largest)) throw new Error(`answers differ by ${worst} of ${largest}`);
    for (const [name, call] of Object.entries(rival)) {
      const lacks = refusal(call);
      if (lacks) lines.push(`tfjs-wasm ${name}: ${lacks}`);
      else contestants[`tfjs ${name}`] = call;
    }
  }
  const times = race(contestants, { rounds: 7, slice: 1 });
  const ms = (name) => `${(1000 * times[name].median).toFixed(1)} ms (${spread(times[name]).toFixed(0)} %)`;
  for (const pass of Object.keys(GOALS)) {
    const [own, other] = [`blindspot ${pass}`, `tfjs ${pass}`];
    const ratio = times[other] && times[other].median / times[own].median;
    const beside = ratio
      ? `, tfjs-wasm ${ms(other)}: ${ratio.toFixed(2)} times its rate${ratio < GOALS[pass] ? "!" : ""} (goal ${GOALS[pass]})`
      : "";
    lines.push(`${pass.padEnd(13)} ${ms(own)}${beside}`);
  }
  const memory = { blindspot: measured("blindspot"), ...(hasRival && { tfjs: measured("tfjs") }) };
  for (const [who, { forward, gradient, loaded, rss }] of Object.entries(memory)) {
    const mib = (bytes) => `${(bytes / MIB).toFixed(0)} MiB`;
    lines.push(
      `${who.padEnd(13)} WebAssembly ${mib(forward)} after the answer, ${mib(gradient)} after the gradient; process ${mib(loaded)} when loaded, ${mib(rss)} at its peak`,
    );
  }
  report(lines, { times, memory });
}
