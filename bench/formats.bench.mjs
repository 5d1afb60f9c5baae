/**
 * One network in three formats, a LayersModel, a GraphModel and an ONNX file of the same weights: the time of an answer, beside the
 * GraphModel on tfjs-wasm and the ONNX file on onnxruntime-web, each on one thread, and of the loss with its gradient to the image,
 * beside `fromTfModel` on tfjs-wasm, in processor time; how long loading takes, and at its peak how much memory.
 *
 *     npm run build && node bench/formats.bench.mjs [--out file.json]
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import * as ort from "onnxruntime-web/wasm";
import { Network } from "../dist/index.js";
import { loadNetwork, saveNetwork } from "../dist/node/index.js";
import { fromTfModel, registerGradientKernels } from "../dist/tfjs/index.js";
import { graphModelOf } from "./graph-model.mjs";
import { header, processorTime, raceAsync, report, spread } from "./harness.mjs";
import { tfjsWasm } from "./rivals/tfjs-wasm.mjs";
import { squeezeNet } from "./squeezenet.mjs";

/**
 * A format may lose so much to the LayersModel; forward is so many times tfjs's rate and onnxruntime's, the gradient so many times
 * that of fromTfModel; seconds to load; memory at the peak of loading, in weights.
 */
const GOALS = { ratio: 0.97, tfjs: 1.3, onnxruntime: 1, fromTfModel: 5, load: 0.5, memory: 2.5 };
const PATHS = { LayersModel: "layers", GraphModel: "graph", ONNX: "model.onnx" };
const MIB = 2 ** 20;

/** Writes a model of these artifacts in all formats. */
async function writeAll(artifacts, folder) {
  const { json, bytes } = graphModelOf(artifacts);
  mkdirSync(join(folder, PATHS.GraphModel), { recursive: true });
  writeFileSync(join(folder, PATHS.GraphModel, "model.json"), JSON.stringify(json));
  writeFileSync(join(folder, PATHS.GraphModel, "weights.bin"), bytes);
  const original = Network.fromArtifacts(artifacts);
  await saveNetwork(original, join(folder, PATHS.LayersModel));
  await saveNetwork(original, join(folder, PATHS.ONNX));
  return { json, bytes, original };
}

/** A model of 32 products of matrices of so many MiB together. */
function large(mib) {
  const side = 1024;
  const count = mib / 4;
  const names = Array.from({ length: count }, (_, i) => `d${i}`);
  const inbound = (from) => [[[from, 0, 0, {}]]];
  const input = { name: "x", batch_input_shape: [null, side] };
  const config = {
    ...{ name: "large", input_layers: [["x", 0, 0]], output_layers: [[names.at(-1), 0, 0]] },
    layers: [
      { class_name: "InputLayer", name: "x", config: input, inbound_nodes: [] },
      ...names.map((name, i) => {
        return {
          class_name: "Dense",
          name,
          config: { name, units: side },
          inbound_nodes: inbound(names[i - 1] ?? "x"),
        };
      }),
    ],
  };
  const weightSpecs = names.flatMap((name) => [
    { name: `${name}/kernel`, shape: [side, side], dtype: "float32" },
    { name: `${name}/bias`, shape: [side], dtype: "float32" },
  ]);
  const weightData = new Float32Array(count * (side + 1) * side).map((_, i) => (i % 251) / 251).buffer;
  return { modelTopology: { class_name: "Functional", config }, weightSpecs, weightData };
}

/** Bytes that loading a model takes at its peak, in a process of its own that has loaded another of that format before. */
function peakOf(small, path) {
  const script = fileURLToPath(import.meta.url);
  return Number(execFileSync(process.execPath, [script, "--memory", small, path], { encoding: "utf8" }));
}

if (process.argv[2] === "--memory") {
  const [small, path] = process.argv.slice(3);
  await loadNetwork(small);
  // The peak of the process from here on: what Linux counts for it alone.
  writeFileSync("/proc/self/clear_refs", "5");
  const before = process.memoryUsage().rss;
  await loadNetwork(path);
  const [, peak] = /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"));
  console.log(Number(peak) * 1024 - before);
  process.exit();
}

