/** Functions of one number, of two, and of several, each element by element. */
import type { BinaryFunction, ParametricFunction, UnaryFunction } from "../../graph.ts";
import type { NodeReader, Translate, Translations } from "../node-reader.ts";
import { recognise } from "./patterns.ts";

const unary =
  (name: UnaryFunction): Translate =>
  (node) =>
    node.give({ op: "unary", function: name }, node.input(0));

const parametric =
  (functionOf: (node: NodeReader) => ParametricFunction): Translate =>
  (node) =>
    node.give({ op: "unary", ...functionOf(node) }, node.input(0));

const binary =
  (name: BinaryFunction): Translate =>
  (node) =>
    node.give({ op: "binary", function: name }, node.input(0), node.input(1));

/** The product of two values, or the function that it is the end of. */
const multiply: Translate = (node) => {
  const known = recognise(node);
  if (known) return node.give({ op: "unary", function: known.function }, known.x);
  return node.give({ op: "binary", function: "multiply" }, node.input(0), node.input(1));
};

/** Of as many inputs as there are, from left to right. */
const chain =
  (name: BinaryFunction): Translate =>
  (node) => {
    const [first, ...rest] = node.inputs as [string, ...string[]];
    if (first === undefined) node.refuse("an input", "none");
    if (rest.length === 0) return node.pass(first);
    const last = rest.pop() as string;
    const left = rest.reduce((a, b) => node.step({ op: "binary", function: name }, a, b), first);
    return node.give({ op: "binary", function: name }, left, last);
  };

/** The sum of all inputs times 1 / n. */
const mean: Translate = (node) => {
  const [first, ...rest] = node.inputs as [string, ...string[]];
  const sum = rest.reduce((a, b) => node.step({ op: "binary", function: "add" }, a, b), first);
  node.give({ op: "binary", function: "multiply" }, sum, node.scalar(1 / node.inputCount));
};

/** Bounds are attributes before version 11, inputs since then; either may be left out. */
const clip: Translate = (node) => {
  const [low, high] = node.opset < 11 ? [node.float("min"), node.float("max")] : [node.number(1), node.number(2)];
  const lower = low ?? Number.NEGATIVE_INFINITY;
  const upper = high ?? Number.POSITIVE_INFINITY;
  if (Number.isNaN(lower) || Number.isNaN(upper)) node.refuse("bounds that are numbers", "NaN");
  // What exporters write where there is no bound: the largest float.
  const isOpen = upper >= LARGEST;
  if (lower <= -LARGEST && isOpen) node.pass(node.input(0));
  else if (lower === 0 && isOpen) node.give({ op: "unary", function: "relu" }, node.input(0));
  else if (lower === 0 && upper === 6) node.give({ op: "unary", function: "relu6" }, node.input(0));
  else node.give({ op: "unary", function: "clip", lower, upper }, node.input(0));
};

const LARGEST = 3.4028234663852886e38;

/** alpha of SELU, and what it is scaled by, in single precision [Klambauer et al. 2017]. */
const SELU_ALPHA = Math.fround(1.6732632423543772);
const SELU_GAMMA = Math.fround(1.0507009873554805);

const selu: Translate = (node) => {
  const alpha = node.float("alpha", SELU_ALPHA);
  const gamma = node.float("gamma", SELU_GAMMA);
  if (isNear(alpha, SELU_ALPHA) && isNear(gamma, SELU_GAMMA)) {
    return node.give({ op: "unary", function: "selu" }, node.input(0));
  }
  const inner = node.step({ op: "unary", function: "elu", alpha }, node.input(0));
  return node.give({ op: "binary", function: "multiply" }, inner, node.scalar(gamma));
};

/** Whether a number was written with six digits or more of another. */
const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6 * b;

