/**
 * What any single-precision implementation of a functional model may answer: outputs of all layers, the gradient of the
 * summed cross-entropy to rows and parameters, each with its bound. Read from the topology, by itself.
 */
import type { ModelArtifacts } from "../../src/model/index.ts";
import { RULES, type Tensor } from "../oracle/layers.ts";
import { crossEntropy, crossEntropyGradient } from "../oracle/softmax.ts";
import { constant, derivatives, type Near, type Num } from "../oracle/tape.ts";
import { U32 } from "./bounds.ts";
import { type Judged, LEAST_NORMAL, shiftedSoftmaxError } from "./network-bounds.ts";
import { lossError } from "./softmax-bounds.ts";

interface Entry {
  class_name: string;
  name: string;
  config: Record<string, unknown>;
  inbound_nodes: [string, number, number, object][][];
}

export interface Weights {
  name: string;
  tensor: Tensor;
}

/** The weights of artifacts as leaves of the tape. */
export function leavesOf({ weightSpecs, weightData }: ModelArtifacts): Weights[] {
  const values = new Float32Array(weightData);
  let at = 0;
  return weightSpecs.map(({ name, shape }) => {
    const size = shape.reduce((product, n) => product * n, 1);
    at += size;
    return { name, tensor: { shape, values: Array.from(values.subarray(at - size, at), constant) } };
  });
}

/** The output of every call of every layer, `<layer>:<call>`, on one row. */
export function evaluate(
  artifacts: ModelArtifacts,
  weights: readonly Weights[],
  row: readonly Num[],
): Map<string, Tensor> {
  const { config } = artifacts.modelTopology as { config: { layers: Entry[] } };
  const found = new Map<string, Tensor>();
  const outputOf = (name: string, call: number): Tensor => {
    const known = found.get(`${name}:${call}`);
    if (known) return known;
    const entry = config.layers.find((layer) => layer.name === name) as Entry;
    const value =
      entry.class_name === "InputLayer"
        ? { shape: (entry.config.batch_input_shape as number[]).slice(1), values: [...row] }
        : apply(entry, entry.inbound_nodes[call]?.map(([from, number]) => outputOf(from, number)) ?? []);
    found.set(`${name}:${call}`, value);
    return value;
  };
  const apply = ({ class_name, name, config }: Entry, inputs: Tensor[]): Tensor => {
    const rule = RULES[class_name];
    if (!rule) throw new Error(`oracle: expected a layer it knows, got ${class_name}`);
    return rule(config, inputs, (last) => (weights.find((w) => w.name === `${name}/${last}`) as Weights).tensor);
  };
  for (const { name, inbound_nodes } of config.layers) {
    for (const call of inbound_nodes.keys()) outputOf(name, call);
  }
  return found;
}

export interface JudgedGraph {
  /** Of each row, the output of each call of each layer. */
  values: Map<string, Tensor>[];
  logits: Judged[];
  /** To each row. */
  gradients: Judged[];
  /** Of the summed loss to all weights, in the order of the artifacts. */
  weights: Judged;
  loss: number;
}

/** `output` is the layer that gives the logits, `slack` what an implementation loses beyond rounding them. */
export function judgeGraph(
  artifacts: ModelArtifacts,
  output: string,
  rows: readonly ArrayLike<number>[],
  labels: readonly number[],
  slack = 0,
): JudgedGraph {
  const leaves = leavesOf(artifacts);
  const inputs = rows.map((row) => Array.from(row, constant));
  const values = inputs.map((row) => evaluate(artifacts, leaves, row));
  const logits = values.map((all) => (all.get(output) as Tensor).values);
  const seeds = logits.flatMap((z, r) => logitSlopes(z, labels[r] as number, slack));
  const slopes = derivatives(logits.flat(), seeds);
  const judged = (nums: readonly Num[]) => judge(nums.map((num) => slopes.get(num) ?? constant(0)));
  const loss = logits.reduce(
    (sum, z, r) =>
      sum +
      crossEntropy(
        z.map(({ value }) => value),
        labels[r] as number,
      ),
    0,
  );
  return {
    values,
    logits: logits.map(judge),
    gradients: inputs.map(judged),
    weights: judged(leaves.flatMap(({ tensor }) => tensor.values)),
    loss,
  };
}

export function judge(nums: readonly Near[]): Judged {
  return {
    value: Float64Array.from(nums, ({ value }) => value),
    bound: Float64Array.from(nums, ({ error }) => error),
  };
}

/**
 * The cross-entropy of a row from its logits, and how far from it an implementation may be, as in `judgeLoss` of
 * network-bounds.ts.
 */
export function judgeCrossEntropy({ value: z, bound }: Judged, label: number, slack = 0): Near {
  const shift = Math.max(...bound) + slack;
  const value = crossEntropy(z, label);
  const score = Math.max(...z) - (z[label] as number);
  return { value, error: 2 * shift + lossError(z, value + 4 * shift, score + 2 * shift) };
}

/** The gradient of the cross-entropy to its logits: softmax less the label. */
function logitSlopes(z: readonly Num[], label: number, slack: number): Near[] {
  const values = z.map(({ value }) => value);
  const relative = shiftedSoftmaxError(
    values,
    z.map(({ error }) => error + slack),
  );
  return Array.from(crossEntropyGradient(values, label), (value, j) => {
    const p = j === label ? value + 1 : value;
    const error = p * relative * (1 + U32) + LEAST_NORMAL + (j === label ? U32 * (1 - p + p * relative) : 0);
    return { value, error };
  });
}
