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
  /** Names of all tensors. */
  readonly names: readonly string[];
  /** A tensor by its name, f32[...] of its shape. */
  read(name: string): { shape: readonly number[]; data: Float32Array };
}

const SUBJECT = "torchvision alexnet";
/** Its rows are the scores of the classes. */
const LAST = "classifier.6.weight";
/** What torch has flattened: channels, rows and columns before the first dense layer. */
const FLATTENED: Readonly<Record<string, readonly [number, number, number]>> = { "classifier.1.weight": [256, 6, 6] };

/**
 * torchvision's `alexnet` as a network over 224x224x3, from a `safetensors` file with the names of its `state_dict`. The
 * classes are those of `classifier.6`. Refuses tensors that are missing, misshapen, not finite or not the network's.
 */
export function alexNetFromTorchvision(tensors: TensorSource): Network {
  requireTensor(tensors, LAST);
  const builder = torchvisionAlexNetBuilder(tensors.read(LAST).shape[0] ?? 0);
  const sources = builder.weightNames.map(sourceOf);
  for (const source of sources) requireTensor(tensors, source);
  const foreign = tensors.names.find((name) => !sources.includes(name));
  if (foreign !== undefined) outOfRange(SUBJECT, "only tensors of the network", foreign);
  return builder.buildWith((name, shape, values) => {
    const source = sourceOf(name);
    const { shape: found, data } = tensors.read(source);
    const expected = shape.length === 4 ? [3, 2, 0, 1].map((axis) => shape[axis] as number) : [...shape].reverse();
    if (found.join() !== expected.join()) {
      outOfRange(`${SUBJECT}: ${source}`, `shape [${expected.join(", ")}]`, `[${found.join(", ")}]`);
    }
    const [outputs, inputs, h, w] = expected as [number, ...number[]];
    if (inputs === undefined) values.set(data);
    else if (h !== undefined && w !== undefined) hwio(data, [outputs, inputs, h, w], values);
    else hwio(data, [outputs, ...(FLATTENED[source] ?? ([inputs, 1, 1] as const))], values);
  });
}

/** torchvision's name of a weight. */
function sourceOf(name: string): string {
  return name.replace("/kernel", ".weight").replace("/bias", ".bias");
}

function requireTensor({ names }: TensorSource, name: string): void {
  if (!names.includes(name)) outOfRange(SUBJECT, `a tensor ${name}`, "none of that name");
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
