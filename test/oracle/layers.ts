/** The layers of Keras on numbers of the tape, written to be read: an array is flat, row-major, with its shape. */
import { U32, ulp32 } from "../support/bounds.ts";
import { CLAIMS } from "../support/claims.ts";
import { GATE_CLAIMS } from "../support/gate-claims.ts";
import { sigmoid } from "./activation.ts";
import { GATES, type Gate } from "./gate.ts";
import { recurrentRules } from "./recurrent-layers.ts";
import { constant, largest, mapped, minus, type Num, sum, times } from "./tape.ts";
import {
  convolved,
  convolvedVolume,
  largestOfWindows,
  meansOfWindows,
  pooledVolume,
  transposed,
} from "./window-layers.ts";

export interface Tensor {
  shape: number[];
  values: Num[];
}

type Config = Record<string, unknown>;
/** A layer: its configuration, its inputs, its weights by their last name. */
export type Rule = (config: Config, inputs: readonly Tensor[], weights: (name: string) => Tensor) => Tensor;

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

/**
 * A function of assembly/layers/gate.ts. Its slope errs by some 16 roundings of terms that grow with x at most; tfjs's gelu has an
 * error function that is off by 1.5e-7 [Abramowitz & Stegun 7.1.26], as the output and the slope then are.
 */
function gate(name: keyof typeof GATES): (x: Num) => Num {
  const { f, slope, steepest, curved, kinks }: Gate = GATES[name];
  const claims = GATE_CLAIMS.filter(({ kernel }) => kernel === `${name}_f32`);
  const ulps = Math.max(2, ...claims.filter((claim) => Math.abs(claim.last) >= 12).map((claim) => claim.ulps));
  const series = name === "gelu" ? 0.75e-7 : 0;
  return (x) => {
    if (kinks.some((kink) => Math.abs(x.value - kink) <= x.error))
      throw new Error("oracle: a kink that rounding decides");
    const value = f(x.value);
    const spacing = name === "hard_sigmoid" ? 2 ** -23 : ulp32(Math.abs(value) + steepest * x.error);
    const error = steepest * x.error + ulps * spacing + series * Math.abs(x.value);
    const slopeError = curved * x.error + 16 * U32 * (1 + Math.abs(x.value)) + series;
    return mapped(x, { value, error }, { value: slope(x.value), error: slopeError });
  };
}

const upTo = (top: number) => (x: Num) => minus(largest([minus(largest([x, constant(0)])), constant(-top)]));

const ACTIVATIONS: Record<string, (x: Num) => Num> = {
  relu6: upTo(6),
  elu: gate("elu"),
  selu: gate("selu"),
  hard_sigmoid: gate("hard_sigmoid"),
  softplus: gate("softplus"),
  softsign: gate("softsign"),
  swish: gate("swish"),
  gelu: gate("gelu"),
  linear: (x) => x,
  relu: (x) => largest([x, constant(0)]),
  sigmoid: smooth("sigmoid", sigmoid, (y) => y * (1 - y), 1 / 4, 1 / 10),
  tanh: smooth("tanh", Math.tanh, (y) => 1 - y * y, 1, 0.77),
};

function activate(name: unknown, x: Tensor): Tensor {
  if (name === "softmax") return softmaxed(x);
  const f = ACTIVATIONS[name as string];
  if (!f) throw new Error(`oracle: expected an activation it knows, got ${name}`);
  return each(x, f);
}

/** Over the last axis: e^(x - m) over their sum, m the largest, which is no part of the derivative. */
function softmaxed({ shape, values }: Tensor): Tensor {
  const width = shape.at(-1) as number;
  const rows = Array.from({ length: values.length / width }, (_, r) => values.slice(r * width, (r + 1) * width));
  const all = rows.flatMap((row) => {
    const top = Math.max(...row.map(({ value }) => value));
    const terms = row.map((x) => {
      const value = Math.exp(x.value - top);
      const error = value * (Math.exp(x.error + U32 * (top - x.value)) * (1 + 4 * U32) - 1);
      return mapped(x, { value, error }, { value, error });
    });
    const total = sum(terms);
    const value = 1 / total.value;
    const error = value * ((total.error / total.value) * 1.01 + 2 * U32);
    const inverse = mapped(total, { value, error }, { value: -value * value, error: 3 * value * error });
    return terms.map((term) => times(term, inverse));
  });
  return { shape, values: all };
}

