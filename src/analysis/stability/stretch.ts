/** How far a network's layers stretch given changes, to compare with their bounds. */
import { outOfRange, requireRows } from "../../check.ts";
import type { Network } from "../../model/index.ts";

/** How far one layer stretched the change of each row. */
export interface Stretch {
  /** Name of the layer. */
  layer: string;
  /** f64[n], |y' - y| / |x' - x| of each row, from the layer's own input to its output; 0 where the input does not change. */
  own: Float64Array;
  /** f64[n], the same from the network's input. */
  whole: Float64Array;
}

/** Rows at a time; only the activations of one batch are held. */
const BATCH = 64;

/**
 * The stretch of each row's change at each call of a layer, in the order of `network.calls`; the last up to the
 * logits. Throws for arrays of different lengths, and for a network in which a layer is called more than once.
 *
 * @param rows f32[n, inputSize]
 * @param changed f32[n, inputSize]
 */
export function stretches(network: Network, rows: Float32Array, changed: Float32Array): Stretch[] {
  const count = requireRows("rows", rows, network.inputSize);
  if (requireRows("changed", changed, network.inputSize) !== count) {
    outOfRange("changed", `${count} rows, as there are of the others`, `${changed.length / network.inputSize}`);
  }
  const { calls } = network;
  const seen = new Set(calls.map(({ layer }) => layer));
  if (seen.size !== calls.length) outOfRange("network", "layers that are called once", "one that is called more often");
  const out = calls.map(({ layer }): Stretch => {
    return { layer: layer.name, own: new Float64Array(count), whole: new Float64Array(count) };
  });
  for (let first = 0; first < count; first += BATCH) {
    const n = Math.min(BATCH, count - first);
    const cut = (all: Float32Array) => all.subarray(first * network.inputSize, (first + n) * network.inputSize);
    const [before, after] = [cut(rows), cut(changed)];
    const moved: Float64Array[] = [distances(before, after, n)];
    calls.forEach(({ layer, inputs }, i) => {
      const isLast = i === calls.length - 1;
      const takesScores = isLast && network.head.kind !== "probabilities";
      const values = (batch: Float32Array) =>
        takesScores ? network.scores(batch) : network.activations(batch, layer.name);
      const here = distances(values(before), values(after), n);
      moved.push(here);
      const { own, whole } = out[i] as Stretch;
      for (let row = 0; row < n; row++) {
        // A layer that joins several inputs takes their changes together.
        const squared = inputs.reduce((sum, value) => {
          const d = (moved[value] as Float64Array)[row] as number;
          return sum + d * d;
        }, 0);
        own[first + row] = ratio(here[row] as number, Math.sqrt(squared));
        whole[first + row] = ratio(here[row] as number, (moved[0] as Float64Array)[row] as number);
      }
    });
  }
  return out;
}

function ratio(a: number, b: number): number {
  return b === 0 ? 0 : a / b;
}

function distances(a: Float32Array, b: Float32Array, n: number): Float64Array {
  const width = a.length / n;
  return Float64Array.from({ length: n }, (_, row) => {
    let squared = 0;
    for (let i = row * width; i < (row + 1) * width; i++) {
      const d = (a[i] as number) - (b[i] as number);
      squared += d * d;
    }
    return Math.sqrt(squared);
  });
}
