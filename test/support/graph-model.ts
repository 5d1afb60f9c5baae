/** mobilenet_v2_mid as the npm package nsfwjs ships it: a tf.GraphModel in scripts that a bundler may inline. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type GraphModel, loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";

interface Bundle {
  modelJson: () => Promise<{ default: tf.io.ModelJSON }>;
  /** Base64 of the shards, in the order of the manifest. */
  weightBundles: (() => Promise<{ default: string }>)[];
}

async function bundleOf(): Promise<Bundle | undefined> {
  try {
    return ((await import("nsfwjs/models/mobilenet_v2_mid")) as unknown as { MobileNetV2MidModel: Bundle })
      .MobileNetV2MidModel;
  } catch (error) {
    if (/Cannot find package|Failed to resolve|Could not resolve/.test(String(error))) return undefined;
    throw error;
  }
}

const shardsOf = (bundle: Bundle): Promise<Buffer[]> =>
  Promise.all(bundle.weightBundles.map(async (read) => Buffer.from((await read()).default, "base64")));

/** The model on the backend that is set, or undefined where the package is not installed. */
export async function nsfwGraphModel(): Promise<GraphModel | undefined> {
  const bundle = await bundleOf();
  if (!bundle) return undefined;
  const { default: json } = await bundle.modelJson();
  const artifacts = await tf.io.getModelArtifactsForJSON(json, async (manifest) => [
    manifest.flatMap((group) => group.weights),
    new Uint8Array(Buffer.concat(await shardsOf(bundle))).buffer,
  ]);
  return loadGraphModel(tf.io.fromMemory(artifacts));
}

/** Writes `model.json` and its shards into a folder that is there. */
export async function writeNsfwGraphModel(folder: string): Promise<void> {
  const bundle = await bundleOf();
  if (!bundle) throw new Error("nsfwjs: expected the package, got none");
  const { default: json } = await bundle.modelJson();
  writeFileSync(join(folder, "model.json"), JSON.stringify(json));
  const paths = json.weightsManifest.flatMap((group) => group.paths);
  for (const [i, shard] of (await shardsOf(bundle)).entries()) writeFileSync(join(folder, paths[i] as string), shard);
}