/** An image `high` by `wide` times as large, from the corner: a pixel takes both neighbours by their distances, rows first. */
function interpolated([high, wide]: readonly [number, number], x: Tensor): Tensor {
  const [h, w, c] = x.shape as [number, number, number];
  const along = (i: number, factor: number, size: number): readonly [number, Num][] => {
    const whole = Math.floor(i / factor);
    const part = i / factor - whole;
    // A share is a quotient, a difference of numbers up to the extent, and what is left of 1.
    const of = (value: number): Num => ({ ...constant(value), error: 4 * U32 * size });
    return [
      [whole, of(1 - part)],
      [Math.min(whole + 1, size - 1), of(part)],
    ];
  };
  return placed([h * high, w * wide, c], ([i, j, k]) =>
    sum(
      along(j as number, wide, w).map(([column, share]) => {
        const mixed = sum(
          along(i as number, high, h).map(([row, part]) => times(at(x, [row, column, k as number]) as Num, part)),
        );
        return times(mixed, share);
      }),
    ),
  );
}

const same: Rule = (_, [x]) => x as Tensor;

/** Inputs element by element, lined up at their last axes; an extent of 1 or an axis that is missing serves all. */
function joined(inputs: readonly Tensor[], join: (xs: Num[]) => Num): Tensor {
  const rank = Math.max(...inputs.map(({ shape }) => shape.length));
  const shape = Array.from({ length: rank }, (_, axis) => Math.max(...inputs.map((x) => x.shape.at(axis - rank) ?? 1)));
  const values = Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, flat) => {
    let rest = flat;
    const places = shape.toReversed().map((extent) => {
      const place = rest % extent;
      rest = Math.floor(rest / extent);
      return place;
    });
    places.reverse();
    return join(
      inputs.map((x) => {
        const own = places.slice(rank - x.shape.length);
        const at = x.shape.reduce((sum, extent, axis) => sum * extent + (extent === 1 ? 0 : (own[axis] as number)), 0);
        return x.values[at] as Num;
      }),
    );
  });
  return { shape, values };
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
  Conv2D: (config, [x], weights) => {
    const bias = config.use_bias ? weights("bias") : undefined;
    return activate(config.activation, convolved(config, x as Tensor, weights("kernel"), bias));
  },
  Conv2DTranspose: (config, [x], weights) => {
    const bias = config.use_bias ? weights("bias") : undefined;
    return activate(config.activation, transposed(config, x as Tensor, weights("kernel"), bias));
  },
  GroupedConv2DTranspose: (config, [x], weights) => {
    const bias = config.use_bias ? weights("bias") : undefined;
    return activate(config.activation, transposed(config, x as Tensor, weights("kernel"), bias));
  },
  Conv1DTranspose: (config, [x], weights) => {
    const { shape, values } = x as Tensor;
    const kernel = weights("kernel");
    const bias = config.use_bias ? weights("bias") : undefined;
    // An image of one row.
    const row = { ...config };
    const first = { strides: 1, dilation_rate: 1, output_padding: 0, padding: [0, 0] };
    for (const [name, of] of Object.entries(first)) if (Array.isArray(config[name])) row[name] = [of, ...config[name]];
    const image = transposed(row, { shape: [1, ...shape], values }, { ...kernel, shape: [1, ...kernel.shape] }, bias);
    return activate(config.activation, { ...image, shape: image.shape.slice(1) });
  },
  DepthwiseConv2D: (config, [x], weights) => {
    const bias = config.use_bias ? weights("bias") : undefined;
    return activate(config.activation, convolved(config, x as Tensor, weights("depthwise_kernel"), bias));
  },
  Conv3D: (config, [x], weights) => {
    const bias = config.use_bias ? weights("bias") : undefined;
    return activate(config.activation, convolvedVolume(config, x as Tensor, weights("kernel"), bias));
  },
  MaxPooling3D: (config, [x]) => pooledVolume(config, x as Tensor, largest),
  AveragePooling3D: (config, [x]) =>
    pooledVolume(config, x as Tensor, (values) => times(sum(values), share(1 / values.length))),
  GlobalMaxPooling3D: (_, [x]) => {
    const { shape } = x as Tensor;
    const whole = pooledVolume({ pool_size: shape.slice(0, 3) }, x as Tensor, largest);
    return { ...whole, shape: shape.slice(3) };
  },
  MaxPooling2D: (config, [x]) => largestOfWindows(config, x as Tensor),
  AveragePooling2D: (config, [x]) => meansOfWindows(config, x as Tensor, share),
  Activation: (config, inputs) => activate(config.activation, inputs[0] as Tensor),
  AlphaDropout: same,
  Dropout: same,
  GaussianDropout: same,
  GaussianNoise: same,
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
  BatchNormalization: (config, inputs, weights) => {
    const [x] = inputs as [Tensor];
    const channels = x.shape.at(-1) as number;
    const of = (name: string, j: number) => weights(name).values[j] as Num;
    return each(x, (v, i) => {
      const j = i % channels;
      const inv = share(1 / Math.sqrt(of("moving_variance", j).value + (config.epsilon as number)));
      const unit = times(sum([v, minus(of("moving_mean", j))]), inv);
      const scaled = config.scale ? times(unit, of("gamma", j)) : unit;
      return config.center ? sum([scaled, of("beta", j)]) : scaled;
    });
  },
  LayerNormalization: (config, inputs, weights) => {
    const [x] = inputs as [Tensor];
    const n = x.shape.at(-1) as number;
    const values: Num[] = [];
    for (let start = 0; start < x.values.length; start += n) {
      const row = x.values.slice(start, start + n);
      const mean = times(sum(row), share(1 / n));
      const centred = row.map((v) => sum([v, minus(mean)]));
      const variance = times(sum(centred.map((d) => times(d, d))), share(1 / n));
      const inv = inverseRoot(variance, config.epsilon as number);
      centred.forEach((d, j) => {
        const unit = times(d, inv);
        const scaled = config.scale ? times(unit, weights("gamma").values[j] as Num) : unit;
        values.push(config.center ? sum([scaled, weights("beta").values[j] as Num]) : scaled);
      });
    }
    return { shape: x.shape, values };
  },
  Rescaling: (config, inputs) => {
    const [x] = inputs as [Tensor];
    const of = (name: string, i: number) => {
      const numbers = [config[name]].flat() as number[];
      return share(numbers[i % numbers.length] as number);
    };
    return each(x, (v, i) => sum([times(v, of("scale", i)), of("offset", i)]));
  },
  Normalization: (config, inputs, weights) => {
    const [x] = inputs as [Tensor];
    const axes = config.axis as number[];
    const moment = (name: string, place: number[]): Num => {
      const kept = axes.map((axis) => place[axis - 1] as number);
      const given = config[name] as number[] | null;
      const shape = axes.map((axis) => x.shape[axis - 1] as number);
      return at(given ? { shape, values: given.map(share) } : weights(name), kept) as Num;
    };
    return placed(x.shape, (place) => {
      const deviation = Math.sqrt(moment("variance", place).value);
      const centred = sum([at(x, place) as Num, minus(moment("mean", place))]);
      return times(centred, share(1 / Math.max(deviation, 1e-7)));
    });
  },
  ...recurrentRules((name) => (x) => (ACTIVATIONS[(name ?? "linear") as string] as (x: Num) => Num)(x)),
  TimeDistributed: (config, [x], weights) => {
    const { class_name, config: inner } = config.layer as { class_name: string; config: Config };
    const [steps, ...shape] = (x as Tensor).shape as [number, ...number[]];
    const size = shape.reduce((product, n) => product * n, 1);
    const outputs = Array.from({ length: steps }, (_, step) => {
      const values = (x as Tensor).values.slice(step * size, (step + 1) * size);
      return (RULES[class_name] as Rule)(inner, [{ shape, values }], weights);
    });
    return { shape: [steps, ...(outputs[0] as Tensor).shape], values: outputs.flatMap(({ values }) => values) };
  },
  ThresholdedReLU: (config, inputs) => {
    return each(inputs[0] as Tensor, (x) => {
      const theta = Math.fround(config.theta as number);
      if (Math.abs(x.value - theta) <= x.error) throw new Error("oracle: a kink that rounding decides");
      return x.value > theta ? x : times(x, constant(0));
    });
  },
  RepeatVector: (config, inputs) => {
    const [x] = inputs as [Tensor];
    const n = config.n as number;
    return placed([n, x.values.length], ([, i]) => x.values[i as number]);
  },
  UpSampling1D: (config, inputs) => {
    const [x] = inputs as [Tensor];
    const [steps, channels] = x.shape as [number, number];
    const size = config.size as number;
    return placed([steps * size, channels], ([i, k]) => at(x, [Math.floor((i as number) / size), k as number]));
  },
  ZeroPadding1D: (config, inputs) => {
    const [x] = inputs as [Tensor];
    const [before, behind] = config.padding as [number, number];
    const [steps, channels] = x.shape as [number, number];
    return placed([steps + before + behind, channels], ([i, k]) => at(x, [(i as number) - before, k as number]));
  },
  Cropping1D: (config, inputs) => {
    const [x] = inputs as [Tensor];
    const [before, behind] = config.cropping as [number, number];
    const [steps, channels] = x.shape as [number, number];
    return placed([steps - before - behind, channels], ([i, k]) => at(x, [(i as number) + before, k as number]));
  },
  GlobalMaxPooling1D: (_, inputs) => {
    const [x] = inputs as [Tensor];
    const [steps, channels] = x.shape as [number, number];
    return placed([channels], ([k]) =>
      largest(Array.from({ length: steps }, (_, i) => at(x, [i, k as number]) as Num)),
    );
  },
  GlobalAveragePooling1D: (_, inputs) => {
    const [x] = inputs as [Tensor];
    const [steps, channels] = x.shape as [number, number];
    return placed([channels], ([k]) =>
      times(sum(Array.from({ length: steps }, (_, i) => at(x, [i, k as number]) as Num)), share(1 / steps)),
    );
  },
  ReLU: (config, inputs) => {
    return each(inputs[0] as Tensor, upTo((config.max_value as number | undefined) ?? Number.MAX_VALUE));
  },
  ELU: (_, inputs) => activate("elu", inputs[0] as Tensor),
  Softmax: (_, inputs) => activate("softmax", inputs[0] as Tensor),
  LeakyReLU: (config, inputs) => each(inputs[0] as Tensor, (x) => leaky(x, share(config.alpha as number))),
  PReLU: (_, inputs, weights) => {
    const [x] = inputs as [Tensor];
    const alpha = weights("alpha");
    const shared = (place: number[]) => place.map((i, axis) => (alpha.shape[axis] === 1 ? 0 : i));
    return placed(x.shape, (place) => leaky(at(x, place) as Num, at(alpha, shared(place)) as Num));
  },
  ZeroPadding2D: (config, inputs) => {
    const [x] = inputs as [Tensor];
    const [[top, bottom], [left, right]] = sides(config.padding);
    const [h, w, c] = x.shape as [number, number, number];
    return placed([h + top + bottom, w + left + right, c], ([i, j, k]) => {
      return at(x, [(i as number) - top, (j as number) - left, k as number]);
    });
  },
  Cropping2D: (config, inputs) => {
    const [x] = inputs as [Tensor];
    const [[top, bottom], [left, right]] = sides(config.cropping);
    const [h, w, c] = x.shape as [number, number, number];
    return placed([h - top - bottom, w - left - right, c], ([i, j, k]) => {
      return at(x, [(i as number) + top, (j as number) + left, k as number]);
    });
  },
  UpSampling2D: (config, inputs) => {
    if (config.interpolation === "bilinear") return interpolated(config.size as [number, number], inputs[0] as Tensor);
    const [x] = inputs as [Tensor];
    const [high, wide] = config.size as [number, number];
    const [h, w, c] = x.shape as [number, number, number];
    return placed([h * high, w * wide, c], ([i, j, k]) => {
      return at(x, [Math.floor((i as number) / high), Math.floor((j as number) / wide), k as number]);
    });
  },
  Permute: (config, inputs) => {
    const [x] = inputs as [Tensor];
    const dims = config.dims as number[];
    const shape = dims.map((axis) => x.shape[axis - 1] as number);
    const back = x.shape.map((_, axis) => dims.indexOf(axis + 1));
    return placed(shape, (place) =>
      at(
        x,
        back.map((axis) => place[axis] as number),
      ),
    );
  },
};

