/**
 * QuocNet [Le et al. 2012]: stages of local filters whose weights are not shared, L2 pooling and local contrast
 * normalisation, with a softmax on the last features (the paper's is a car detector).
 */
import { outOfRange, requireInteger, requireOptions } from "../../check.ts";
import type { Network } from "../network.ts";
import { SequentialBuilder } from "./sequential.ts";

/** The sizes of a QuocNet, in pixels where they are sides. Those of the stages are one number for all, or a list with one each. */
export interface QuocNetOptions {
  /** Height and width of an image. */
  image?: number;
  /** Channels of an image; default 3. */
  channels?: number;
  /** Whether a contrast normalisation stands before the first stage; default false. */
  normalize?: boolean;
  /** Default 3. */
  stages?: number;
  /** Height and width of a receptive field. */
  field?: number | readonly number[];
  /** How far two fields are apart; default 1. */
  stride?: number | readonly number[];
  /** Filters at each position. */
  maps?: number | readonly number[];
  /** Height and width of a pool. */
  pool?: number | readonly number[];
  /** Height and width of the window of the contrast normalisation, odd. */
  window?: number;
  /** Default 2: the object is in the image, or not. */
  classes?: number;
  /** Seed of the initial weights; default 0. */
  seed?: number;
  /** Name of the network; default "quocnet". */
  name?: string;
}

/** The sizes of the default: 1.9 million weights, so that it runs, trains and is attacked anywhere. */
const SMALL = { image: 32, stages: 3, field: 6, maps: 8, pool: 3, window: 3 } as const;

/**
 * The sizes of the original: 1.2 billion weights, 4.9 GB, which one WebAssembly memory of 4 GiB cannot hold. `quocNet`
 * refuses it; a smaller `image` or `field` brings it within reach.
 */
export const QUOCNET_FULL = { image: 200, stages: 3, field: 18, maps: 8, pool: 5, window: 5 } as const;

/** Weights and bytes that a QuocNet takes. */
export interface QuocNetSize {
  /** Weights. */
  parameters: number;
  /** Bytes of the weights, which are kept once. */
  weightBytes: number;
  /** Bytes of one row at least: every value between the layers, and the gradient to it. */
  rowBytes: number;
}

const GIB = 1024 * 1024 * 1024;
/** Bytes that a 32-bit address can reach. */
const LIMIT = 4 * GIB;

/** The memory that a QuocNet of these options needs, without building it. The gradient to the parameters takes three times the weights in addition. */
export function quocNetSize(options: QuocNetOptions = {}): QuocNetSize {
  const { parameterCount, valueCount } = describe(options);
  return { parameters: parameterCount, weightBytes: 4 * parameterCount, rowBytes: 8 * valueCount };
}

/**
 * A QuocNet, `SMALL` unless told otherwise: `quocNet()`, `quocNet({ ...QUOCNET_FULL, image: 100 })`. Pools are
 * sqrt(sum of squares); the contrast normalisation's Gaussian has a deviation of 1 and its threshold is 0.01. Throws
 * for options that are unknown or out of range, and for a network that no WebAssembly memory holds.
 */
export function quocNet(options: QuocNetOptions = {}): Network {
  const builder = describe(options);
  const { parameters, weightBytes, rowBytes } = quocNetSize(options);
  if (weightBytes + rowBytes > LIMIT) {
    const gib = (bytes: number): string => `${Math.ceil((100 * bytes) / GIB) / 100} GiB`;
    outOfRange(
      "quocNet",
      "a network that 4 GiB of WebAssembly memory can hold",
      `${parameters} weights of ${gib(weightBytes)} and ${gib(rowBytes)} for one row`,
    );
  }
  return builder.build(options.seed ?? 0);
}

/** A stage, as it is trained by itself: what it is given, its fields and pools. */
export interface QuocNetStage {
  /** [height, width, channels] of what the stage is given. */
  input: readonly [number, number, number];
  /** The layer that gives it; undefined for the image itself. */
  below: string | undefined;
  field: number;
  stride: number;
  maps: number;
  pool: number;
}

/** The stages of a QuocNet of these options, the lowest first. */
export function quocNetStages(options: QuocNetOptions = {}): QuocNetStage[] {
  const stages: QuocNetStage[] = [];
  describe(options, (stage) => stages.push(stage));
  return stages;
}

/** The options that may be lists, and what each stage takes of them. */
function ofStages(options: QuocNetOptions, stages: number): Omit<QuocNetStage, "input" | "below">[] {
  const { field, maps, pool, stride } = { ...SMALL, stride: 1, ...options };
  const pick = (name: string, value: number | readonly number[], stage: number): number => {
    if (typeof value !== "object") return requireInteger(name, value, 1);
    if (value.length !== stages) outOfRange(name, `one number, or ${stages}, one a stage`, `${value.length}`);
    return requireInteger(`${name}[${stage}]`, value[stage], 1);
  };
  return Array.from({ length: stages }, (_, stage) => ({
    field: pick("field", field, stage),
    maps: pick("maps", maps, stage),
    pool: pick("pool", pool, stage),
    stride: pick("stride", stride, stage),
  }));
}

function describe(options: QuocNetOptions, tell?: (stage: QuocNetStage) => void): SequentialBuilder {
  requireOptions("quocNet", options, {
    image: true,
    channels: true,
    normalize: true,
    stages: true,
    field: true,
    stride: true,
    maps: true,
    pool: true,
    window: true,
    classes: true,
    seed: true,
    name: true,
  });
  const { image, stages, window } = { ...SMALL, ...options };
  const { classes = 2, channels = 3, normalize = false, name = "quocnet" } = options;
  for (const [option, value] of Object.entries({ image, channels, stages, window, classes })) {
    requireInteger(option, value, 1);
  }
  const contrast = { window_size: window, sigma: 1, threshold: 0.01 };
  const builder = new SequentialBuilder(name, [image, image, channels]);
  if (normalize) builder.contrastNormalization("contrast0", contrast);
  ofStages(options, stages).forEach((stage, at) => {
    const below = at > 0 || normalize ? `contrast${at}` : undefined;
    tell?.({ ...stage, input: builder.outputShape as [number, number, number], below });
    builder
      .locallyConnected(`filter${at + 1}`, stage.maps, stage.field, stage.stride)
      .l2Pooling(`pool${at + 1}`, stage.pool, 1)
      .contrastNormalization(`contrast${at + 1}`, contrast);
  });
  return builder.flatten("features").dense("classifier", classes, "softmax");
}
