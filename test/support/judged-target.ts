/** What any single-precision implementation of an attack's target may answer: its model in double precision, with bounds. */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { expect } from "vitest";
import type { ModelArtifacts } from "../../src/model/index.ts";
import { fromLayersModel } from "../../src/tfjs/index.ts";
import { softmax } from "../oracle/softmax.ts";
import { firstBeyond, g, U32 } from "./bounds.ts";
import { judgeCrossEntropy, judgeGraph } from "./graph-judge.ts";
import { type Judged, LEAST_NORMAL, shiftedSoftmaxError } from "./network-bounds.ts";
import { softmaxError } from "./softmax-bounds.ts";
import { unshiftedSlack } from "./tfjs.ts";

/** Of all rows, one behind another. */
export interface JudgedTarget {
  logits: Judged;
  probabilities: Judged;
  loss: Judged;
  gradient: Judged;
}

/** A sequence of layers as a graph, each taking what the one before it gives. */
function asGraph(artifacts: ModelArtifacts, shape: readonly (number | null)[]): ModelArtifacts {
  const { config } = artifacts.modelTopology as {
    config: { layers: { class_name: string; config: { name: string } }[] };
  };
  const input = { class_name: "InputLayer", config: { name: "input", batch_input_shape: shape } };
  const all = [input, ...config.layers.filter(({ class_name }) => class_name !== "InputLayer")];
  const layers = all.map((layer, i) => ({
    ...layer,
    name: layer.config.name,
    inbound_nodes: [i === 0 ? [] : [[all[i - 1]?.config.name, 0, 0, {}]]],
  }));
  return { ...artifacts, modelTopology: { class_name: "Functional", config: { layers } } };
}

/**
 * What is lost on the way over probabilities p = softmax(z) and ln p, as an error of the logits: of p, of its logarithm, and
 * of the slope p_j (t_j - <t, p>) at the logits, t = (softmax(ln p) - truth) / p, where |<t, p>| adds up to 2 at most. Per
 * unit of p_j a slope errs by twice an error of the logits.
 */
export function probabilitySlack(z: ArrayLike<number>, label: number): number {
  const p = softmax(z);
  const own = p[label] as number;
  const relative = softmaxError(z);
  const factors = g(4, U32) + 2 * relative;
  const inner = 2 * (g(z.length + 4, U32) + 2 * relative);
  const logarithm = 2 * U32 * -Math.log(Math.min(...Array.from(p)));
  return relative + logarithm + (factors * Math.max(1, (1 - own) / own) + inner) / 2;
}

/** A sequence of layers whose output `end` is its logits; `lost` is what else an implementation loses of them. */
export async function judgeTarget(
  model: LayersModel,
  end: string,
  rows: Float32Array,
  labels: readonly number[],
  lost: (z: ArrayLike<number>, label: number) => number = () => 0,
): Promise<JudgedTarget> {
  const artifacts = asGraph((await fromLayersModel(model)).toArtifacts(), model.inputs[0]?.shape ?? []);
  const width = rows.length / labels.length;
  const each = labels.map((_, r) => rows.slice(r * width, (r + 1) * width));
  const { logits } = judgeGraph(artifacts, `${end}:0`, each, labels);
  const slack = Math.max(...logits.map(({ value }, r) => unshiftedSlack(value) + lost(value, labels[r] as number)));
  const losses = logits.map((z, r) => judgeCrossEntropy(z, labels[r] as number, slack));
  return {
    logits: joined(logits),
    probabilities: joined(logits.map(probabilitiesOf)),
    loss: {
      value: Float64Array.from(losses, ({ value }) => value),
      bound: Float64Array.from(losses, ({ error }) => error),
    },
    gradient: joined(judgeGraph(artifacts, `${end}:0`, each, labels, slack).gradients),
  };
}

function probabilitiesOf({ value, bound }: Judged): Judged {
  const p = softmax(value);
  const relative = shiftedSoftmaxError(value, bound);
  return { value: Float64Array.from(p), bound: Float64Array.from(p, (v) => v * relative + LEAST_NORMAL) };
}

function joined(all: readonly Judged[]): Judged {
  return {
    value: Float64Array.from(all.flatMap(({ value }) => [...value])),
    bound: Float64Array.from(all.flatMap(({ bound }) => [...bound])),
  };
}

/** Numbers of the judged ones, from one of them on. */
export function expectWithin(found: ArrayLike<number>, { value, bound }: Judged, first = 0): void {
  const [values, bounds] = [value, bound].map((all) => all.slice(first, first + found.length));
  expect(firstBeyond(found, values as Float64Array, bounds as Float64Array)).toBe(-1);
  // The bounds say something: none is as much as 2000 roundings of the largest.
  const largest = Math.max(...Array.from(value, Math.abs));
  expect(Math.max(...bound)).toBeLessThan(2000 * U32 * largest);
}
