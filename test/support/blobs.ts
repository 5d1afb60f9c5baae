/** A small classification problem: a random image for each class, and noise around it, in [0, 1]. */
import { fullyConnected, type Network } from "../../src/model/index.ts";
import { Random } from "../../src/numeric/random.ts";
import { fit as train } from "../../src/train/index.ts";

export interface Blobs {
  rows: Float32Array;
  labels: number[];
}

export function blobs(count: number, inputSize: number, classes: number, seed = 1): Blobs {
  const centres = new Random(seed, 1);
  const noise = new Random(seed, 2);
  const labels = Array.from({ length: count }, (_, r) => r % classes);
  const rows = Float32Array.from({ length: count * inputSize }, (_, at) => {
    const label = labels[Math.floor(at / inputSize)] as number;
    const centre = centres.uniform(label * inputSize + (at % inputSize));
    return Math.min(Math.max(centre + 0.6 * (noise.uniform(at) - 0.5), 0), 1);
  });
  return { rows, labels };
}

/** A sigmoid network that has learnt them. */
export async function trainedOn({ rows, labels }: Blobs, inputSize: number, classes: number): Promise<Network> {
  const network = fullyConnected([inputSize, 9, classes], { seed: 4 });
  await train(network, { rows, labels }, { iterations: 60, decay: 1e-3 });
  return network;
}
