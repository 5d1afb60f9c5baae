/** Each number of a row by a factor of its own, with what is taken off before and added behind: Keras `Rescaling`, `Normalization`. */
import * as v from "valibot";
import { outOfRange } from "../../check.ts";
import type { F32Pointer, Workspace } from "../../wasm/index.ts";
import { Axis, real, requireConfig } from "./config.ts";
import type { Layer, LayerFactory, MappedOperation } from "./layer.ts";
import type { AffineTerms, OperationMap } from "./operation-map.ts";
import { declareParameter, type Parameter } from "./parameter.ts";
import { sizeOf } from "./shape.ts";
import { stridedSources } from "./strided.ts";

/** Numbers that the terms are repeated to, so that vectors are whole most of the time. */
const LEAST_PERIOD = 256;

/** How many numbers to keep of terms that repeat every `channels` numbers of a row. */
function periodOf(size: number, channels: number): number {
  const repeats = size / channels;
  for (let k = 1; k < repeats; k++) if (repeats % k === 0 && k * channels >= LEAST_PERIOD) return k * channels;
  return size;
}

/** y = (x - mean) factor + shift, three roundings. */
class AffineElements implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly workspace: Workspace;
  private readonly period: number;
  private readonly mean: F32Pointer;
  private readonly factor: F32Pointer;
  private readonly shift: F32Pointer;

  /** @param channels after so many numbers of a row the terms repeat */
  constructor(workspace: Workspace, size: number, channels: number) {
    this.workspace = workspace;
    this.inputSize = size;
    this.outputSize = size;
    this.period = periodOf(size, channels);
    const { arena } = workspace;
    this.mean = arena.allocateF32(this.period);
    this.factor = arena.allocateF32(this.period);
    this.shift = arena.allocateF32(this.period);
    this.map = { kind: "affine", terms: () => this.terms() };
  }

  set(terms: (i: number) => { mean: number; factor: number; shift: number }): void {
    const { mean, factor, shift } = this.terms();
    for (let i = 0; i < this.period; i++) {
      const term = terms(i);
      mean[i] = term.mean;
      factor[i] = term.factor;
      shift[i] = term.shift;
    }
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { workspace, period } = this;
    const count = (rows * this.inputSize) / period;
    workspace.kernels.normalize_f32(count, period, x, this.mean, this.factor, this.shift, y);
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const { workspace, period } = this;
    workspace.kernels.normalize_grad_f32((rows * this.inputSize) / period, period, this.factor, dy, dx);
  }

  private terms(): AffineTerms {
    const view = (at: F32Pointer) => this.workspace.arena.f32(at, this.period);
    return { mean: view(this.mean), factor: view(this.factor), shift: view(this.shift) };
  }
}

const Numbers = v.union([real(), v.pipe(v.array(real()), v.minLength(1))]);
type Numbers = v.InferOutput<typeof Numbers>;
const RescalingConfig = v.looseObject({
  name: v.string(),
  scale: Numbers,
  offset: v.optional(v.nullable(Numbers), 0),
});

/** One number for all channels, or one each. */
function perChannel(subject: string, numbers: Numbers, channels: number): (channel: number) => number {
  if (typeof numbers === "number") return () => numbers;
  if (numbers.length === 1) return () => numbers[0] as number;
  if (numbers.length !== channels)
    outOfRange(subject, `one number, or ${channels}, one a channel`, `${numbers.length}`);
  return (channel) => numbers[channel % channels] as number;
}

/** Keras `Rescaling`: y = x scale + offset, one of each for all, or one a channel, which is the last axis. */
export const rescalingLayer: LayerFactory = (config, inputShape, workspace) => {
  const { name, scale, offset } = requireConfig("Rescaling", RescalingConfig, config);
  const channels = inputShape.at(-1) as number;
  const operation = new AffineElements(workspace, sizeOf(inputShape), channels);
  const factor = perChannel(`${name} scale`, scale, channels);
  const shift = perChannel(`${name} offset`, offset ?? 0, channels);
  operation.set((i) => ({ mean: 0, factor: factor(i), shift: shift(i) }));
  return {
    ...{ className: "Rescaling", name, inputShape, outputShape: inputShape, parameters: [], operations: [operation] },
    config: { name, trainable: true, dtype: "float32", scale, offset: offset ?? 0 },
  };
};

/** Keras keeps a standard deviation from going to zero: its `epsilon()`. */
const LEAST_DEVIATION = 1e-7;

