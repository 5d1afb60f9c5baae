/** Collects the layers that a graph becomes, with their weights, and writes them as a topology. */
import { outOfRange } from "../../check.ts";
import type { StoredWeight } from "../../model/index.ts";
import { asFloats, BATCH, type Constant, type Shape } from "../graph.ts";
import { shapeWords } from "../shapes.ts";

/** What the lowering makes: a topology of layers that run here, and their weights, each read when its turn comes. */
export interface Lowered {
  readonly topology: object;
  readonly weights: readonly StoredWeight[];
}

/** A weight of a layer: its name behind that of the layer, its shape, its numbers. */
export interface LayerWeight {
  readonly name: string;
  readonly shape: Shape;
  read(): Float32Array;
}

interface Entry {
  readonly name: string;
  readonly className: string;
  readonly config: object;
  readonly inputs: readonly string[];
}

/** The shape of one row of a value: the batch left out, or what several rows' worth of it come to. */
export function rowShape(shape: Shape): number[] {
  const [batch, ...rest] = shape;
  const times = (batch ?? 0) / BATCH;
  if (!(times >= 1) || !Number.isInteger(times) || rest.some((extent) => extent >= BATCH)) {
    outOfRange("a value", "the batch on its first axis alone", shapeWords(shape));
  }
  if (times > 1) return [times, ...rest];
  return rest.length > 0 ? rest : [1];
}

/** A constant as a weight of that shape. */
export function weight(name: string, shape: Shape, constant: Constant): LayerWeight {
  return { name, shape, read: () => asFloats(constant.read()) };
}

export class Emitter {
  private readonly entries: Entry[] = [];
  private readonly names = new Set<string>();
  private readonly weights: StoredWeight[] = [];
  private readonly input: string;
  private readonly inputShape: Shape;

  constructor(input: string, inputShape: Shape) {
    this.input = input;
    this.inputShape = inputShape;
    this.names.add(input);
  }

  /** Adds a layer; returns its name, which differs from the wanted one where that is taken. */
  layer(
    className: string,
    wanted: string,
    inputs: readonly string[],
    config: object = {},
    weights: readonly LayerWeight[] = [],
  ): string {
    let name = wanted;
    for (let i = 2; this.names.has(name); i++) name = `${wanted}_${i}`;
    this.names.add(name);
    this.entries.push({ name, className, config, inputs });
    for (const { name: own, shape, read } of weights)
      this.weights.push({ name: `${name}/${own}`, shape, dtype: "float32", read });
    return name;
  }

  finish(model: string, output: string): Lowered {
    const input = {
      ...{ name: this.input, class_name: "InputLayer", inbound_nodes: [] },
      config: { name: this.input, batch_input_shape: [null, ...this.inputShape], dtype: "float32", sparse: false },
    };
    const layers = this.entries.map(({ name, className, config, inputs }) => ({
      ...{ name, class_name: className, config: { name, ...config } },
      inbound_nodes: [inputs.map((input) => [input, 0, 0, {}])],
    }));
    const ends = { input_layers: [[this.input, 0, 0]], output_layers: [[output, 0, 0]] };
    const config = { name: model, layers: [input, ...layers], ...ends };
    return { topology: { class_name: "Functional", config }, weights: this.weights };
  }
}