/** max(0, x) + min(0, alpha (exp(x / alpha) - 1)): alpha times ELU of x / alpha. */
const celu: Translate = (node) => {
  const alpha = node.float("alpha", 1);
  if (!(alpha > 0)) node.refuse("alpha > 0", `${alpha}`);
  if (alpha === 1) return node.give({ op: "unary", function: "elu", alpha: 1 }, node.input(0));
  const inside = node.step({ op: "binary", function: "multiply" }, node.input(0), node.scalar(1 / alpha));
  const outside = node.step({ op: "unary", function: "elu", alpha: 1 }, inside);
  return node.give({ op: "binary", function: "multiply" }, outside, node.scalar(alpha));
};

const gelu: Translate = (node) => {
  const by = node.oneOf("approximate", ["none", "tanh"], "none");
  node.give({ op: "unary", function: by === "tanh" ? "gelu_tanh" : "gelu" }, node.input(0));
};

/** x sigmoid(alpha x) */
const swish: Translate = (node) => {
  if (node.float("alpha", 1) !== 1) node.refuse("alpha 1", `${node.float("alpha", 1)}`);
  node.give({ op: "unary", function: "swish" }, node.input(0));
};

/** The remainder has the sign of the divisor, unless `fmod` asks for that of C. */
const modulo: Translate = (node) => {
  node.requireInt("fmod", 0);
  node.give({ op: "binary", function: "modulo" }, node.input(0), node.input(1));
};

/** Whole powers of two and halves by what they are; the rest of a power is the kernel's business. */
const power: Translate = (node) => {
  const constant = node.constant(1);
  const exponent = constant?.shape.every((extent) => extent === 1) ? constant.read()[0] : undefined;
  const isScalar = constant !== undefined && constant.shape.length <= node.shape(0).length;
  if (isScalar && exponent === 2) return node.give({ op: "unary", function: "square" }, node.input(0));
  if (isScalar && exponent === 0.5) return node.give({ op: "unary", function: "sqrt" }, node.input(0));
  if (isScalar && exponent === 1) return node.pass(node.input(0));
  return node.give({ op: "binary", function: "power" }, node.input(0), node.input(1));
};

export const ELEMENTWISE: Translations = {
  Abs: unary("abs"),
  Add: binary("add"),
  And: binary("and"),
  Ceil: unary("ceil"),
  Celu: celu,
  Clip: clip,
  Cos: unary("cos"),
  Div: binary("divide"),
  Elu: parametric((node) => ({ function: "elu", alpha: node.float("alpha", 1) })),
  Equal: binary("equal"),
  Erf: unary("erf"),
  Exp: unary("exp"),
  Floor: unary("floor"),
  Gelu: gelu,
  Greater: binary("greater"),
  GreaterOrEqual: binary("greater_equal"),
  HardSigmoid: parametric((node) => ({
    function: "hard_sigmoid",
    alpha: node.float("alpha", Math.fround(0.2)),
    beta: node.float("beta", 0.5),
  })),
  HardSwish: unary("hard_swish"),
  LeakyRelu: parametric((node) => ({ function: "leaky_relu", alpha: node.float("alpha", Math.fround(0.01)) })),
  Less: binary("less"),
  LessOrEqual: binary("less_equal"),
  Log: unary("log"),
  Max: chain("maximum"),
  Mean: mean,
  Min: chain("minimum"),
  Mish: unary("mish"),
  Mod: modulo,
  Mul: multiply,
  Neg: unary("negate"),
  Or: binary("or"),
  PRelu: (node) => node.give({ op: "prelu" }, node.input(0), node.input(1)),
  Pow: power,
  Reciprocal: unary("reciprocal"),
  Relu: unary("relu"),
  Round: unary("round"),
  Selu: selu,
  Sigmoid: unary("sigmoid"),
  Sign: unary("sign"),
  Sin: unary("sin"),
  Softplus: unary("softplus"),
  Softsign: unary("softsign"),
  Sqrt: unary("sqrt"),
  Sub: binary("subtract"),
  Sum: chain("add"),
  Swish: swish,
  Tanh: unary("tanh"),
  ThresholdedRelu: parametric((node) => ({ function: "thresholded_relu", alpha: node.float("alpha", 1) })),
  Where: (node) => node.give({ op: "select" }, node.input(0), node.input(1), node.input(2)),
};
