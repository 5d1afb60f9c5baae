/**
 * Networks of torchvision from their weights. torchvision's names and layouts become those of tfjs:
 *
 *   features.0.weight      [out, in, h, w]   features.0/kernel    [h, w, in, out], 0, 3, 6, 8 and 10
 *   features.0.bias        [out]             features.0/bias      [out]
 *   classifier.1.weight    [4096, 9216]      classifier.1/kernel  [9216, 4096]: torch flattens [256, 6, 6] by channel, row,
 *                                            column, an NHWC network by row, column, channel
 *   classifier.4.weight    [4096, 4096]      classifier.4/kernel  [4096, 4096], transposed
 *   classifier.6.weight    [classes, 4096]   classifier.6/kernel  [4096, classes], transposed
 */
import { outOfRange } from "../check.ts";
import { torchvisionAlexNetBuilder } from "./builders/alexnet.ts";
import type { Network } from "./network.ts";

/** Tensors by name, as `readSafetensors` of `blindspot/data` gives them. */
export interface TensorSource {
  readonly names: readonly string[];
  read(name: string): { shape: readonly number[]; data: Float32Array };
}

/** What torch has flattened: channels, rows and columns before the first dense layer. */
const FLATTENED: Readonly<Record<string, readonly [number, number, number]>> = { "classifier.1": [256, 6, 6] };

/**
 * torchvision's `alexnet` as a network over 224x224x3, from a `safetensors` file with the names of its `state_dict`. The
 * classes are those of `classifier.6`. Refuses tensors that are missing, misshapen, not finite or not the network's.
 */
export function alexNetFromTorchvision(tensors: TensorSource): Network {
  const last = "classifier.6.weight";
  if (!tensors.names.includes(last)) outOfRange("torchvision alexnet", `a tensor ${last}`, "none of that name");
  const taken = new Set<string>();
  const network = torchvisionAlexNetBuilder(tensors.read(last).shape[0] ?? 0).buildWith((name, shape, values) => {
    const [layer, kind] = name.split("/") as [string, string];
    const source = `${layer}.${kind === "kernel" ? "weight" : kind}`;
    if (!tensors.names.includes(source)) outOfRange("torchvision alexnet", `a tensor ${source}`, "none of that name");
    taken.add(source);
    const { shape: found, data } = tensors.read(source);
    const expected = shape.length === 4 ? [3, 2, 0, 1].map((axis) => shape[axis] as number) : [...shape].reverse();
    if (found.join() !== expected.join()) {
      outOfRange(`torchvision alexnet: ${source}`, `shape [${expected.join(", ")}]`, `[${found.join(", ")}]`);
    }
    const [outputs, inputs, h, w] = expected as [number, ...number[]];
    if (inputs === undefined) values.set(data);
    else if (h !== undefined && w !== undefined) hwio(data, [outputs, inputs, h, w], values);
    else hwio(data, [outputs, ...(FLATTENED[layer] ?? ([inputs, 1, 1] as const))], values);
  });
  const foreign = tensors.names.find((name) => !taken.has(name));
  if (foreign !== undefined) outOfRange("torchvision alexnet", "only tensors of the network", foreign);
  return network;
}

type Oihw = readonly [outputs: number, inputs: number, h: number, w: number];

/** to[h,w,i,o] = from[o,i,h,w]. */
function hwio(from: Float32Array, [outputs, inputs, h, w]: Oihw, to: Float32Array): void {
  const area = h * w;
  const filter = inputs * area;
  let at = 0;
  for (let tap = 0; tap < area; tap++) {
    for (let i = 0; i < inputs; i++) {
      const start = i * area + tap;
      for (let o = 0; o < outputs; o++) to[at++] = from[start + o * filter] as number;
    }
  }
}
