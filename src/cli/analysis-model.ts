/** The model that an analysis looks at: a folder, a shipped one, or one of the paper's networks as it is before training. */
import { basename } from "node:path";
import { anyOf, outOfRange } from "../check.ts";
import {
  alexNet,
  alexNetFromTorchvision,
  mnistConvnet,
  Network,
  type NetworkOptions,
  quocNet,
} from "../model/index.ts";
import { loadNetwork, loadSafetensors, resolveModel } from "../node/index.ts";
import { buildRecipe, RECIPES, recipeOf } from "../train/index.ts";

/** Networks with random weights, by the name behind `initial:`. */
const INITIAL: Readonly<Record<string, (seed: number) => Network>> = {
  alexnet: (seed) => alexNet({ seed }),
  "mnist-convnet": (seed) => mnistConvnet({ seed }),
  quocnet: (seed) => quocNet({ seed }),
  "quocnet-small": (seed) => buildRecipe(recipeOf("quocnet-small", RECIPES), 784, seed),
};

export const MODEL_HELP =
  "a tfjs LayersModel folder, a shipped model, alexnet:<file> for torchvision's weights as safetensors, or initial:alexnet, initial:mnist-convnet, initial:quocnet or initial:quocnet-small with weights " +
  "drawn from --seed";

/** torchvision's AlexNet from a file of its weights: what --model is given, and --weights stands for. */
const TORCHVISION = "alexnet:";

/** What --model is to be given where --weights names a file. */
export function modelOfWeights(file: string): string {
  return `${TORCHVISION}${file}`;
}

/** The network that --model names, and what the report calls it. */
export async function analysedModel(
  given: string,
  seed: number,
  options: NetworkOptions = {},
): Promise<{ network: Network; name: string }> {
  if (given.startsWith(TORCHVISION)) {
    const network = alexNetFromTorchvision(await loadSafetensors(given.slice(TORCHVISION.length)));
    return { network: Network.fromArtifacts(network.toArtifacts(), options), name: "alexnet" };
  }
  const initial = /^initial:(.*)$/.exec(given)?.[1];
  const make = initial !== undefined && Object.hasOwn(INITIAL, initial) ? INITIAL[initial] : undefined;
  if (initial !== undefined && !make) {
    const names = Object.keys(INITIAL).map((one) => `initial:${one}`);
    outOfRange("--model", anyOf(names), JSON.stringify(given));
  }
  if (make) {
    return { network: Network.fromArtifacts(make(seed).toArtifacts(), options), name: `${initial} before training` };
  }
  return { network: await loadNetwork(given, options), name: basename(await resolveModel(given)) };
}
