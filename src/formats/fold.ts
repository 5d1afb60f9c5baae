/**
 * Nodes whose inputs are all constants, worked out at load. What moves numbers without changing them is put off until the
 * constant is read, so that large weights are not there twice; everything else is worked out at once.
 *
 * Floats are computed in double precision and rounded once: the bits depend on the model alone. Functions that no engine
 * computes alike (exp, erf) are not folded; models have no use for them on constants.
 */
import { outOfRange } from "../check.ts";
import type { BinaryFunction, Constant, DataType, GraphNode, NodeOf, ReduceKind, Shape, Values } from "./graph.ts";
import { inferShape, inferType, numbersOf } from "./shapes.ts";

/** Numbers that a constant may have which is worked out at load. */
const FOLD_LIMIT = 2 ** 26;

/** Whole numbers as a constant. */
export function integers(values: readonly number[], shape: Shape = [values.length]): Constant {
  const kept = Float64Array.from(values);
  return { dtype: "integer", shape, read: () => kept };
}

export function floats(values: ArrayLike<number>, shape: Shape = [values.length]): Constant {
  const kept = Float32Array.from(values);
  return { dtype: "float32", shape, read: () => kept };
}

/** The value of a node of constants. */
export function fold(node: GraphNode, inputs: readonly Constant[]): Constant {
  const shape = inferShape(
    node,
    inputs.map((input) => input.shape),
  );
  const dtype = inferType(
    node,
    inputs.map((input) => input.dtype),
  );
  const size = numbersOf(shape);
  if (size > FOLD_LIMIT) outOfRange(`${node.name} (${node.op})`, `at most ${FOLD_LIMIT} numbers`, `${size}`);
  const [first] = inputs as [Constant, ...Constant[]];
  if (node.op === "reshape" || (node.op === "cast" && node.to === first.dtype)) return { ...first, shape };
  const evaluate = () => evaluated(node, inputs, shape, dtype);
  const isMove = node.op === "transpose" || node.op === "slice";
  if (isMove && size > 4096) return { dtype, shape, read: evaluate };
  const values = evaluate();
  return { dtype, shape, read: () => values };
}

const valuesOf = (dtype: DataType, size: number): Values =>
  dtype === "float32" ? new Float32Array(size) : new Float64Array(size);

function evaluated(node: GraphNode, inputs: readonly Constant[], shape: Shape, dtype: DataType): Values {
  const values = inputs.map((input) => input.read());
  const [x] = values as [Values, ...Values[]];
  const from = (inputs[0] as Constant).shape;
  const strides = stridesOf(from);
  const made = valuesOf(dtype, numbersOf(shape));
  switch (node.op) {
    case "transpose":
      return moved(
        made,
        x,
        shape,
        node.order.map((axis) => strides[axis] as number),
      );
    case "slice": {
      const start = node.starts.reduce((sum, at, axis) => sum + at * (strides[axis] as number), 0);
      return moved(
        made,
        x,
        shape,
        strides.map((stride, axis) => stride * (node.steps[axis] as number)),
        start,
      );
    }
    case "broadcast":
      return moved(made, x, shape, stretched(from, shape));
    case "concatenate":
      return concatenated(node, inputs, values, made);
    case "gather":
      return gathered(node, from, values as [Values, Values], made);
    case "cast":
      return cast(node.to, x, made);
    case "unary":
      return made.map((_, i) => unary(node, x[i] as number));
    case "binary": {
      const isWhole = inputs.every((input) => input.dtype !== "float32");
      const [a, b] = inputs.map((input, i) => spread(input, values[i] as Values, shape)) as [Values, Values];
      return made.map((_, i) => binary(node.function, a[i] as number, b[i] as number, isWhole));
    }
    case "select": {
      const [is, a, b] = inputs.map((input, i) => spread(input, values[i] as Values, shape)) as [
        Values,
        Values,
        Values,
      ];
      return made.map((_, i) => (is[i] ? a[i] : b[i]) as number);
    }
    case "reduce":
      return reduced(node, from, x, made);
    default:
      return outOfRange(`${node.name} (${node.op})`, "an input that is no constant", "constants alone");
  }
}

function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => numbersOf(shape.slice(axis + 1)));
}

/** Strides by which an array of one shape is read as if it were stretched to another. */
function stretched(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  const missing = to.length - from.length;
  return to.map((_, axis) => ((from[axis - missing] ?? 1) === 1 ? 0 : (strides[axis - missing] as number)));
}

/** Fills an array of the given extents with what lies at these strides of another. */
function moved(made: Values, x: Values, extents: Shape, strides: readonly number[], start = 0): Values {
  const last = extents.length - 1;
  const [run, step] = [extents[last] ?? 1, strides[last] ?? 0];
  const index = extents.map(() => 0);
  let at = start;
  for (let i = 0; i < made.length; i += run) {
    for (let k = 0; k < run; k++) made[i + k] = x[at + k * step] as number;
    for (let axis = last - 1; axis >= 0; axis--) {
      const [extent, stride] = [extents[axis] as number, strides[axis] as number];
      at += stride;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < extent) break;
      at -= extent * stride;
      index[axis] = 0;
    }
  }
  return made;
}

