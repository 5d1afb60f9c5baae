/**
 * One network in three formats, a LayersModel, a GraphModel and an ONNX file of the same weights, beside the GraphModel on
 * tfjs-wasm: the time of an answer and of the loss with its gradient to the image, in processor time, and how long loading takes.
 *
 *     npm run build && node bench/formats.bench.mjs [--out file.json]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { Network } from "../dist/index.js";
import { loadNetwork, saveNetwork } from "../dist/node/index.js";
import { graphModelOf } from "./graph-model.mjs";
import { header, processorTime, race, report, spread } from "./harness.mjs";
import { tfjsWasm } from "./rivals/tfjs-wasm.mjs";
import { squeezeNet } from "./squeezenet.mjs";

/** A format may lose so much to the LayersModel; forward is so many times tfjs's rate; seconds to load. */
const GOALS = { ratio: 0.97, tfjs: 1.3, load: 0.5 };

const folder = mkdtempSync(join(tmpdir(), "blindspot-formats-"));
try {
  const artifacts = squeezeNet();
  const { json, bytes } = graphModelOf(artifacts);
  mkdirSync(join(folder, "graph"));
  writeFileSync(join(folder, "graph", "model.json"), JSON.stringify(json));
  writeFileSync(join(folder, "graph", "weights.bin"), bytes);
  const original = Network.fromArtifacts(artifacts);
  await saveNetwork(original, join(folder, "layers"));
  await saveNetwork(original, join(folder, "model.onnx"));
  const paths = { LayersModel: "layers", GraphModel: "graph", ONNX: "model.onnx" };

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

  const lines = [header("formats")];
  const results = { loading };
  for (const pass of ["forward", "lossGradient"]) {
    const contestants = Object.fromEntries(
      Object.entries(networks).map(([format, network]) => [
        format,
        () => (pass === "forward" ? network.predict(row) : network.lossGradient(row, [9])),
      ]),
    );
    if (pass === "forward") contestants["tfjs-wasm"] = theirs;
    const times = race(contestants, { rounds: 11, slice: 200, clock: processorTime });
    results[pass] = times;
    const base = times.LayersModel.median;
    for (const [name, time] of Object.entries(times)) {
      const goal = name === "tfjs-wasm" ? `goal ${(1 / GOALS.tfjs).toFixed(2)} or less` : `goal ${GOALS.ratio} or more`;
      lines.push(
        `${pass.padEnd(13)}${name.padEnd(12)}${(1000 * time.median).toFixed(1).padStart(8)} ms ±${spread(time).toFixed(1)} %` +
          `   rate ${(base / time.median).toFixed(3)} of the LayersModel${name === "LayersModel" ? "" : `, ${goal}`}`,
      );
    }
  }
  for (const [format, seconds] of Object.entries(loading)) {
    lines.push(
      `load         ${format.padEnd(12)}${(1000 * seconds).toFixed(0).padStart(8)} ms, goal ${1000 * GOALS.load}`,
    );
  }
  report(lines, results);
} finally {
  rmSync(folder, { recursive: true });
}