const folder = mkdtempSync(join(tmpdir(), "blindspot-formats-"));
try {
  const { json, bytes, original } = await writeAll(squeezeNet(), folder);
  const paths = PATHS;

  const networks = {};
  const loading = {};
  for (let round = 0; round < 3; round++) {
    for (const [format, path] of Object.entries(paths)) {
      const start = processorTime();
      networks[format] = await loadNetwork(join(folder, path));
      const seconds = (processorTime() - start) / 1000;
      loading[format] = Math.min(loading[format] ?? Number.POSITIVE_INFINITY, seconds);
    }
  }

  const row = new Float32Array(original.inputSize).map((_, i) => ((i * 2654435761) % 1000) / 1000);
  const answer = original.predict(row);
  for (const [format, network] of Object.entries(networks)) {
    const other = network.predict(row);
    if (answer.some((value, i) => value !== other[i]))
      throw new Error(`${format}: expected the bits of the network, got others`);
  }

  const tf = await tfjsWasm();
  const model = await loadGraphModel(
    tf.io.fromMemory(
      await tf.io.getModelArtifactsForJSON(json, async (manifest) => [
        manifest.flatMap((group) => group.weights),
        bytes.buffer,
      ]),
    ),
  );
  const x = tf.tensor(row, [1, ...original.inputShape]);
  const theirs = () => {
    const y = /** @type {import("@tensorflow/tfjs-core").Tensor} */ (model.predict(x));
    const values = y.dataSync();
    y.dispose();
    return values;
  };
  const values = theirs();
  const off = answer.reduce((largest, value, i) => Math.max(largest, Math.abs(value - values[i])), 0);
  const largest = answer.reduce((all, value) => Math.max(all, Math.abs(value)), 0);
  if (!(off <= 1e-4 * largest)) throw new Error(`tfjs: expected our answer within 1e-4, got ${off / largest}`);

  registerGradientKernels();
  const target = fromTfModel(model, { inputShape: [...original.inputShape] });
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(join(folder, PATHS.ONNX))), {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
  });
  const feeds = { [session.inputNames[0]]: new ort.Tensor("float32", row, [1, ...original.inputShape]) };

  const lines = [header("formats")];
  const results = { loading };
  for (const pass of ["forward", "lossGradient"]) {
    const contestants = Object.fromEntries(
      Object.entries(networks).map(([format, network]) => [
        format,
        async () => (pass === "forward" ? network.predict(row) : network.lossGradient(row, [9])),
      ]),
    );
    if (pass === "forward") {
      contestants["tfjs-wasm"] = async () => theirs();
      contestants.onnxruntime = () => session.run(feeds);
    } else contestants.fromTfModel = () => target.lossGradient(row, Int32Array.of(9));
    const times = await raceAsync(contestants, { rounds: 9, slice: 1, clock: processorTime });
    results[pass] = times;
    const base = times.LayersModel.median;
    for (const [name, time] of Object.entries(times)) {
      const isRival = !Object.hasOwn(networks, name);
      const goal = isRival
        ? `we are ${(time.median / base).toFixed(2)} times as fast, goal ${GOALS[name === "tfjs-wasm" ? "tfjs" : name]} or more`
        : `rate ${(base / time.median).toFixed(3)} of the LayersModel, goal ${GOALS.ratio} or more`;
      lines.push(
        `${pass.padEnd(13)}${name.padEnd(12)}${(1000 * time.median).toFixed(1).padStart(8)} ms ±${spread(time).toFixed(1)} %   ${goal}`,
      );
    }
  }
  for (const [format, seconds] of Object.entries(loading)) {
    lines.push(
      `load         ${format.padEnd(12)}${(1000 * seconds).toFixed(0).padStart(8)} ms, goal ${1000 * GOALS.load}`,
    );
  }
  const MEBIBYTES = 128;
  await writeAll(large(MEBIBYTES), join(folder, "large"));
  results.memory = {};
  for (const [format, path] of process.platform === "linux" ? Object.entries(PATHS) : []) {
    const weights = peakOf(join(folder, path), join(folder, "large", path)) / (MEBIBYTES * MIB);
    results.memory[format] = weights;
    lines.push(
      `memory       ${format.padEnd(12)}${weights.toFixed(2).padStart(8)} times the weights, goal ${GOALS.memory} or less`,
    );
  }
  report(lines, results);
} finally {
  rmSync(folder, { recursive: true });
}
