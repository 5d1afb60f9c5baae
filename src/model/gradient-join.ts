/**
 * Adds the chunks of a gradient in their order, in f64, as soon as those before them are there: the bits of `Network.parameterGradient`,
 * wherever and whenever the chunks were computed.
 */
import { notFinite } from "../check.ts";
import { type ChunkGradient, GRADIENT_CHUNK, type ParameterGradient } from "./training-passes.ts";

export class GradientJoin {
  private readonly sum: ParameterGradient;
  /** Chunks that came before their turn. */
  private readonly waiting = new Map<number, ChunkGradient>();
  private next = 0;

  /** @param size the number of parameters */
  constructor(size: number) {
    this.sum = { loss: 0, errors: 0, gradient: new Float64Array(size) };
  }

  /** Takes a chunk over; one that has been added already changes nothing. Throws a NotFiniteError that names the row where a loss is not finite. */
  add(chunk: number, part: ChunkGradient): void {
    if (chunk < this.next) return;
    this.waiting.set(chunk, part);
    for (let due = this.waiting.get(this.next); due; due = this.waiting.get(this.next)) {
      this.waiting.delete(this.next);
      this.join(due);
      this.next++;
    }
  }

  /** The sum of the first chunks, which are all if all were added. */
  result(): ParameterGradient {
    return this.sum;
  }

  private join({ losses, errors, gradient: from }: ChunkGradient): void {
    const { sum, next } = this;
    for (const [row, value] of losses.entries()) {
      if (!Number.isFinite(value)) notFinite(`loss of row ${next * GRADIENT_CHUNK + row}`, "finite numbers", value);
      sum.loss += value;
    }
    sum.errors += errors;
    const { gradient } = sum;
    for (let i = 0; i < gradient.length; i++) gradient[i] = (gradient[i] as number) + (from[i] as number);
  }
}
