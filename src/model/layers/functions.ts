/**
 * Functions of one number beyond those that configurations of Keras name (activations.ts): what nodes of ONNX and GraphModels
 * compute. One that has a kernel of its own elsewhere is that one.
 */
import { outOfRange } from "../../check.ts";
import { type Bracket, exactly } from "../../numeric/rounding.ts";
import { ELEMENTWISE, functionKernels } from "./activations.ts";
import { type Activation, EVERYWHERE, type Range } from "./operation-map.ts";

const INFINITY = Number.POSITIVE_INFINITY;
/** Of a function that is steeper than any line somewhere. */
const UNBOUNDED: Bracket = exactly(INFINITY);
const NOT_NEGATIVE: Range = [0, INFINITY];
/** Room for the roundings of a kernel at an end of a range. */
const ROOM = 1 + 2 ** -20;

/** Functions without parameters. */
export const FUNCTIONS = {
  /** e^x */
  exp: functionKernels("exp", [], "output", { slope: UNBOUNDED, range: NOT_NEGATIVE, isMonotone: true }),
  /** ln x. Of a number below zero there is none. */
  log: functionKernels("log", [], "input", { slope: UNBOUNDED, range: EVERYWHERE, isMonotone: true }),
  sqrt: functionKernels("sqrt", [], "output", { slope: UNBOUNDED, range: NOT_NEGATIVE, isMonotone: true }),
  /** 1 / sqrt x */
  rsqrt: functionKernels("rsqrt", [], "output", { slope: UNBOUNDED, range: NOT_NEGATIVE, isMonotone: false }),
  square: functionKernels("square", [], "input", { slope: UNBOUNDED, range: NOT_NEGATIVE, isMonotone: false }),
  abs: functionKernels("abs", [], "input", { slope: exactly(1), range: NOT_NEGATIVE, isMonotone: false }),
  /** 1 / x */
  reciprocal: functionKernels("reciprocal", [], "output", { slope: UNBOUNDED, range: EVERYWHERE, isMonotone: false }),
  erf: functionKernels("erf", [], "input", {
    slope: { lower: 1.12837916, upper: 1.12837917 }, // 2 / sqrt pi
    range: [-1, 1],
    isMonotone: true,
  }),
  neg: affine(-1, 0),
} as const satisfies Readonly<Record<string, Activation>>;

function requireFinite(subject: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!Number.isFinite(Math.fround(value))) outOfRange(`${subject} ${name}`, "a finite number", value);
  }
}

/** a x + b, two roundings. */
export function affine(a: number, b: number): Activation {
  requireFinite("affine", { a, b });
  const slope = exactly(Math.abs(Math.fround(a)));
  return functionKernels("affine", [a, b], "input", { slope, range: EVERYWHERE, isMonotone: a >= 0 });
}

/** x held within two ends, which may be infinite; the slope at an end is that of inside, as in tfjs. */
export function clip(lower: number, upper: number): Activation {
  if (!(lower <= upper)) outOfRange("clip", "an upper end above the lower one", `${lower} and ${upper}`);
  const range: Range = [Math.fround(lower), Math.fround(upper)];
  return {
    name: "clip",
    parameters: range,
    forward: (kernels, n, x, y) => kernels.clip_f32(n, lower, upper, x, y),
    gradient: (kernels, n, x, dy, dx) => kernels.clip_grad_f32(n, lower, upper, x, dy, dx),
    ...{ gradientFrom: "input", slope: exactly(1), range, isMonotone: true },
  };
}

/** a x + b held within 0 and 1: of Keras 2 with 0.2 and 0.5, of Keras 3 with 1/6 and 1/2. */
export function hardSigmoid(a: number, b: number): Activation {
  requireFinite("hard sigmoid", { a, b });
  if (Math.fround(a) === Math.fround(0.2) && b === 0.5) return ELEMENTWISE.hard_sigmoid;
  const slope = exactly(Math.abs(Math.fround(a)));
  return functionKernels("hard_sigmoid", [a, b], "input", { slope, range: [0, 1], isMonotone: a >= 0 });
}

