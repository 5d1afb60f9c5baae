/** Functions of one number, by the names that the network's operations give them, as nodes of ONNX. */
import { outOfRange } from "../../../check.ts";
import type { Activation } from "../../../model/layers/index.ts";
import { type FileValue, float, type OnnxFile, text } from "./file.ts";

type Write = (file: OnnxFile, x: FileValue, parameters: readonly number[]) => FileValue;

const plain =
  (op: string): Write =>
  (file, x) =>
    file.each(x, op);

/** x op c */
function withNumber(file: OnnxFile, x: FileValue, op: string, c: number): FileValue {
  return { ...x, name: file.node(op, [x.name, file.scalar(c)]) };
}

const both = (file: OnnxFile, op: string, a: FileValue, b: FileValue): FileValue => ({
  ...a,
  name: file.node(op, [a.name, b.name]),
});

function clip(file: OnnxFile, x: FileValue, lower: number, upper: number): FileValue {
  const bound = (value: number): string => (Number.isFinite(value) ? file.scalar(value) : "");
  const inputs = [x.name, bound(lower), bound(upper)];
  while (inputs.at(-1) === "") inputs.pop();
  return { ...x, name: file.node("Clip", inputs) };
}

/** b x, below zero a (e^(c x) - 1). */
const exponentialLinear: Write = (file, x, [a = 1, b = 1, c = 1]) => {
  if (b === 1 && c === 1) return file.each(x, "Elu", { alpha: float(a) });
  const above = withNumber(file, file.each(x, "Relu"), "Mul", b);
  const scaled = withNumber(file, clip(file, x, Number.NEGATIVE_INFINITY, 0), "Mul", c);
  const below = withNumber(file, file.each(scaled, "Elu", { alpha: float(1) }), "Mul", a);
  return both(file, "Add", above, below);
};

const power: Write = (file, x, [p = 1]) => withNumber(file, x, "Pow", p);

/** In version 20 and later. */
const gelu =
  (approximate: "none" | "tanh"): Write =>
  (file, x) => {
    file.require(20);
    return file.each(x, "Gelu", { approximate: text(approximate) });
  };

const FUNCTIONS: Readonly<Record<string, Write>> = {
  abs: plain("Abs"),
  affine: (file, x, [a = 1, b = 0]) => {
    const scaled = a === 1 ? x : a === -1 ? file.each(x, "Neg") : withNumber(file, x, "Mul", a);
    return b === 0 ? scaled : withNumber(file, scaled, "Add", b);
  },
  clip: (file, x, [lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY]) => clip(file, x, lower, upper),
  elu: (file, x) => file.each(x, "Elu", { alpha: float(1) }),
  erf: plain("Erf"),
  exp: plain("Exp"),
  exponential_linear: exponentialLinear,
  gelu: gelu("none"),
  gelu_new: gelu("tanh"),
  hard_sigmoid: (file, x, [a = 0.2, b = 0.5]) => file.each(x, "HardSigmoid", { alpha: float(a), beta: float(b) }),
  hard_swish: (file, x, [a = 1 / 6, b = 0.5]) => {
    if (a === Math.fround(1 / 6) && b === 0.5) return file.each(x, "HardSwish");
    return both(file, "Mul", x, file.each(x, "HardSigmoid", { alpha: float(a), beta: float(b) }));
  },
  leaky_relu: (file, x, [alpha = 0]) => file.each(x, "LeakyRelu", { alpha: float(alpha) }),
  log: plain("Log"),
  mish: (file, x) => {
    file.require(18);
    return file.each(x, "Mish");
  },
  power,
  reciprocal: plain("Reciprocal"),
  relu: (file, x, [top]) => (top === undefined ? file.each(x, "Relu") : clip(file, x, 0, top)),
  relu6: (file, x) => clip(file, x, 0, 6),
  rsqrt: (file, x) => file.each(file.each(x, "Sqrt"), "Reciprocal"),
  selu: plain("Selu"),
  sigmoid: plain("Sigmoid"),
  softplus: plain("Softplus"),
  softsign: plain("Softsign"),
  sqrt: plain("Sqrt"),
  square: (file, x) => both(file, "Mul", x, x),
  swish: (file, x) => both(file, "Mul", x, file.each(x, "Sigmoid")),
  tanh: plain("Tanh"),
  thresholded_relu: (file, x, [theta = 0]) => file.each(x, "ThresholdedRelu", { alpha: float(theta) }),
  whole_power: power,
};

/** The names that can be written. */
export const WRITTEN_FUNCTIONS: readonly string[] = Object.keys(FUNCTIONS);

export function writeFunction(file: OnnxFile, x: FileValue, { name, parameters = [] }: Activation): FileValue {
  const write = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  return (write ?? outOfRange("ONNX", `a function among ${WRITTEN_FUNCTIONS.join(", ")}`, name))(file, x, parameters);
}
