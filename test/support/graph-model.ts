/** mobilenet_v2_mid as the npm package nsfwjs ships it: a tf.GraphModel in scripts that a bundler may inline. */
import { type GraphModel, loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";

interface Bundle {
  modelJson: () => Promise<{ default: tf.io.ModelJSON }>;
  /** Base64 of the shards, in the order of the manifest. */
  weightBundles: (() => Promise<{ default: string }>)[];
}

/** The model on the backend that is set, or undefined where the package is not installed. */
export async function nsfwGraphModel(): Promise<GraphModel | undefined> {
  let bundle: Bundle;
  try {
    bundle = ((await import("nsfwjs/models/mobilenet_v2_mid")) as unknown as { MobileNetV2MidModel: Bundle })
      .MobileNetV2MidModel;
  } catch (error) {
    if (/Cannot find package|Failed to resolve|Could not resolve/.test(String(error))) return undefined;
    throw error;
  }
  const { default: json } = await bundle.modelJson();
  const shards = await Promise.all(
    bundle.weightBundles.map(async (read) => Buffer.from((await read()).default, "base64")),
  );
  const artifacts = await tf.io.getModelArtifactsForJSON(json, async (manifest) => [
    manifest.flatMap((group) => group.weights),
    new Uint8Array(Buffer.concat(shards)).buffer,
  ]);
  return loadGraphModel(tf.io.fromMemory(artifacts));
}
