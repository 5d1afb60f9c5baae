/** Rows of MNIST, and by how much answers lead in double precision: what judges attacks on real networks. */
import type { Network } from "../../src/model/index.ts";
import { loadMnist } from "../../src/node-api.ts";
import { forward, toLogits } from "../oracle/network.ts";
import { stepsOf } from "./network-steps.ts";

const SIZE = 784;
const mnist = await loadMnist("test");

/** Images of the test set, with their labels. */
export function images(index: readonly number[]): { rows: Float32Array<ArrayBuffer>; truth: number[] } {
  const rows = new Float32Array(index.length * SIZE);
  for (const [k, i] of index.entries()) rows.set(mnist.rows.subarray(i * SIZE, (i + 1) * SIZE), k * SIZE);
  return { rows, truth: index.map((i) => mnist.labels[i] as number) };
}

/** By how much another label leads, in double precision from the weights and the stored rows. */
export function leadsInF64(network: Network, rows: Float32Array, truth: readonly number[]): number[] {
  const steps = toLogits(stepsOf(network).steps, network.classes);
  return truth.map((label, r) => {
    const logits = [...(forward(steps, rows.subarray(r * SIZE, (r + 1) * SIZE)).at(-1) as Float64Array)];
    const [own] = logits.splice(label, 1) as [number];
    return Math.max(...logits) - own;
  });
}

/** By how much given labels lead, likewise. */
export function targetLeadsInF64(network: Network, rows: Float32Array, labels: readonly number[]): number[] {
  return leadsInF64(network, rows, labels).map((lead) => -lead);
}
