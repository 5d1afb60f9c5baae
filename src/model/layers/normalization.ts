/** BatchNormalization with its moving moments, as at inference, and LayerNormalization; both over the last axis. */
import * as v from "valibot";
import { describe, outOfRange } from "../../check.ts";
import { type F32Pointer, offset32, type Workspace } from "../../wasm/index.ts";
import { Axis, real, requireConfig } from "./config.ts";
import { eachGroup, groupSize } from "./groups.ts";
import type { Layer, LayerFactory, MappedOperation } from "./layer.ts";
import type { OperationMap } from "./operation-map.ts";
import { declareParameter, type Parameter } from "./parameter.ts";
import { sizeOf } from "./shape.ts";

const Config = v.looseObject({
  name: v.string(),
  axis: v.optional(v.nullable(v.union([Axis, v.array(Axis)])), -1),
  epsilon: v.optional(real(0), 1e-3),
  center: v.optional(v.boolean(), true),
  scale: v.optional(v.boolean(), true),
});

/** What both layers have: gamma and beta of one number a channel, where they are not switched off. */
interface Affine {
  name: string;
  epsilon: number;
  channels: number;
  gamma: Parameter | undefined;
  beta: Parameter | undefined;
  /** Their layer, but for what it does. */
  layer: Omit<Layer, "operations">;
}

function affineOf(className: string, config: object, inputShape: readonly number[]): Affine {
  const { name, axis, epsilon, center, scale } = requireConfig(className, Config, config);
  const rank = inputShape.length;
  const axes = [axis ?? -1].flat();
  const [only] = axes;
  if (axes.length !== 1 || (only !== -1 && only !== rank)) {
    const got = Array.isArray(axis) ? `[${axis.join(", ")}]` : describe(axis);
    outOfRange(`${name} axis`, `the last axis, -1 or ${rank}`, got);
  }
  const channels = inputShape.at(-1) as number;
  const gamma = scale ? declareParameter(`${name}/gamma`, [channels]) : undefined;
  const beta = center ? declareParameter(`${name}/beta`, [channels]) : undefined;
  const parameters = [gamma, beta].filter((p) => p !== undefined);
  const layer = {
    className,
    name,
    inputShape,
    outputShape: inputShape,
    parameters,
    config: { name, trainable: true, dtype: "float32", axis: -1, epsilon, center, scale },
  };
  return { name, epsilon, channels, gamma, beta, layer };
}

function gradientOf(parameter: Parameter, { arena }: Workspace): F32Pointer {
  parameter.gradient ??= arena.allocateF32(parameter.size);
  return parameter.gradient;
}

/** The factor of a channel before it is rounded to f32: gamma / sqrt(variance + epsilon). */
export function scaleFactor(variance: number, epsilon: number, gamma = 1): number {
  return gamma * (1 / Math.sqrt(variance + epsilon));
}

/** y = (x - mean) (gamma inv) + beta, inv = 1 / sqrt(variance + epsilon), which is worked out in f64 and rounded once. */
class BatchNormalization implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly affine: Affine;
  private readonly mean: Parameter;
  private readonly variance: Parameter;
  private readonly workspace: Workspace;
  /** f32[channels] each: inv, gamma inv, beta or zeros. */
  private readonly inv: F32Pointer;
  private readonly factor: F32Pointer;
  private readonly shift: F32Pointer;

  constructor(size: number, affine: Affine, mean: Parameter, variance: Parameter, workspace: Workspace) {
    this.inputSize = size;
    this.outputSize = size;
    this.affine = affine;
    this.mean = mean;
    this.variance = variance;
    const { gamma, beta, epsilon } = affine;
    this.map = { kind: "scale", mean, variance, gamma, beta, epsilon };
    this.workspace = workspace;
    const { arena } = workspace;
    this.inv = arena.allocateF32(affine.channels);
    this.factor = arena.allocateF32(affine.channels);
    this.shift = arena.allocateF32(affine.channels);
  }

  parametersChanged(): void {
    const { arena } = this.workspace;
    const { channels, epsilon, gamma, beta } = this.affine;
    const [inv, factor, shift] = [this.inv, this.factor, this.shift].map((at) => arena.f32(at, channels)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    arena.f32(this.variance.at, channels).forEach((variance, i) => {
      if (!(variance + epsilon > 0))
        outOfRange(`${this.variance.name}[${i}]`, `a variance above -${epsilon}`, variance);
      inv[i] = 1 / Math.sqrt(variance + epsilon);
      factor[i] = scaleFactor(variance, epsilon, gamma && arena.f32(gamma.at, channels)[i]);
    });
    if (beta) shift.set(arena.f32(beta.at, channels));
    else shift.fill(0);
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { channels } = this.affine;
    const count = (rows * this.inputSize) / channels;
    this.workspace.kernels.normalize_f32(count, channels, x, this.mean.at, this.factor, this.shift, y);
  }

  inputGradient(rows: number, _x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const { channels } = this.affine;
    this.workspace.kernels.normalize_grad_f32((rows * this.inputSize) / channels, channels, this.factor, dy, dx);
  }

  parameterGradient(rows: number, x: F32Pointer, dy: F32Pointer): void {
    const { kernels } = this.workspace;
    const { channels, gamma, beta } = this.affine;
    const count = (rows * this.inputSize) / channels;
    if (gamma) {
      const to = gradientOf(gamma, this.workspace);
      kernels.normalize_scale_grad_f32(count, channels, x, this.mean.at, this.inv, dy, to);
    }
    if (beta) kernels.sum_rows_f32(count, channels, dy, gradientOf(beta, this.workspace));
  }
}

