/** The networks that a worker keeps, by the keys that the page gave them. */
import { loadNetwork, type Network } from "../../../src/slim.ts";
import type { Calls, NetworkSaid } from "./protocol.ts";

const networks = new Map<string, Network>();

/** Reads a network and keeps it. */
export async function load({ key, files, range }: Calls["load"]["ask"]): Promise<NetworkSaid> {
  const network = await loadNetwork(files, range ? { preprocess: { range } } : {});
  networks.set(key, network);
  return said(network);
}

/** The network of a key, which the page has loaded before it asks. */
export function networkOf(key: string): Network {
  const network = networks.get(key);
  if (!network) throw new Error(`worker: expected a network that was loaded, got ${JSON.stringify(key)}`);
  return network;
}

function said(network: Network): NetworkSaid {
  const { name, inputShape, inputSize, classes, head, parameterCount, layers } = network;
  return {
    name,
    inputShape,
    inputSize,
    classes,
    head: head.kind,
    parameters: parameterCount,
    layers: layers.map((layer) => ({
      name: layer.name,
      className: layer.className,
      outputShape: layer.outputShape,
      parameters: layer.parameters.reduce((sum, { size }) => sum + size, 0),
    })),
    rescales: layers.slice(0, 3).some(({ className }) => /^(Rescaling|Normalization)$/.test(className)),
  };
}