/** Numbers in lists of any depth, as an array of numpy is written, or such an array as an object. */
const Moments = v.nullish(
  v.union([
    Numbers,
    v.pipe(
      v.looseObject({ class_name: v.literal("__numpy__"), config: v.looseObject({ value: v.unknown() }) }),
      v.transform(({ config }) => config.value),
    ),
    v.array(v.unknown()),
  ]),
);
const NormalizationConfig = v.looseObject({
  name: v.string(),
  axis: v.optional(v.nullable(v.union([Axis, v.array(Axis)])), -1),
  mean: Moments,
  variance: Moments,
  invert: v.optional(v.nullable(v.boolean())),
});

function momentsOf(subject: string, written: unknown, size: number): number[] | undefined {
  if (written === null || written === undefined) return undefined;
  const numbers = [written].flat(8);
  const isNumber = (n: unknown): n is number => typeof n === "number" && Number.isFinite(Math.fround(n));
  if (!numbers.every(isNumber)) outOfRange(subject, "finite numbers", "others");
  if (numbers.length === 1) return Array<number>(size).fill(numbers[0] as number);
  if (numbers.length !== size) outOfRange(subject, `one number, or ${size}`, `${numbers.length}`);
  return numbers;
}

/**
 * Keras `Normalization`: y = (x - mean) / max(sqrt(variance), 1e-7), of moments that were measured on data, or given. They are
 * numbers of the axes that it keeps; the factor is worked out in f64 and rounded once.
 */
export const normalizationLayer: LayerFactory = (config, inputShape, workspace) => {
  const parsed = requireConfig("Normalization", NormalizationConfig, config);
  const { name, axis, invert } = parsed;
  if (invert) outOfRange(`${name} invert`, "false", "true");
  const rank = inputShape.length;
  const kept = [axis ?? []].flat().map((one) => (one < 0 ? rank + one : one - 1));
  const isAxis = (at: number, i: number) => at >= 0 && at < rank && kept.indexOf(at) === i;
  if (!kept.every(isAxis)) {
    outOfRange(`${name} axis`, `different axes of 1 to ${rank}, or from the end`, `[${[axis].flat().join(", ")}]`);
  }
  const sorted = kept.toSorted((a, b) => a - b);
  const shape = sorted.map((at) => inputShape[at] as number);
  const given = [parsed.mean, parsed.variance].map((one, i) => {
    return momentsOf(`${name} ${i === 0 ? "mean" : "variance"}`, one, sizeOf(shape));
  });
  const [mean, variance] = given;
  if ((mean === undefined) !== (variance === undefined)) {
    outOfRange(name, "both mean and variance, or neither", mean ? "a mean alone" : "a variance alone");
  }
  const moments = mean ? [] : [declareParameter(`${name}/mean`, shape), declareParameter(`${name}/variance`, shape)];
  const strides = inputShape.map((_, at) => (sorted.includes(at) ? sizeOf(shape.slice(sorted.indexOf(at) + 1)) : 0));
  const sources = stridedSources(inputShape, strides);
  // Beyond the last axis nothing repeats unless that is the only one kept.
  const isByChannel = sorted.length === 0 || (sorted.length === 1 && sorted[0] === rank - 1);
  const size = sizeOf(inputShape);
  const operation = new AffineElements(workspace, size, isByChannel ? (inputShape.at(-1) as number) : size);
  const read = ({ at, size }: Parameter) => workspace.arena.f32(at, size);
  const setTerms = () => {
    const [means, variances] = mean
      ? [mean, variance as number[]]
      : (moments.map(read) as [Float32Array, Float32Array]);
    operation.set((i) => {
      const at = sources[i] as number;
      const spread = variances[at] as number;
      if (!(spread >= 0)) outOfRange(`${name}/variance[${at}]`, "a variance >= 0", spread);
      return { mean: means[at] as number, factor: 1 / Math.max(Math.sqrt(spread), LEAST_DEVIATION), shift: 0 };
    });
  };
  if (mean) setTerms();
  return {
    ...{
      className: "Normalization",
      name,
      inputShape,
      outputShape: inputShape,
      parameters: [],
      operations: [operation],
    },
    constants: moments,
    ignoredWeights: [`${name}/count`],
    config: {
      ...{ name, trainable: true, dtype: "float32", axis: sorted.map((at) => at + 1), invert: false },
      ...{ mean: mean ?? null, variance: variance ?? null },
    },
    ...(!mean && { parametersChanged: setTerms }),
  } satisfies Layer;
};
