/**
 * A Sequential model put together in code, layer after layer. Shapes are carried along, so that a builder reads like
 * the table of its paper; the weights are drawn at the end into the one buffer that the network is loaded from.
 */
import { outOfRange } from "../../check.ts";
import type { ModelArtifacts } from "../artifacts.ts";
import { Draws } from "../draws.ts";
import { type Window, windowOver } from "../layers/window.ts";
import { Network } from "../network.ts";

interface Weight {
  name: string;
  shape: number[];
  /** Drawn uniformly from [-limit, limit); 0 leaves zeros. */
  limit: number;
}

interface Entry {
  class_name: string;
  config: Record<string, unknown>;
}

export interface ConvolutionOptions {
  filters: number;
  kernel: number;
  stride?: number;
  padding?: "valid" | "same";
  /** More than one makes it a GroupedConv2D. */
  groups?: number;
  activation?: string;
}

/** How far U(-limit, limit) must reach for outputs as large as inputs: before a ReLU [He et al. 2015], and else. */
const before = (activation: string, fanIn: number): number => Math.sqrt((activation === "relu" ? 6 : 3) / fanIn);

const product = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);

export class SequentialBuilder {
  private readonly name: string;
  private readonly inputShape: readonly number[];
  private shape: readonly number[];
  private readonly entries: Entry[] = [];
  private readonly weights: Weight[] = [];
  /** Numbers of all values between the layers of one row, its own included. */
  private values: number;

  constructor(name: string, inputShape: readonly number[]) {
    this.name = name;
    this.inputShape = inputShape;
    this.shape = inputShape;
    this.values = product(inputShape);
  }

  /** The number of weights so far. */
  get parameterCount(): number {
    return this.weights.reduce((sum, { shape }) => sum + product(shape), 0);
  }

  /** The shape of what the last layer gives. */
  get outputShape(): readonly number[] {
    return this.shape;
  }

  get weightNames(): readonly string[] {
    return this.weights.map(({ name }) => name);
  }

  /** The numbers between the layers so far, of one row. */
  get valueCount(): number {
    return this.values;
  }

  convolution(name: string, options: ConvolutionOptions): this {
    const { filters, kernel, stride = 1, padding = "valid", groups = 1, activation = "relu" } = options;
    const channels = this.image()[2] / groups;
    if (!Number.isInteger(channels)) outOfRange(`${name} groups`, `a divisor of ${this.image()[2]} channels`, groups);
    this.weight(`${name}/kernel`, [kernel, kernel, channels, filters], before(activation, kernel * kernel * channels));
    this.weight(`${name}/bias`, [filters], 0);
    const { oh, ow } = this.window(name, kernel, stride, padding);
    const config = { filters, kernel_size: [kernel, kernel], strides: [stride, stride], padding, activation };
    const grouped = groups > 1 ? { class_name: "GroupedConv2D", groups } : { class_name: "Conv2D" };
    const { class_name, ...more } = grouped;
    return this.add(class_name, name, { ...config, ...more, use_bias: true }, [oh, ow, filters], activation);
  }

  locallyConnected(name: string, filters: number, kernel: number, stride = 1): this {
    const { oh, ow, c } = this.window(name, kernel, stride, "valid");
    const fanIn = kernel * kernel * c;
    this.weight(`${name}/kernel`, [oh * ow, fanIn, filters], before("linear", fanIn));
    const strides = [stride, stride];
    const config = { filters, kernel_size: [kernel, kernel], strides, padding: "valid", use_bias: false };
    return this.add("LocallyConnected2D", name, config, [oh, ow, filters]);
  }

  maxPooling(name: string, size: number, stride: number): this {
    return this.pooling("MaxPooling2D", name, size, stride);
  }

  l2Pooling(name: string, size: number, stride: number): this {
    return this.pooling("L2Pooling2D", name, size, stride);
  }

