/** The folder format against tfjs itself: what tfjs saves is written and read, what is written tfjs loads. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import type { ModelArtifacts } from "../../src/model/index.ts";
import { readArtifacts, writeArtifacts } from "../../src/node/model-folder.ts";
import { temporaryFolder } from "../temporary.ts";

test("a model that tfjs saved, written and loaded by tfjs from its files, predicts the same bits", async () => {
  await tf.setBackend("cpu");
  const model = layers.sequential({
    layers: [
      layers.layers.dense({ units: 5, inputShape: [4], activation: "sigmoid" }),
      layers.layers.dense({ units: 3, activation: "softmax" }),
    ],
  });
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  const folder = join(temporaryFolder(), "model");
  await writeArtifacts(folder, saved as unknown as ModelArtifacts);

  const json = JSON.parse(readFileSync(join(folder, "model.json"), "utf8")) as tf.io.ModelJSON;
  const fromFiles = await tf.io.getModelArtifactsForJSON(json, async (manifest) => {
    const shards = manifest.flatMap((group) => group.paths).map((path) => readFileSync(join(folder, path)));
    const bytes = new Uint8Array(Buffer.concat(shards));
    return [manifest.flatMap((group) => group.weights), bytes.buffer];
  });
  const read = await readArtifacts(folder);
  const input = tf.tensor2d([0.1, 0.2, 0.3, 0.4, 0.9, 0.8, 0.7, 0.6], [2, 4]);
  const expected = (model.predict(input) as tf.Tensor).dataSync();
  for (const artifacts of [fromFiles, read as unknown as tf.io.ModelArtifacts]) {
    const loaded = await layers.loadLayersModel(tf.io.fromMemory(artifacts));
    expect((loaded.predict(input) as tf.Tensor).dataSync()).toEqual(expected);
  }
});
