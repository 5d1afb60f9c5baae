/** Functions of each number, arithmetic, normalisations, pools and reductions. */
import { outOfRange } from "../../../check.ts";
import type { BinaryFunction, Operation, ReduceKind, UnaryFunction } from "../../graph.ts";
import { channelAxis } from "../../shapes.ts";
import {
  direct,
  emit,
  fromFront,
  input,
  layoutOf,
  ofSides,
  slidingOf,
  subjectOf,
  type Translation,
  wholes,
} from "./translate.ts";

const unary = (name: UnaryFunction): Translation => direct({ op: "unary", function: name }, 1);
const binary = (name: BinaryFunction): Translation => direct({ op: "binary", function: name }, 2);

/** A function with one number of its own. */
const parametric =
  (make: (attribute: (name: string, otherwise: number) => number) => Operation): Translation =>
  (node, builder) => {
    const operation = make((name, otherwise) => node.attributes.real(name, otherwise));
    emit(builder, node.name, [input(node, 0)], operation);
  };

/** x, least and greatest value. */
const clip: Translation = (node, builder) => {
  const bound = (i: number) => {
    const values = wholes(node, builder, i);
    return values.length === 1
      ? (values[0] as number)
      : outOfRange(subjectOf(node), "bounds of one number", `${values.length}`);
  };
  emit(builder, node.name, [input(node, 0)], { op: "unary", function: "clip", lower: bound(1), upper: bound(2) });
};

const addAll: Translation = (node, builder) => {
  const [first, ...others] = node.inputs as [string, ...string[]];
  if (others.length === 0) builder.alias(node.name, first);
  others.reduce((sum, other, i) => {
    const name = i === others.length - 1 ? node.name : `${node.name}/${i}`;
    return emit(builder, name, [sum, other], { op: "binary", function: "add" });
  }, first);
};

const reduce =
  (kind: ReduceKind): Translation =>
  (node, builder) => {
    const x = input(node, 0);
    const axes = fromFront(node, wholes(node, builder, 1), builder.shapeOf(x).length);
    const keepsAxes = node.attributes.truth("keep_dims");
    emit(builder, node.name, [x], { op: "reduce", kind, axes, keepsAxes });
  };

const pool =
  (kind: "maximum" | "average"): Translation =>
  (node, builder) => {
    const x = input(node, 0);
    const image = builder.shapeOf(x);
    const layout = layoutOf(node, image.length === 5 ? "NDHWC" : "NHWC");
    const taps = ofSides(node.attributes.wholes("ksize"), layout, image.length);
    const sliding = slidingOf(node, image, taps);
    emit(builder, node.name, [x], { op: "pool", kind, taps, countsBorder: false, ...sliding });
  };

const batchNormalisation: Translation = (node, builder) => {
  const { attributes } = node;
  if (attributes.truth("is_training")) outOfRange(subjectOf(node), "moments that are known", "is_training");
  const axis = channelAxis(layoutOf(node), builder.shapeOf(input(node, 0)).length);
  const inputs = [0, 1, 2, 3, 4].map((i) => input(node, i));
  emit(builder, node.name, inputs, { op: "batch normalisation", axis, epsilon: attributes.real("epsilon", 1e-4) });
};

const localResponse: Translation = (node, builder) => {
  const { attributes } = node;
  emit(builder, node.name, [input(node, 0)], {
    op: "local response",
    axis: builder.shapeOf(input(node, 0)).length - 1,
    radius: attributes.whole("depth_radius", 5),
    bias: attributes.real("bias", 1),
    alpha: attributes.real("alpha", 1),
    beta: attributes.real("beta", 0.5),
  });
};

const softmax =
  (op: "softmax" | "log softmax"): Translation =>
  (node, builder) => {
    const axis = builder.shapeOf(input(node, 0)).length - 1;
    emit(builder, node.name, [input(node, 0)], { op, axis });
  };

export const ELEMENTWISE: Readonly<Record<string, Translation>> = {
  Abs: unary("abs"),
  Add: binary("add"),
  AddN: addAll,
  AddV2: binary("add"),
  AvgPool: pool("average"),
  AvgPool3D: pool("average"),
  Ceil: unary("ceil"),
  ClipByValue: clip,
  Cos: unary("cos"),
  Div: binary("divide"),
  Elu: parametric(() => ({ op: "unary", function: "elu", alpha: 1 })),
  Equal: binary("equal"),
  Erf: unary("erf"),
  Exp: unary("exp"),
  Floor: unary("floor"),
  FloorDiv: binary("floor_divide"),
  FloorMod: binary("modulo"),
  FusedBatchNorm: batchNormalisation,
  FusedBatchNormV2: batchNormalisation,
  FusedBatchNormV3: batchNormalisation,
  Greater: binary("greater"),
  GreaterEqual: binary("greater_equal"),
  Inv: unary("reciprocal"),
  LRN: localResponse,
  LeakyRelu: parametric((attribute) => ({ op: "unary", function: "leaky_relu", alpha: attribute("alpha", 0.2) })),
  Less: binary("less"),
  LessEqual: binary("less_equal"),
  Log: unary("log"),
  LogicalAnd: binary("and"),
  LogicalOr: binary("or"),
  LogSoftmax: softmax("log softmax"),
  Max: reduce("maximum"),
  MaxPool: pool("maximum"),
  MaxPool3D: pool("maximum"),
  Maximum: binary("maximum"),
  Mean: reduce("mean"),
  Min: reduce("minimum"),
  Minimum: binary("minimum"),
  Mul: binary("multiply"),
  Neg: unary("negate"),
  NotEqual: binary("not_equal"),
  Pow: binary("power"),
  Prelu: direct({ op: "prelu" }, 2),
  Prod: reduce("product"),
  RealDiv: binary("divide"),
  Reciprocal: unary("reciprocal"),
  Relu: unary("relu"),
  Relu6: unary("relu6"),
  Round: unary("round"),
  Rsqrt: unary("rsqrt"),
  Select: direct({ op: "select" }, 3),
  SelectV2: direct({ op: "select" }, 3),
  Selu: unary("selu"),
  Sigmoid: unary("sigmoid"),
  Sign: unary("sign"),
  Sin: unary("sin"),
  Softmax: softmax("softmax"),
  Softplus: unary("softplus"),
  Softsign: unary("softsign"),
  Sqrt: unary("sqrt"),
  Square: unary("square"),
  SquaredDifference: binary("squared_difference"),
  Sub: binary("subtract"),
  Sum: reduce("sum"),
  Tanh: unary("tanh"),
};
