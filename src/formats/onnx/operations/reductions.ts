/** Reductions over axes, pools over whole images, and softmax. */
import type { ReduceKind } from "../../graph.ts";
import { numbersOf } from "../../shapes.ts";
import type { NodeReader, Translate, Translations } from "../node-reader.ts";

/** Version since which the axes are an input. */
const SUM_AXES = 13;
const AXES = 18;

function reductionAxes(node: NodeReader, since: number): readonly number[] | undefined {
  const rank = node.shape(0).length;
  const axes = node.list("axes", 1, since);
  if (axes !== undefined && axes.length > 0) return node.axes(axes, rank);
  if (node.int("noop_with_empty_axes", 0) !== 0) return undefined;
  return Array.from({ length: rank }, (_, axis) => axis);
}

const reduction =
  (kind: ReduceKind, since = AXES): Translate =>
  (node) => {
    const axes = reductionAxes(node, since);
    if (!axes) return node.pass(node.input(0));
    return node.give({ op: "reduce", kind, axes, keepsAxes: node.int("keepdims", 1) !== 0 }, node.input(0));
  };

const logSum: Translate = (node) => {
  const axes = reductionAxes(node, AXES) ?? [];
  const sum = node.step({ op: "reduce", kind: "sum", axes, keepsAxes: node.int("keepdims", 1) !== 0 }, node.input(0));
  node.give({ op: "unary", function: "log" }, sum);
};

const globalPool =
  (kind: "mean" | "maximum"): Translate =>
  (node) => {
    const rank = node.shape(0).length;
    if (rank < 3) node.refuse("[batch, channels, ...extents]", `rank ${rank}`);
    const axes = Array.from({ length: rank - 2 }, (_, i) => i + 2);
    node.give({ op: "reduce", kind, axes, keepsAxes: true }, node.input(0));
  };

/** Before version 13 over all axes from the given one on, which is the second if none is given; since then over one, the last. */
const softmax =
  (op: "softmax" | "log softmax"): Translate =>
  (node) => {
    const shape = node.shape(0);
    const rank = shape.length;
    const isOld = node.opset < 13;
    const axis = node.axis(node.int("axis", isOld ? 1 : -1), rank);
    if (!isOld || axis === rank - 1) return node.give({ op, axis }, node.input(0));
    const flat = [...shape.slice(0, axis), numbersOf(shape.slice(axis))];
    const row = node.step({ op: "reshape", shape: flat }, node.input(0));
    const made = node.step({ op, axis }, row);
    return node.give({ op: "reshape", shape }, made);
  };

export const REDUCTIONS: Translations = {
  GlobalAveragePool: globalPool("mean"),
  GlobalMaxPool: globalPool("maximum"),
  LogSoftmax: softmax("log softmax"),
  ReduceL1: reduction("l1"),
  ReduceL2: reduction("l2"),
  ReduceLogSum: logSum,
  ReduceLogSumExp: reduction("log sum exp"),
  ReduceMax: reduction("maximum"),
  ReduceMean: reduction("mean"),
  ReduceMin: reduction("minimum"),
  ReduceProd: reduction("product"),
  ReduceSum: reduction("sum", SUM_AXES),
  ReduceSumSquare: reduction("sum of squares"),
  Softmax: softmax("softmax"),
};