/** Keras `BatchNormalization`: gamma and beta are trained, the moving moments are not. */
export const batchNormalizationLayer: LayerFactory = (config, inputShape, workspace) => {
  const affine = affineOf("BatchNormalization", config, inputShape);
  const mean = declareParameter(`${affine.name}/moving_mean`, [affine.channels]);
  const variance = declareParameter(`${affine.name}/moving_variance`, [affine.channels]);
  const operation = new BatchNormalization(sizeOf(inputShape), affine, mean, variance, workspace);
  const momentum = typeof config.momentum === "number" ? config.momentum : 0.99;
  return {
    ...affine.layer,
    config: { ...affine.layer.config, momentum },
    constants: [mean, variance],
    operations: [operation],
    parametersChanged: () => operation.parametersChanged(),
  };
};

type Moments = Pick<Affine, "epsilon" | "channels" | "gamma" | "beta">;

/** y = (x - m) / sqrt(v + epsilon) gamma + beta, with the mean m and the variance v of each row of channels. */
export class LayerNormalization implements MappedOperation {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly map: OperationMap;
  private readonly affine: Moments;
  private readonly workspace: Workspace;
  /** f32[channels] each: gamma or ones, beta or zeros, zeros. */
  private readonly scale: F32Pointer;
  private readonly shift: F32Pointer;
  private readonly zeros: F32Pointer;
  /** Rows of channels at a time, as many as stay in the cache. */
  private readonly group: number;
  /** So many of them standardised: f32[group, channels], with f32[group] of 1 / sqrt(v + epsilon), and f32[2, channels] of work. */
  private readonly unit: F32Pointer;
  private readonly inv: F32Pointer;
  private readonly work: F32Pointer;

  constructor(size: number, affine: Moments, workspace: Workspace) {
    this.inputSize = size;
    this.outputSize = size;
    this.affine = affine;
    const { channels, gamma, beta, epsilon } = affine;
    this.map = { kind: "standardise", channels, gamma, beta, epsilon };
    this.workspace = workspace;
    const { arena } = workspace;
    this.scale = arena.allocateF32(channels);
    this.shift = arena.allocateF32(channels);
    this.zeros = arena.allocateF32(channels);
    this.group = groupSize(4 * channels);
    this.unit = arena.allocateF32(this.group * channels);
    this.work = arena.allocateF32(2 * channels);
    this.inv = arena.allocateF32(this.group);
  }

  parametersChanged(): void {
    const { arena } = this.workspace;
    const { channels, gamma, beta } = this.affine;
    arena.f32(this.zeros, channels).fill(0);
    arena.f32(this.scale, channels).set(gamma ? arena.f32(gamma.at, channels) : new Float32Array(channels).fill(1));
    arena.f32(this.shift, channels).set(arena.f32(beta ? beta.at : this.zeros, channels));
  }

  forward(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { kernels } = this.workspace;
    const { channels } = this.affine;
    this.eachGroup(rows, (at, n) => {
      kernels.standardize_f32(n, channels, this.affine.epsilon, offset32(x, at), offset32(y, at), this.inv);
      kernels.normalize_f32(n, channels, offset32(y, at), this.zeros, this.scale, this.shift, offset32(y, at));
    });
  }

  inputGradient(rows: number, x: F32Pointer, _y: F32Pointer, dy: F32Pointer, dx: F32Pointer): void {
    const { kernels } = this.workspace;
    const { channels, epsilon } = this.affine;
    this.eachGroup(rows, (at, n) => {
      kernels.standardize_f32(n, channels, epsilon, offset32(x, at), this.unit, this.inv);
      kernels.standardize_grad_f32(
        n,
        channels,
        this.unit,
        this.inv,
        this.scale,
        offset32(dy, at),
        offset32(dx, at),
        this.work,
      );
    });
  }

  parameterGradient(rows: number, x: F32Pointer, dy: F32Pointer): void {
    const { kernels } = this.workspace;
    const { channels, epsilon, gamma, beta } = this.affine;
    if (gamma) {
      // (y - 0) times 1: what stands there is standardised already.
      const [ones, to] = [this.work, gradientOf(gamma, this.workspace)];
      this.workspace.arena.f32(ones, channels).fill(1);
      this.eachGroup(rows, (at, n) => {
        kernels.standardize_f32(n, channels, epsilon, offset32(x, at), this.unit, this.inv);
        kernels.normalize_scale_grad_f32(n, channels, this.unit, this.zeros, ones, offset32(dy, at), to);
      });
    }
    const count = (rows * this.inputSize) / channels;
    if (beta) kernels.sum_rows_f32(count, channels, dy, gradientOf(beta, this.workspace));
  }

  /** Calls `use(number of the first element, rows of channels)` for group after group. */
  private eachGroup(rows: number, use: (at: number, n: number) => void): void {
    const { channels } = this.affine;
    eachGroup((rows * this.inputSize) / channels, this.group, (first, n) => use(first * channels, n));
  }
}

/** Keras `LayerNormalization`. */
export const layerNormalizationLayer: LayerFactory = (config, inputShape, workspace) => {
  const affine = affineOf("LayerNormalization", config, inputShape);
  const operation = new LayerNormalization(sizeOf(inputShape), affine, workspace);
  return { ...affine.layer, operations: [operation], parametersChanged: () => operation.parametersChanged() };
};
