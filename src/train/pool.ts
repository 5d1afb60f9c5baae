/**
 * A pool of adversarial examples for one place of a network (Szegedy et al. 2014, section 4.2): each labelled as its source,
 * a random part continually replaced by new ones made against the present weights.
 */
import { lbfgsAttack, needsScores, type TargetRule, targetLabels } from "../attacks/index.ts";
import { outOfRange } from "../check.ts";
import { type Network, rankingOf } from "../model/index.ts";
import type { Region } from "../wasm/index.ts";
import type { TrainingSet } from "./objective.ts";
import { permutation } from "./order.ts";
import { ExampleMaker, lossGradientAt, type StepRule } from "./perturb.ts";
import type { Place } from "./place.ts";
import { STREAMS } from "./streams.ts";

/** How the examples of a pool are made. */
export type PoolAttack =
  | { readonly name: StepRule; readonly steps: number }
  /** The smallest change that reaches a label, by box-constrained L-BFGS; no longer than the place's radius. */
  | { readonly name: "lbfgs"; readonly target: TargetRule; readonly bisections: number };

export interface PoolState {
  rows: Float32Array;
  labels: Int32Array;
  /** Examples made so far. */
  made: number;
}

/** Rows that are attacked in one call; the event loop gets a turn between calls. */
const CHUNK = 512;

export class ExamplePool {
  readonly size: number;
  private readonly place: Place;
  private readonly network: Network;
  private readonly data: TrainingSet;
  private readonly attack: PoolAttack;
  private readonly seed: number;
  /** Number of the pool in its run. */
  private readonly index: number;
  /** Memory in the network's arena. */
  private readonly memory: Region | undefined;
  private rows: Float32Array;
  private labels: Int32Array;
  private made = 0;
  private maker: ExampleMaker | undefined;
  /** The order of the round that `draw` is in. */
  private round = -1;
  private order: Uint32Array = new Uint32Array(0);

  constructor(
    place: Place,
    index: number,
    settings: { network: Network; data: TrainingSet; size: number; attack: PoolAttack; seed: number; memory?: Region },
  ) {
    const { network, data, size, attack, seed, memory } = settings;
    this.memory = memory;
    this.place = place;
    this.index = index;
    this.network = network;
    this.data = data;
    this.size = size;
    this.attack = attack;
    this.seed = seed;
    this.rows = new Float32Array(size * place.width);
    this.labels = new Int32Array(size);
    if (attack.name === "lbfgs" && !(Number.isFinite(place.lower) && Number.isFinite(place.upper))) {
      const where = place.layer ?? "input";
      outOfRange(`places: ${where}`, "a finite box for L-BFGS (lower, upper)", `[${place.lower}, ${place.upper}]`);
    }
  }

  /**
   * Replaces `count` examples, chosen by the seed, by new ones. Sources are taken in orders drawn from the seed, every row
   * of the data once before any is taken again.
   */
  async replace(count: number, epoch: number, signal: AbortSignal | undefined): Promise<void> {
    const { size, seed, index, place, data } = this;
    const slots = permutation(size, seed, STREAMS.replace + index, epoch).subarray(0, count);
    const all = data.labels.length;
    const { inputSize } = this.network;
    for (let first = 0; first < count; first += CHUNK) {
      signal?.throwIfAborted();
      const chunk = slots.subarray(first, Math.min(first + CHUNK, count));
      const rows = new Float32Array(chunk.length * inputSize);
      const labels = new Int32Array(chunk.length);
      let round = -1;
      let order: Uint32Array = new Uint32Array(0);
      for (let i = 0; i < chunk.length; i++) {
        const at = this.made + i;
        if (Math.floor(at / all) !== round) {
          round = Math.floor(at / all);
          order = permutation(all, seed, STREAMS.source + index, round);
        }
        const source = order[at % all] as number;
        rows.set(data.rows.subarray(source * inputSize, (source + 1) * inputSize), i * inputSize);
        labels[i] = data.labels[source] as number;
      }
      const examples = await this.make(rows, labels, signal);
      for (const [i, slot] of chunk.entries()) {
        this.rows.set(examples.subarray(i * place.width, (i + 1) * place.width), slot * place.width);
        this.labels[slot] = labels[i] as number;
      }
      this.made += chunk.length;
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  /** `count` examples from position `first` of the pool on, starting over at its end in a new order. */
  draw(first: number, count: number): { rows: Float32Array; labels: Int32Array } {
    const { size, seed, index } = this;
    const { width } = this.place;
    const rows = new Float32Array(count * width);
    const labels = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const at = first + i;
      const slot = this.orderOf(Math.floor(at / size), seed, index)[at % size] as number;
      rows.set(this.rows.subarray(slot * width, (slot + 1) * width), i * width);
      labels[i] = this.labels[slot] as number;
    }
    return { rows, labels };
  }

  snapshot(): PoolState {
    return { rows: this.rows.slice(), labels: this.labels.slice(), made: this.made };
  }

  restore({ rows, labels, made }: PoolState): void {
    if (labels.length !== this.size) outOfRange("resume", `a pool of ${this.size}`, `one of ${labels.length}`);
    this.rows = rows.slice();
    this.labels = labels.slice();
    this.made = made;
  }

  private orderOf(round: number, seed: number, index: number): Uint32Array {
    if (round !== this.round) {
      this.round = round;
      this.order = permutation(this.size, seed, STREAMS.pool + index, round);
    }
    return this.order;
  }

  /** Examples for the place from rows of the data. */
  private async make(rows: Float32Array, labels: Int32Array, signal: AbortSignal | undefined): Promise<Float32Array> {
    const { place, attack, network, seed, made } = this;
    const { layer, lower, upper } = place;
    const here = layer === undefined ? rows : network.activations(rows, layer);
    if (attack.name !== "lbfgs") {
      this.maker ??= new ExampleMaker(place, attack.name, attack.steps, this.memory);
      const { gradient } = place.network.lossGradient(here, labels);
      this.maker.make(here, lossGradientAt(place, labels), gradient, gradient);
      return gradient;
    }
    const { classes } = place.network;
    const scores = needsScores(attack.target) ? rankingOf(place.network, here) : undefined;
    const context = { classes, seed, first: made, ...(scores && { scores }) };
    const targets = targetLabels(attack.target, labels, context);
    const found = await lbfgsAttack(place.network, {
      rows: here,
      labels: targets,
      lower,
      upper,
      bisections: attack.bisections,
      ...(signal && { signal }),
    });
    this.maker ??= new ExampleMaker(place, "gradient", 1, this.memory);
    this.maker.drawBack(here, found.rows);
    return found.rows;
  }
}
