/**
 * The activations by name: kernel, gradient, greatest slope, range, all that is known of each in one place. A new one is a
 * pair of kernels and an entry here.
 */
import { exactly } from "../../numeric/rounding.ts";
import { type Activation, EVERYWHERE } from "./operation-map.ts";

const INFINITY = Number.POSITIVE_INFINITY;

/** Functions with a pair of kernels of their name. */
type Named = "relu" | "elu" | "selu" | "sigmoid" | "hard_sigmoid" | "tanh" | "softplus" | "softsign" | "swish" | "gelu";
type Facts = Pick<Activation, "gradientFrom" | "slope" | "range" | "isMonotone">;

function named(name: Named, facts: Facts): Activation {
  return {
    name,
    forward: (kernels, n, x, y) => kernels[`${name}_f32`](n, x, y),
    gradient: (kernels, n, at, dy, dx) => kernels[`${name}_grad_f32`](n, at, dy, dx),
    ...facts,
  };
}

/** Functions by their number in assembly/layers/function.ts. */
const NUMBERED = [
  "exp",
  "log",
  "sqrt",
  "rsqrt",
  "square",
  "abs",
  "reciprocal",
  "erf",
  "gelu_new",
  "mish",
  "hard_sigmoid",
  "exponential_linear",
  "thresholded_relu",
  "whole_power",
  "power",
  "affine",
] as const;

/** One of the functions that share a pair of kernels, with at most three parameters. */
export function functionKernels(
  name: (typeof NUMBERED)[number],
  parameters: readonly number[],
  gradientFrom: Activation["gradientFrom"],
  facts: Omit<Facts, "gradientFrom">,
): Activation {
  const f = NUMBERED.indexOf(name);
  const [a = 0, b = 0, c = 0] = parameters;
  return {
    name,
    parameters: parameters.map(Math.fround),
    forward: (kernels, n, x, y) => kernels.function_f32(f, n, a, b, c, x, y),
    gradient: (kernels, n, at, dy, dx) => kernels.function_grad_f32(f, n, a, b, c, at, dy, dx),
    ...{ gradientFrom, ...facts },
  };
}

/** min(max(x, 0), top); the gradient may stop at another bound. */
export function reluUpTo(top: number, gradientTop = top): Activation {
  return {
    name: "relu",
    parameters: [Math.fround(top)],
    forward: (kernels, n, x, y) => kernels.relu_top_f32(n, top, x, y),
    gradient: (kernels, n, x, dy, dx) => kernels.relu_top_grad_f32(n, gradientTop, x, dy, dx),
    gradientFrom: "input",
    slope: exactly(top === 0 ? 0 : 1),
    range: [0, Math.fround(top)],
    isMonotone: true,
  };
}

/** x, below zero alpha x. */
export function leakyRelu(alpha: number): Activation {
  return {
    name: "leaky_relu",
    parameters: [Math.fround(alpha)],
    forward: (kernels, n, x, y) => kernels.leaky_relu_f32(n, alpha, x, y),
    gradient: (kernels, n, x, dy, dx) => kernels.leaky_relu_grad_f32(n, alpha, x, dy, dx),
    gradientFrom: "input",
    slope: exactly(Math.max(1, Math.fround(Math.abs(alpha)))),
    range: alpha > 0 ? EVERYWHERE : [0, INFINITY],
    isMonotone: alpha >= 0,
  };
}

/** The largest float below 6: the gradient of tfjs's relu6 stops short of its bound. */
const BELOW_6 = 6 - 2 ** -21;

/** What is no short decimal stands between its neighbours of nine digits; ranges end at or beyond what a kernel gives. */
export const ELEMENTWISE = {
  relu: named("relu", {
    ...{ gradientFrom: "output", slope: exactly(1), range: [0, INFINITY], isMonotone: true },
  }),
  relu6: { ...reluUpTo(6, BELOW_6), name: "relu6" },
  elu: named("elu", {
    ...{ gradientFrom: "output", slope: exactly(1), range: [-1, INFINITY], isMonotone: true },
  }),
  selu: named("selu", {
    gradientFrom: "input",
    slope: { lower: 1.758099, upper: 1.7581 }, // scale times alpha, just below zero
    range: [-1.7581, INFINITY],
    isMonotone: true,
  }),
  sigmoid: named("sigmoid", {
    ...{ gradientFrom: "output", slope: exactly(1 / 4), range: [0, 1], isMonotone: true },
  }),
  hard_sigmoid: named("hard_sigmoid", {
    gradientFrom: "input",
    slope: { lower: 0.2 - 2 ** -25, upper: 0.2 + 2 ** -25 }, // 0.2 in single precision
    range: [0, 1],
    isMonotone: true,
  }),
  /** x / 6 + 1/2 held within 0 and 1, which Keras 3 calls hard sigmoid. */
  hard_sigmoid_sixth: functionKernels("hard_sigmoid", [1 / 6, 0.5], "input", {
    slope: exactly(Math.fround(1 / 6)),
    range: [0, 1],
    isMonotone: true,
  }),
  tanh: named("tanh", {
    ...{ gradientFrom: "output", slope: exactly(1), range: [-1, 1], isMonotone: true },
  }),
  softplus: named("softplus", {
    ...{ gradientFrom: "input", slope: exactly(1), range: [0, INFINITY], isMonotone: true },
  }),
  softsign: named("softsign", {
    ...{ gradientFrom: "input", slope: exactly(1), range: [-1, 1], isMonotone: true },
  }),
  swish: named("swish", {
    gradientFrom: "input",
    slope: { lower: 1.09983931, upper: 1.09983933 }, // s + x s (1 - s) at x = 2.39935728
    range: [-0.27846455, INFINITY], // at x = -1.27846454
    isMonotone: false,
  }),
  mish: functionKernels("mish", [], "input", {
    slope: { lower: 1.08849816, upper: 1.08849817 }, // at x = 1.49057
    range: [-0.3088435, INFINITY], // at x = -1.19243
    isMonotone: false,
  }),
  /** By tanh, as GPT has it. */
  gelu_new: functionKernels("gelu_new", [], "input", {
    slope: { lower: 1.12899306, upper: 1.12899307 }, // at x = 1.4185
    range: [-0.1700409, INFINITY], // at x = -0.75246
    isMonotone: false,
  }),
  gelu: named("gelu", {
    gradientFrom: "input",
    slope: { lower: 1.12890414, upper: 1.12890415 }, // F(r) + r f(r) at r = sqrt(2), the normal distribution and density
    range: [-0.1699713, INFINITY], // at x = -0.75179161
    isMonotone: false,
  }),
} as const satisfies Readonly<Record<string, Activation>>;

export type ElementwiseName = keyof typeof ELEMENTWISE;
/** The names that a configuration may give: `linear` needs no kernel, and `softmax` looks at a whole row. */
export type ActivationName = "linear" | ElementwiseName | "softmax";
