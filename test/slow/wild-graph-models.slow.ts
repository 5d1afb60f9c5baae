/**
 * GraphModels from the wild beside tfjs on the cpu: those of the npm packages @vladmandic/human and nsfwjs, outputs and input
 * gradients. The first is downloaded into a temporary folder if BLINDSPOT_DOWNLOAD is set; it has tens of megabytes.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { type GraphModel, loadGraphModel } from "@tensorflow/tfjs-converter";
import { afterAll, describe, expect, test } from "vitest";
import { type Network, predictedClasses } from "../../src/model/index.ts";
import { loadNetwork } from "../../src/node/index.ts";
import { nsfwGraphModel, writeNsfwGraphModel } from "../support/graph-model.ts";
import { noise32 } from "../support/noise.ts";
import { tf } from "../support/tfjs.ts";
import { temporaryFolder } from "../temporary.ts";
import "@tensorflow/tfjs";

/** Sums of up to some thousand products through some fifty layers, whose roundings have signs of their own. */
const OUTPUT_BOUND = 2e-5;
/** In norm: what units within rounding of a kink come to, at most 0.8 % on photographs (docs/decisions/model.md). */
const GRADIENT_BOUND = 0.01;

const largest = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
const difference = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, i) => value - (b[i] as number));

function expectAgreement(network: Network, model: GraphModel, output: string | undefined, hasGradient = true): void {
  const rows = noise32(network.inputSize, 3).map((value) => (value + 1) / 2);
  const weights = noise32(network.head.outputs, 4);
  const { outputs, gradient } = tf.tidy(() => {
    const run = (x: tf.Tensor) => (output === undefined ? model.predict(x) : model.execute(x, output)) as tf.Tensor;
    const x = tf.tensor(rows, [1, ...network.inputShape]);
    const slope = tf.grad((x: tf.Tensor) => {
      const y = run(x);
      return tf.sum(tf.mul(y, tf.tensor(weights, y.shape)));
    })(x);
    return { outputs: run(x).dataSync() as Float32Array, gradient: slope.dataSync() as Float32Array };
  });
  const ours = network.predict(rows);
  // A softmax multiplies the error of its scores by 2 p at most.
  const steep = network.head.kind === "softmax" ? Math.max(1, 2 * largest(network.scores(rows))) : 1;
  expect(largest(difference(ours, outputs))).toBeLessThan(steep * OUTPUT_BOUND * largest(outputs));
  if (ours.length > 1) expect(predictedClasses(ours, ours.length)).toEqual(predictedClasses(outputs, ours.length));
  if (!hasGradient) return;
  const found = network.activationGradient(rows, network.layers.length - 1, weights).gradient;
  expect(norm(difference(found, gradient))).toBeLessThan(GRADIENT_BOUND * norm(gradient));
}

async function modelAt(file: string): Promise<GraphModel> {
  const json = JSON.parse(readFileSync(file, "utf8")) as tf.io.ModelJSON;
  const artifacts = await tf.io.getModelArtifactsForJSON(json, async (manifest) => {
    const shards = manifest.flatMap((group) => group.paths).map((path) => readFileSync(join(dirname(file), path)));
    return [manifest.flatMap((group) => group.weights), new Uint8Array(Buffer.concat(shards)).buffer];
  });
  return loadGraphModel(tf.io.fromMemory(artifacts));
}

/** 1.1 % of its gradient's norm differ: central differences along the difference lie between both, as at kinks. */
const AT_KINKS = "age_pred/Softmax";

const nsfw = await nsfwGraphModel();
test.skipIf(!nsfw)("mobilenet_v2_mid of nsfwjs", async () => {
  const folder = temporaryFolder();
  await writeNsfwGraphModel(folder);
  expectAgreement(await loadNetwork(folder), nsfw as GraphModel, undefined);
});

describe.skipIf(!process.env.BLINDSPOT_DOWNLOAD)("@vladmandic/human", () => {
  const folder = mkdtempSync(join(tmpdir(), "blindspot-human-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const models = join(folder, "package", "models");
  test("is downloaded", () => {
    const options = { cwd: folder, encoding: "utf8" } as const;
    const archive = execFileSync("npm", ["pack", "@vladmandic/human@3.3.6", "--silent"], options).trim();
    execFileSync("tar", ["xzf", archive], options);
  });
  for (const [name, output] of [
    ["emotion"],
    ["liveness"],
    ["antispoof"],
    ["faceres", "gender_pred/Sigmoid"],
    ["faceres", "age_pred/Softmax"],
  ] as const) {
    test(`${name} ${output ?? ""}`, async () => {
      const file = join(models, `${name}.json`);
      const network = await loadNetwork(file, output === undefined ? {} : { output });
      expectAgreement(network, await modelAt(file), output, output !== AT_KINKS);
    });
  }
});