  responseNormalization(name: string, options: Record<string, number>): this {
    return this.add("LocalResponseNormalization", name, options, this.shape);
  }

  contrastNormalization(name: string, options: Record<string, number>): this {
    return this.add("LocalContrastNormalization", name, options, this.shape);
  }

  zeroPadding(name: string, border: number): this {
    const [h, w, c] = this.image();
    const padding = [
      [border, border],
      [border, border],
    ];
    return this.add("ZeroPadding2D", name, { padding }, [h + 2 * border, w + 2 * border, c]);
  }

  flatten(name: string): this {
    return this.add("Flatten", name, {}, [product(this.shape)]);
  }

  dropout(name: string, rate: number): this {
    return this.add("Dropout", name, { rate }, this.shape);
  }

  /** Glorot's limit [Glorot & Bengio 2010, eq. 16] for what is neither ReLU nor linear. */
  dense(name: string, units: number, activation: string): this {
    const inputs = this.shape.at(-1) as number;
    const isReLU = activation === "relu";
    this.weight(
      `${name}/kernel`,
      [inputs, units],
      isReLU ? before(activation, inputs) : Math.sqrt(6 / (inputs + units)),
    );
    this.weight(`${name}/bias`, [units], 0);
    const shape = [...this.shape.slice(0, -1), units];
    return this.add("Dense", name, { units, activation, use_bias: true }, shape, activation);
  }

  /** The network, its weights drawn from a seed, one stream a weight. */
  build(seed: number): Network {
    const draws = new Draws(seed);
    return this.load((weight, values, stream) => {
      if (weight.limit > 0) draws.fill(values, weight.limit, stream);
    });
  }

  /** The network with weights that `fill` writes, each handed over as zeros of its name and shape. */
  buildWith(fill: (name: string, shape: readonly number[], values: Float32Array) => void): Network {
    return this.load(({ name, shape }, values) => fill(name, shape, values));
  }

  private load(fill: (weight: Weight, values: Float32Array, index: number) => void): Network {
    const { name, inputShape, weights } = this;
    const weightData = new ArrayBuffer(4 * this.parameterCount);
    let offset = 0;
    for (const [index, weight] of weights.entries()) {
      const size = product(weight.shape);
      fill(weight, new Float32Array(weightData, offset, size), index);
      offset += 4 * size;
    }
    const layers = this.entries.map(({ class_name, config }, i) =>
      i === 0
        ? { class_name, config: { ...config, batch_input_shape: [null, ...inputShape] } }
        : { class_name, config },
    );
    const artifacts: ModelArtifacts = {
      modelTopology: { class_name: "Sequential", config: { name, layers } },
      weightSpecs: weights.map((weight) => ({ name: weight.name, shape: weight.shape, dtype: "float32" })),
      weightData,
    };
    return Network.fromArtifacts(artifacts);
  }

  private pooling(className: string, name: string, size: number, stride: number): this {
    const { oh, ow, c } = this.window(name, size, stride, "valid");
    const config = { pool_size: [size, size], strides: [stride, stride], padding: "valid" };
    return this.add(className, name, config, [oh, ow, c]);
  }

  private add(
    className: string,
    name: string,
    config: Record<string, unknown>,
    shape: readonly number[],
    activation = "linear",
  ): this {
    this.entries.push({ class_name: className, config: { name, ...config } });
    this.shape = shape;
    this.values += product(shape) * (activation === "linear" ? 1 : 2);
    return this;
  }

  private weight(name: string, shape: number[], limit: number): void {
    this.weights.push({ name, shape, limit });
  }

  private image(): readonly [number, number, number] {
    return this.shape as [number, number, number];
  }

  private window(name: string, taps: number, stride: number, padding: "valid" | "same"): Window {
    const both = (n: number) => [n, n];
    return windowOver(name, this.shape, { taps: both(taps), strides: both(stride), dilations: [1, 1], padding });
  }
}
