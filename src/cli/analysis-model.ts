/** The model that an analysis looks at: a folder, a shipped one, or one of the paper's networks as it is before training. */
import { basename } from "node:path";
import { alexNet, mnistConvnet, type Network } from "../model/index.ts";
import { loadNetwork, resolveModel } from "../node/index.ts";

/** Networks with random weights, by the name behind `initial:`. */
const INITIAL: Readonly<Record<string, (seed: number) => Network>> = {
  alexnet: (seed) => alexNet({ seed }),
  "mnist-convnet": (seed) => mnistConvnet({ seed }),
};

export const MODEL_HELP =
  "a tfjs LayersModel folder, a shipped model, or initial:alexnet or initial:mnist-convnet with weights drawn from --seed";

/** The network that --model names, and what the report calls it. */
export async function analysedModel(given: string, seed: number): Promise<{ network: Network; name: string }> {
  const initial = /^initial:(.*)$/.exec(given)?.[1];
  const make = initial !== undefined && Object.hasOwn(INITIAL, initial) ? INITIAL[initial] : undefined;
  if (make) return { network: make(seed), name: `${initial} before training` };
  return { network: await loadNetwork(given), name: basename(await resolveModel(given)) };
}
