/** A layer's output as one vector for each row; its elements are the units. */
import { outOfRange } from "../../check.ts";
import type { Network } from "../../model/index.ts";
import { type Layer, sizeOf } from "../../model/layers/index.ts";

/**
 * How the output of a layer that is an image becomes a vector: `flatten` makes each position of each map a unit; `mean` and `max`
 * make each map one, by its mean or its largest value.
 */
export const REDUCTIONS = ["flatten", "mean", "max"] as const;
/** How a layer whose output is no vector becomes one. */
export type Reduction = (typeof REDUCTIONS)[number];

export class LayerVector {
  readonly network: Network;
  readonly name: string;
  /** Values of the vector. */
  readonly size: number;
  /** Values of the layer's output for each of them: 1, or the positions of a map. */
  readonly positions: number;
  private readonly reduction: Reduction;

  /** Throws for a layer whose output is no vector, unless a reduction is given. */
  constructor(network: Network, layer: string | number, reduction: Reduction | undefined) {
    const found =
      network.layers.find(({ name }, i) => name === layer || i === layer) ??
      outOfRange("layer", `one of ${network.layers.map(({ name }) => name).join(", ")}`, JSON.stringify(layer));
    const { name, outputShape } = found as Layer;
    if (outputShape.length !== 1 && reduction === undefined) {
      const words = REDUCTIONS.map((word) => `"${word}"`).join(", ");
      outOfRange(`layer ${name}`, `a vector output, or reduce: ${words}`, `[${outputShape.join(", ")}]`);
    }
    if (reduction !== undefined && !REDUCTIONS.includes(reduction)) {
      outOfRange("reduce", REDUCTIONS.join(", "), JSON.stringify(reduction));
    }
    this.network = network;
    this.name = name;
    this.reduction = outputShape.length === 1 ? "flatten" : (reduction as Reduction);
    const all = sizeOf(outputShape);
    this.size = this.reduction === "flatten" ? all : (outputShape.at(-1) as number);
    this.positions = all / this.size;
  }

  /**
   * @param rows f32[n, inputSize]
   * @returns f32[n, size]
   */
  of(rows: Float32Array): Float32Array {
    const whole = this.network.activations(rows, this.name);
    if (this.reduction === "flatten") return whole;
    const { size, positions } = this;
    const out = new Float32Array(whole.length / positions);
    for (let r = 0; r < out.length / size; r++) {
      for (let c = 0; c < size; c++) {
        let value = this.reduction === "max" ? Number.NEGATIVE_INFINITY : 0;
        for (let p = 0; p < positions; p++) {
          const x = whole[(r * positions + p) * size + c] as number;
          value = this.reduction === "max" ? Math.max(value, x) : value + x;
        }
        out[r * size + c] = this.reduction === "max" ? value : value / positions;
      }
    }
    return out;
  }

  /** <phi(x), v> of one row, and its gradient with respect to the row.   row f32[inputSize], direction f32[size] */
  along(row: Float32Array, direction: Float32Array): { value: number; gradient: Float32Array } {
    const { value, gradient } = this.network.activationGradient(row, this.name, this.spread(row, direction));
    return { value: value[0] as number, gradient };
  }

  /** The direction in the layer's whole output whose product there is that of the vector, near this row. */
  private spread(row: Float32Array, direction: Float32Array): Float32Array {
    const { size, positions, reduction } = this;
    if (reduction === "flatten") return direction;
    const out = new Float32Array(size * positions);
    if (reduction === "mean") return out.map((_, i) => (direction[i % size] as number) / positions);
    const whole = this.network.activations(row, this.name);
    for (let c = 0; c < size; c++) {
      let best = 0;
      for (let p = 1; p < positions; p++) {
        if ((whole[p * size + c] as number) > (whole[best * size + c] as number)) best = p;
      }
      out[best * size + c] = direction[c] as number;
    }
    return out;
  }
}
