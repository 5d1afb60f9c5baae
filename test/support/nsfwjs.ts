/**
 * MobileNetV2 as the npm package nsfwjs ships it: a tfjs LayersModel whose weights are stored in 8 bits, in scripts that a
 * bundler may inline. Written out, it is a folder like any other.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

interface Script<T> {
  default: T;
}

interface Bundle {
  modelJson: () => Promise<Script<{ weightsManifest: { paths: string[] }[] }>>;
  /** Base64 of the shards, in the order of the manifest. */
  weightBundles: (() => Promise<Script<string>>)[];
}

async function mobileNet(): Promise<Bundle | undefined> {
  try {
    return ((await import("nsfwjs/models/mobilenet_v2")) as unknown as { MobileNetV2Model: Bundle }).MobileNetV2Model;
  } catch (error) {
    // The package may be left out of an installation; anything else that is wrong with it is not passed over.
    if (/Cannot find package|Failed to resolve|Could not resolve/.test(String(error))) return undefined;
    throw error;
  }
}

const bundle = await mobileNet();

export const hasMobileNet = bundle !== undefined;

/** Writes `model.json` and its shards into a folder that is there. */
export async function writeMobileNet(folder: string): Promise<void> {
  if (!bundle) throw new Error("nsfwjs: expected the package, got none");
  const { default: json } = await bundle.modelJson();
  const paths = json.weightsManifest.flatMap((group) => group.paths);
  if (paths.length !== bundle.weightBundles.length) throw new Error("nsfwjs: expected a script for each shard");
  writeFileSync(join(folder, "model.json"), JSON.stringify(json));
  for (const [i, read] of bundle.weightBundles.entries()) {
    writeFileSync(join(folder, paths[i] as string), Buffer.from((await read()).default, "base64"));
  }
}