/** x times a x + b held within 0 and 1, a > 0 and 0 <= b <= 2: hard swish with 1/6 and 1/2 [Howard et al. 2019]. */
export function hardSwish(a: number, b: number): Activation {
  requireFinite("hard swish", { a, b });
  if (!(a > 0)) outOfRange("hard swish a", "a number > 0", a);
  if (!(b >= 0 && b <= 2)) outOfRange("hard swish b", "a number from 0 to 2", b);
  // Between the ends the slope goes from -b to 2 - b, and the least value is at -b / (2 a).
  return {
    name: "hard_swish",
    parameters: [Math.fround(a), Math.fround(b)],
    forward: (kernels, n, x, y) => kernels.hard_swish_f32(n, a, b, x, y),
    gradient: (kernels, n, x, dy, dx) => kernels.hard_swish_grad_f32(n, a, b, x, dy, dx),
    ...{ gradientFrom: "input", slope: exactly(Math.max(1, Math.fround(b), 2 - Math.fround(b))) },
    ...{ range: [((-b * b) / (4 * a)) * ROOM, INFINITY], isMonotone: b === 0 },
  };
}

/** gamma x, below zero alpha (e^(rate x) - 1). */
function exponentialLinear(name: string, alpha: number, gamma: number, rate: number): Activation {
  requireFinite(name, { alpha, gamma, rate });
  const [a, b, c] = [alpha, gamma, rate].map(Math.fround) as [number, number, number];
  const bend = Math.fround(a * c);
  const slope = exactly(Math.max(Math.abs(b), Math.abs(bend)));
  const isMonotone = b >= 0 && bend >= 0;
  const range: Range = isMonotone && c > 0 ? [-a, INFINITY] : EVERYWHERE;
  return functionKernels("exponential_linear", [a, b, c], "input", { slope, range, isMonotone });
}

/** x, below zero alpha (e^x - 1). */
export function elu(alpha: number): Activation {
  return alpha === 1 ? ELEMENTWISE.elu : exponentialLinear("elu", alpha, 1, 1);
}

/** x, below zero alpha (e^(x / alpha) - 1)   [Barron 2017] */
export function celu(alpha: number): Activation {
  if (!(alpha > 0)) outOfRange("celu alpha", "a number > 0", alpha);
  return alpha === 1 ? ELEMENTWISE.elu : exponentialLinear("celu", alpha, 1, 1 / alpha);
}

/** gamma times x, below zero gamma alpha (e^x - 1). */
export function selu(alpha: number, gamma: number): Activation {
  const isUsual = Math.abs(alpha - 1.6732632423543772) < 1e-7 && Math.abs(gamma - 1.0507009873554805) < 1e-7;
  return isUsual ? ELEMENTWISE.selu : exponentialLinear("selu", gamma * alpha, gamma, 1);
}

/** x where x > theta, elsewhere 0. It jumps at theta unless that is 0. */
export function thresholdedRelu(theta: number): Activation {
  requireFinite("thresholded relu", { theta });
  return functionKernels("thresholded_relu", [theta], "input", {
    slope: theta === 0 ? exactly(1) : UNBOUNDED,
    range: [Math.min(Math.fround(theta), 0), INFINITY],
    isMonotone: theta >= 0,
  });
}

/** Whole powers up to this one are products; beyond, and between, they are e^(p ln x). */
const WHOLE_POWERS = 64;

/** x^p: a product of squares for a whole p up to 64, with 2 log2 |p| roundings at most; otherwise e^(p ln x), of x >= 0. */
export function powerOf(p: number): Activation {
  requireFinite("power", { p });
  if (p === 2) return FUNCTIONS.square;
  if (p === 0.5) return FUNCTIONS.sqrt;
  if (p === -0.5) return FUNCTIONS.rsqrt;
  if (p === -1) return FUNCTIONS.reciprocal;
  const isWhole = Number.isInteger(p) && Math.abs(p) <= WHOLE_POWERS;
  if (!isWhole) {
    return functionKernels("power", [p], "input", { slope: UNBOUNDED, range: NOT_NEGATIVE, isMonotone: p > 0 });
  }
  const isEven = p % 2 === 0;
  return functionKernels("whole_power", [p], "input", {
    slope: p === 0 || p === 1 ? exactly(p) : UNBOUNDED,
    range: isEven ? NOT_NEGATIVE : EVERYWHERE,
    isMonotone: p === 0 || (!isEven && p > 0),
  });
}
