/** The layers of Keras on numbers of the tape, written to be read: an array is flat, row-major, with its shape. */
import { ulp32 } from "../support/bounds.ts";
import { CLAIMS } from "../support/claims.ts";
import { sigmoid } from "./activation.ts";
import { constant, largest, mapped, minus, type Num, sum, times } from "./tape.ts";

export interface Tensor {
  shape: number[];
  values: Num[];
}

type Config = Record<string, unknown>;
/** A layer: its configuration, its inputs, its weights by their last name. */
type Rule = (config: Config, inputs: readonly Tensor[], weights: (name: string) => Tensor) => Tensor;

const each = ({ shape, values }: Tensor, f: (x: Num, i: number) => Num): Tensor => ({ shape, values: values.map(f) });

const ulpsOf = (name: string): number =>
  Math.max(...CLAIMS.filter(({ kernel }) => kernel === `${name}_f32`).map(({ ulps }) => ulps));

/** A smooth function: |f'| <= steepest, |f''| <= curved, and the error of the slope that a kernel works out. */
function smooth(
  name: string,
  f: (x: number) => number,
  slope: (y: number) => number,
  steepest: number,
  curved: number,
): (x: Num) => Num {
  return (x) => {
    const value = f(x.value);
    const error = steepest * x.error + ulpsOf(name) * ulp32(Math.abs(value) + steepest * x.error);
    // The slope is taken from y, in three roundings of numbers of at most 1.
    return mapped(x, { value, error }, { value: slope(value), error: curved * x.error + 4 * error + 4 * ulp32(1) });
  };
}

const ACTIVATIONS: Record<string, (x: Num) => Num> = {
  linear: (x) => x,
  relu: (x) => largest([x, constant(0)]),
  sigmoid: smooth("sigmoid", sigmoid, (y) => y * (1 - y), 1 / 4, 1 / 10),
  tanh: smooth("tanh", Math.tanh, (y) => 1 - y * y, 1, 0.77),
};

function activate(name: unknown, x: Tensor): Tensor {
  const f = ACTIVATIONS[name as string];
  if (!f) throw new Error(`oracle: expected an activation it knows, got ${name}`);
  return each(x, f);
}

const same: Rule = (_, [x]) => x as Tensor;

/** Inputs element by element. */
function joined(inputs: readonly Tensor[], join: (xs: Num[]) => Num): Tensor {
  const [first] = inputs as [Tensor];
  return each(first, (_, i) => join(inputs.map(({ values }) => values[i] as Num)));
}

export const RULES: Record<string, Rule> = {
  Dense: (config, inputs, weights) => {
    const [x] = inputs as [Tensor];
    const [width, units] = weights("kernel").shape as [number, number];
    const kernel = weights("kernel").values;
    const values: Num[] = [];
    for (let at = 0; at < x.values.length; at += width) {
      for (let j = 0; j < units; j++) {
        const terms = x.values.slice(at, at + width).map((v, i) => times(v, kernel[i * units + j] as Num));
        values.push(sum(config.use_bias ? [...terms, weights("bias").values[j] as Num] : terms));
      }
    }
    return activate(config.activation, { shape: [...x.shape.slice(0, -1), units], values });
  },
  Activation: (config, inputs) => activate(config.activation, inputs[0] as Tensor),
  Dropout: same,
  Flatten: (_, [x]) => ({ ...(x as Tensor), shape: [(x as Tensor).values.length] }),
  Reshape: (config, [x]) => ({ ...(x as Tensor), shape: config.target_shape as number[] }),
  Add: (_, inputs) => joined(inputs, sum),
  Subtract: (_, inputs) => joined(inputs, ([a, b]) => sum([a as Num, minus(b as Num)])),
  Multiply: (_, inputs) => joined(inputs, (xs) => xs.reduce(times)),
  Average: (_, inputs) => joined(inputs, (xs) => times(sum(xs), share(1 / inputs.length))),
  Maximum: (_, inputs) => joined(inputs, largest),
  Concatenate: (config, inputs) => {
    const [first] = inputs as [Tensor];
    const axis =
      (config.axis as number) < 0 ? first.shape.length + (config.axis as number) : (config.axis as number) - 1;
    const strips = inputs.map(({ shape }) => shape.slice(axis).reduce((product, n) => product * n, 1));
    const outer = first.values.length / (strips[0] as number);
    const values: Num[] = [];
    for (let o = 0; o < outer; o++) {
      inputs.forEach((x, i) => {
        const n = strips[i] as number;
        values.push(...x.values.slice(o * n, (o + 1) * n));
      });
    }
    return {
      shape: first.shape.with(
        axis,
        inputs.reduce((total, { shape }) => total + (shape[axis] as number), 0),
      ),
      values,
    };
  },
};

/** A fraction, which an implementation rounds to a float. */
function share(value: number): Num {
  return { ...constant(value), error: Math.abs(value - Math.fround(value)) };
}