function spread(input: Constant, x: Values, shape: Shape): Values {
  if (x.length === numbersOf(shape)) return x;
  return moved(valuesOf(input.dtype, numbersOf(shape)), x, shape, stretched(input.shape, shape));
}

function concatenated(
  { axis }: NodeOf<"concatenate">,
  inputs: readonly Constant[],
  values: readonly Values[],
  made: Values,
): Values {
  const outer = numbersOf((inputs[0] as Constant).shape.slice(0, axis));
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const x of values) {
      const width = x.length / outer;
      made.set(x.subarray(o * width, (o + 1) * width), at);
      at += width;
    }
  }
  return made;
}

function gathered({ name, axis }: NodeOf<"gather">, from: Shape, [x, indices]: [Values, Values], made: Values): Values {
  const [outer, extent, inner] = [
    numbersOf(from.slice(0, axis)),
    from[axis] as number,
    numbersOf(from.slice(axis + 1)),
  ];
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const index of indices) {
      const k = index < 0 ? index + extent : index;
      if (!(k >= 0 && k < extent)) outOfRange(`${name} (gather)`, `indices in [0, ${extent})`, `${index}`);
      made.set(x.subarray((o * extent + k) * inner, (o * extent + k + 1) * inner), at);
      at += inner;
    }
  }
  return made;
}

function cast(to: DataType, x: Values, made: Values): Values {
  if (to === "boolean") return made.map((_, i) => (x[i] ? 1 : 0));
  return made.map((_, i) => (to === "integer" ? Math.trunc(x[i] as number) : (x[i] as number)));
}

function unary(node: NodeOf<"unary">, x: number): number {
  switch (node.function) {
    case "abs":
      return Math.abs(x);
    case "ceil":
      return Math.ceil(x);
    case "clip":
      return Math.min(Math.max(x, node.lower), node.upper);
    case "floor":
      return Math.floor(x);
    case "negate":
      return -x;
    case "reciprocal":
      return 1 / x;
    case "relu":
      return Math.max(x, 0);
    case "rsqrt":
      return 1 / Math.sqrt(x);
    case "sign":
      return Math.sign(x);
    case "sqrt":
      return Math.sqrt(x);
    case "square":
      return x * x;
    default:
      return outOfRange(`${node.name} (${node.function})`, "an input that is no constant", "constants alone");
  }
}

function binary(name: BinaryFunction, a: number, b: number, isWhole: boolean): number {
  switch (name) {
    case "add":
      return a + b;
    case "subtract":
      return a - b;
    case "multiply":
      return a * b;
    case "divide":
      return isWhole ? Math.trunc(a / b) : a / b;
    case "floor_divide":
      return Math.floor(a / b);
    case "modulo":
      return a - b * Math.floor(a / b);
    case "power":
      return power(a, b);
    case "maximum":
      return Math.max(a, b);
    case "minimum":
      return Math.min(a, b);
    case "squared_difference":
      return (a - b) * (a - b);
    case "and":
      return a && b ? 1 : 0;
    case "or":
      return a || b ? 1 : 0;
    case "equal":
      return a === b ? 1 : 0;
    case "not_equal":
      return a !== b ? 1 : 0;
    case "greater":
      return a > b ? 1 : 0;
    case "greater_equal":
      return a >= b ? 1 : 0;
    case "less":
      return a < b ? 1 : 0;
    case "less_equal":
      return a <= b ? 1 : 0;
  }
}

/** Whole exponents by products, halves by roots: what every engine computes alike. */
function power(a: number, b: number): number {
  if (b === 0.5) return Math.sqrt(a);
  if (b === -0.5) return 1 / Math.sqrt(a);
  if (!Number.isInteger(b) || Math.abs(b) > 64)
    outOfRange("power of a constant", "a whole exponent up to 64, or a half", `${b}`);
  let product = 1;
  for (let i = 0; i < Math.abs(b); i++) product *= a;
  return b < 0 ? 1 / product : product;
}

/** In ascending order of the elements. */
function reduced({ name, kind, axes }: NodeOf<"reduce">, from: Shape, x: Values, made: Values): Values {
  const kept = from.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const strides = stretched(kept, from);
  const places = moved(new Float64Array(x.length), Float64Array.from(made.keys()), from, strides) as Float64Array;
  const start =
    { product: 1, maximum: Number.NEGATIVE_INFINITY, minimum: Number.POSITIVE_INFINITY }[kind as "product"] ?? 0;
  const totals = new Float64Array(made.length).fill(start);
  const join = joinOf(name, kind);
  x.forEach((value, i) => {
    const at = places[i] as number;
    totals[at] = join(totals[at] as number, value);
  });
  const by = kind === "mean" ? x.length / made.length : 1;
  return made.map((_, i) => (kind === "l2" ? Math.sqrt(totals[i] as number) : (totals[i] as number) / by));
}

function joinOf(name: string, kind: ReduceKind): (total: number, value: number) => number {
  switch (kind) {
    case "sum":
    case "mean":
      return (total, value) => total + value;
    case "product":
      return (total, value) => total * value;
    case "maximum":
      return Math.max;
    case "minimum":
      return Math.min;
    case "l1":
      return (total, value) => total + Math.abs(value);
    case "l2":
    case "sum of squares":
      return (total, value) => total + value * value;
    case "log sum exp":
      return outOfRange(`${name} (reduce)`, "an input that is no constant", "constants alone");
  }
}
