/** Normalisations: with moments that are given, with those of the row itself, with those of neighbouring channels. */
import type { NodeReader, Translate, Translations } from "../node-reader.ts";

/** The default of every normalisation of ONNX, in single precision. */
const EPSILON = Math.fround(1e-5);

/** Axes [from, rank). */
const axesFrom = (from: number, rank: number): number[] => Array.from({ length: rank - from }, (_, i) => i + from);

/** One number a channel as an array that stretches over images [batch, channels, ...extents]. */
function perChannel(node: NodeReader, value: string, rank: number): string {
  const channels = node.builder.shapeOf(value)[0] as number;
  return node.step({ op: "reshape", shape: [channels, ...new Array<number>(rank - 2).fill(1)] }, value);
}

/**
 * In inference: moments that were learnt, and one output. Before version 14 several outputs mean training; versions before 9 may
 * normalise each position apart.
 */
const batchNormalisation: Translate = (node) => {
  if (node.opset < 14 && node.outputCount > 1)
    node.refuse("one output, as in inference", `${node.outputCount}, as in training`);
  node.requireInt("training_mode", 0);
  node.requireInt("spatial", 1);
  const [x, scale, offset, mean, variance] = [0, 1, 2, 3, 4].map((i) => node.input(i)) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const epsilon = node.float("epsilon", EPSILON);
  node.give({ op: "batch normalisation", axis: 1, epsilon }, x, scale, offset, mean, variance);
};

const layerNormalisation: Translate = (node) => {
  const rank = node.shape(0).length;
  const axes = axesFrom(node.axis(node.int("axis", -1), rank), rank);
  node.requireInt("stash_type", 1);
  const scale = [node.optional(1), node.optional(2)].filter((value) => value !== undefined);
  node.give({ op: "standardise", axes, epsilon: node.float("epsilon", EPSILON) }, node.input(0), ...scale);
};

const instanceNormalisation: Translate = (node) => {
  const rank = node.shape(0).length;
  const [scale, offset] = [perChannel(node, node.input(1), rank), perChannel(node, node.input(2), rank)];
  const epsilon = node.float("epsilon", EPSILON);
  node.give({ op: "standardise", axes: axesFrom(2, rank), epsilon }, node.input(0), scale, offset);
};

/** Scale and offset are of one number a group before version 21, of one a channel since then. */
const groupNormalisation: Translate = (node) => {
  const shape = node.shape(0);
  const [batch, channels, ...extents] = shape as [number, number, ...number[]];
  const groups = node.int("num_groups", 0);
  if (groups < 1 || channels % groups !== 0) node.refuse(`num_groups that divide ${channels} channels`, `${groups}`);
  const rank = shape.length;
  const epsilon = node.float("epsilon", EPSILON);
  const split = node.step({ op: "reshape", shape: [batch, groups, channels / groups, ...extents] }, node.input(0));
  const ofGroups = node.opset < 21;
  const affine = [node.input(1), node.input(2)];
  const inner = ofGroups ? affine.map((value) => perChannel(node, value, rank + 1)) : [];
  const made = node.step({ op: "standardise", axes: axesFrom(2, rank + 1), epsilon }, split, ...inner);
  if (ofGroups) return node.give({ op: "reshape", shape }, made);
  const back = node.step({ op: "reshape", shape }, made);
  const [scale, offset] = affine.map((value) => perChannel(node, value, rank)) as [string, string];
  const scaled = node.step({ op: "binary", function: "multiply" }, back, scale);
  return node.give({ op: "binary", function: "add" }, scaled, offset);
};

/** x / max(norm, 0): the norm of the vectors along an axis. */
const lpNormalisation: Translate = (node) => {
  const axis = node.axis(node.int("axis", -1), node.shape(0).length);
  const p = node.int("p", 2);
  if (p !== 1 && p !== 2) node.refuse("p 1 or 2", `${p}`);
  const norm = node.step({ op: "reduce", kind: p === 1 ? "l1" : "l2", axes: [axis], keepsAxes: true }, node.input(0));
  node.give({ op: "binary", function: "divide" }, node.input(0), norm);
};

/** ONNX divides alpha by the size of the window. */
const localResponse: Translate = (node) => {
  const size = node.int("size", 0);
  if (size < 1 || size % 2 === 0) node.refuse("an odd size", `${size}`);
  node.give(
    {
      ...{ op: "local response", axis: 1, radius: (size - 1) / 2, bias: node.float("bias", 1) },
      ...{ alpha: node.float("alpha", Math.fround(1e-4)) / size, beta: node.float("beta", 0.75) },
    },
    node.input(0),
  );
};

export const NORMALISATIONS: Translations = {
  BatchNormalization: batchNormalisation,
  GroupNormalization: groupNormalisation,
  InstanceNormalization: instanceNormalisation,
  LRN: localResponse,
  LayerNormalization: layerNormalisation,
  LpNormalization: lpNormalisation,
};
