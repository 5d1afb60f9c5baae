/** What strategies and the loop of minibatch training share: a network, its data, and the sum of the step's gradient. */
import type { Labels } from "../check.ts";
import { GradientSum, type Network, type ScoreLoss, type TrainingLayer } from "../model/index.ts";
import { Region } from "../wasm/index.ts";
import type { TrainingSet } from "./objective.ts";
import type { Place } from "./place.ts";
import type { Tally } from "./tally.ts";

export interface AddOptions {
  /** Factor of the rows' mean loss; default 1. */
  weight?: number;
  /** f32[n, inputSize], filled with the gradient of each row's loss to the row. */
  gradient?: Float32Array;
  /** Layers whose outputs, and the gradients to them, are asked for. */
  layers?: readonly TrainingLayer[];
  /** The layer whose outputs the rows are; only the layers above are trained. */
  from?: string | number;
}

export class Trainer {
  readonly network: Network;
  readonly data: TrainingSet;
  readonly count: number;
  /** Rows of a step. */
  readonly batch: number;
  readonly epochs: number;
  readonly seed: number;
  readonly sum: GradientSum;
  /** Memory in the network's arena that is freed when the run ends. */
  readonly memory: Region;
  /** Passes so far: each draws noise of its own. */
  passes = 0;

  constructor(
    network: Network,
    data: TrainingSet,
    settings: { batch: number; epochs: number; seed: number },
    memory = new Region(network.workspace.arena),
  ) {
    this.network = network;
    this.memory = memory;
    this.data = data;
    this.count = data.labels.length;
    this.batch = settings.batch;
    this.epochs = settings.epochs;
    this.seed = settings.seed;
    this.sum = new GradientSum(network.workspace, network.parameters, memory);
  }

  /** Adds `weight` times the gradient of the rows' mean cross-entropy. */
  add(rows: Float32Array, labels: Labels, { weight = 1, gradient, layers, from }: AddOptions = {}): Tally {
    const network = from === undefined ? this.network : this.network.from(from);
    const noise = { seed: this.seed, draw: this.passes++ };
    const { loss, errors } = network.addGradient(rows, labels, this.sum, {
      scale: weight / labels.length,
      noise,
      ...(gradient && { gradient }),
      ...(layers && { layers }),
    });
    return { rows: labels.length, loss, errors };
  }

  /** Adds the gradient of the mean of a loss of the caller's own, of so many rows; returns its sum. */
  addScores(rows: Float32Array, loss: ScoreLoss, count: number): number {
    const noise = { seed: this.seed, draw: this.passes++ };
    return this.network.addScoreGradient(rows, loss, this.sum, { scale: 1 / count, noise });
  }

  /** Adds `weight` times the gradient of the boxes' mean cross-entropy in the worst case that intervals leave open. */
  addBoxes(lower: Float32Array, upper: Float32Array, labels: Labels, weight: number): Tally {
    const { loss, errors } = this.network.addBoxGradient(lower, upper, labels, this.sum, weight / labels.length);
    return { rows: labels.length, loss, errors };
  }

  /** Adds examples of a place: they enter there, and train what lies above. */
  addAt({ layer, weight }: Place, rows: Float32Array, labels: Labels): Tally {
    return this.add(rows, labels, { weight, ...(layer !== undefined && { from: layer }) });
  }

  /** Copies the rows at `indices` behind one another. */
  gather(indices: Uint32Array, rows: Float32Array, labels: Int32Array): void {
    const { inputSize } = this.network;
    const source = this.data;
    for (const [i, index] of indices.entries()) {
      rows.set(source.rows.subarray(index * inputSize, (index + 1) * inputSize), i * inputSize);
      labels[i] = source.labels[index] as number;
    }
  }
}