/** Axis sizes to the distance of neighbours. */
function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
}

/** A tensor whose element at each place is found by a function of the place; undefined is zero. */
function placed(shape: number[], find: (place: number[]) => Num | undefined): Tensor {
  const strides = stridesOf(shape);
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Array.from({ length: size }, (_, i) => {
    const place = shape.map((extent, axis) => Math.floor(i / (strides[axis] as number)) % extent);
    return find(place) ?? constant(0);
  });
  return { shape, values };
}

/** The element of a tensor at a place, undefined outside. */
function at({ shape, values }: Tensor, place: readonly number[]): Num | undefined {
  if (place.some((i, axis) => i < 0 || i >= (shape[axis] as number))) return undefined;
  const strides = stridesOf(shape);
  return values[place.reduce((total, i, axis) => total + i * (strides[axis] as number), 0)];
}

const sides = (config: unknown) => config as [[number, number], [number, number]];

/** 1 / sqrt(v + epsilon) for a v with an error, rounded a few times. */
function inverseRoot(variance: Num, epsilon: number): Num {
  const radicand = variance.value + epsilon;
  const value = 1 / Math.sqrt(radicand);
  const relative = (variance.error / radicand) * 1.01 + 4 * U32;
  const slope = -0.5 * value ** 3;
  return mapped(variance, { value, error: relative * value }, { value: slope, error: 4 * relative * -slope });
}

/** x, or alpha x below zero. Which it is must not depend on rounding. */
function leaky(x: Num, alpha: Num): Num {
  if (x.error > 0 && Math.abs(x.value) <= x.error) throw new Error("oracle: a kink that rounding decides");
  return x.value > 0 ? x : times(x, alpha);
}

/** A fraction, which an implementation rounds to a float. */
function share(value: number): Num {
  return { ...constant(value), error: Math.abs(value - Math.fround(value)) };
}
