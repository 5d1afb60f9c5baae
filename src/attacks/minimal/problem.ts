/**
 * One row to be changed as little as possible: its image, box and criterion, and the smallest success that was evaluated.
 * Searches of every norm evaluate through it, so that none can miss a success or forget to count. Its vectors lie in a seat: a
 * place in the memory of the kernels, which rows take one after another.
 */
import { describe, outOfRange } from "../../check.ts";
import { type F32Pointer, type F64Pointer, offset64, type Workspace } from "../../wasm/index.ts";
import { type Criterion, type Objective, objectiveValue } from "../criterion.ts";
import type { Query, Reply, RowSearch } from "./lockstep.ts";
import { lengthIn, type NormName } from "./norm.ts";

/** The memory of one row among those that are searched at once. */
export interface Seat {
  readonly workspace: Workspace;
  /** Numbers in a row, and the same rounded up to a multiple of 8; the padding of every vector is 0. */
  readonly size: number;
  readonly n: number;
  /** f64[3,n]: the image, the lower and the upper bounds. */
  readonly image: F64Pointer;
  /** f32[n] each: what is evaluated, and the gradient there. */
  readonly row: F32Pointer;
  readonly slope: F32Pointer;
  /** The bounds that lie behind the image. */
  readonly bounds: { lower?: Float64Array; upper?: Float64Array };
}

/** What is asked for of a row. */
export interface Task {
  readonly norm: NormName;
  /** f32[size] */
  readonly image: Float32Array;
  /** f64[size], the row's box. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly criterion: Criterion;
  /** The scores of the image. */
  readonly scores: Float32Array;
  /** Evaluations at most. */
  readonly budget: number;
  readonly seed: number;
}

/** What an evaluation says of a point. */
export interface Evaluation {
  /** Of the objective. */
  readonly value: number;
  /** Of the criterion. */
  readonly margin: number;
}

/** A success leads by this share of what the image lacked: that much of its length it may lose. */
const LEAD_SHARE = 2 ** -16;
/**
 * But by no less than this share of the largest score, because scores in f32 differ from those in f64. On a convolutional network of
 * MNIST the difference of two scores is off by 8 times 2^-24 of the largest score, root mean square, and by 24 times at most.
 */
const LEAD_LEAST = 1.5 * 2 ** -20;
/** Searches aim for this many times the lead. */
const AIM = 1.5;

/** Reserves a seat. */
export function reserveSeat(workspace: Workspace, size: number): Seat {
  const n = Math.ceil(size / 8) * 8;
  const { arena } = workspace;
  return {
    workspace,
    size,
    n,
    image: arena.allocateF64(3 * n),
    row: arena.allocateF32(n),
    slope: arena.allocateF32(n),
    bounds: {},
  };
}

/**
 * Copies a gradient into a seat and, in double precision, to where it is wanted. It refuses what is not finite, which a kernel looks
 * for four numbers at a time.
 *
 * @param slope f32[size], the seat's own
 * @param to f64[n], overwritten
 */
export function takeSlope(
  { workspace, n, slope: at }: Seat,
  slope: Float32Array,
  gradient: Float32Array,
  to: F64Pointer,
): void {
  slope.set(gradient);
  const bad = workspace.kernels.first_not_finite_f32(n, at);
  if (bad >= 0) outOfRange(`target's gradient[${bad}] of a row`, "a finite number", describe(slope[bad]));
  workspace.kernels.promote_f32_to_f64(n, at, to);
}

/** Writes an image and its box into a seat; bounds that lie there already, those of the row before, are not written again. */
export function writeBox(
  { workspace, image: at, row, size, n, bounds }: Seat,
  { image, lower, upper }: Pick<Task, "image" | "lower" | "upper">,
): void {
  const { arena, kernels } = workspace;
  arena.f32(row, n).fill(0, size).set(image);
  kernels.promote_f32_to_f64(n, row, at);
  if (bounds.lower === lower && bounds.upper === upper) return;
  const block = arena.f64(offset64(at, n), 2 * n).fill(0);
  block.set(lower);
  block.set(upper, n);
  bounds.lower = lower;
  bounds.upper = upper;
}

export class Problem {
  readonly task: Task;
  readonly seat: Seat;
  /** What leads to the criterion, that of largest value at the image first. */
  readonly objectives: readonly Objective[];
  /** The margin from which on a point counts as a success. */
  readonly lead: number;
  /** The value that searches aim at. */
  readonly aim: number;
  /** The largest extent of the box. */
  readonly extent: number;
  evaluations = 0;
  /** Length of the smallest success; infinite while there is none. */
  length = Number.POSITIVE_INFINITY;
  /** f32[size], the smallest success; the image while there is none. */
  readonly found: Float32Array;
  private readonly point: Float32Array;
  private readonly slope: Float32Array;

  /** Writes the row's image and box into the seat. No memory may be reserved in its workspace while the search runs. */
  constructor(seat: Seat, task: Task) {
    const { workspace, size, n } = seat;
    const { image, upper, lower, criterion, scores } = task;
    writeBox(seat, task);
    this.point = workspace.arena.f32(seat.row, size);
    this.slope = workspace.arena.f32(seat.slope, n).fill(0, size).subarray(0, size);
    this.seat = seat;
    this.task = task;
    this.found = image.slice();
    this.extent = upper.reduce((most, high, i) => Math.max(most, high - (lower[i] as number)), 0);
    const rounding = LEAD_LEAST * scores.reduce((most, score) => Math.max(most, Math.abs(score)), 0);
    this.lead = Math.max(rounding, LEAD_SHARE * -criterion.margin(scores));
    this.aim = AIM * this.lead;
    this.objectives = criterion
      .objectives(scores)
      .map((objective) => ({ objective, value: objectiveValue(objective, scores) }))
      .sort((a, b) => b.value - a.value)
      .map(({ objective }) => objective);
  }

  /** Evaluations that are left. */
  get left(): number {
    return this.task.budget - this.evaluations;
  }

  /** f64[n] */
  get x(): F64Pointer {
    return this.seat.image;
  }

  get lower(): F64Pointer {
    return offset64(this.seat.image, this.seat.n);
  }

  get upper(): F64Pointer {
    return offset64(this.seat.image, 2 * this.seat.n);
  }

  /**
   * Evaluates an objective at a point of the box, rounded to f32, and keeps the point if it is the smallest success.
   *
   * @param point f64[n]
   * @param gradient f64[n], overwritten with the gradient of the objective
   */
  *evaluate(point: F64Pointer, objective: Objective, gradient: F64Pointer): Generator<Query, Evaluation, Reply> {
    const { kernels } = this.seat.workspace;
    const { n, row } = this.seat;
    kernels.demote_f64_to_f32(n, point, row);
    const reply = yield { point: this.point, weigh: (scores) => objective.weigh(scores) };
    this.evaluations++;
    takeSlope(this.seat, this.slope, reply.gradient, gradient);
    const margin = this.task.criterion.margin(reply.scores);
    if (margin > this.lead) this.keep();
    return { value: objectiveValue(objective, reply.scores), margin };
  }

  /** Keeps the evaluated point if it is smaller than the smallest success so far. */
  private keep(): void {
    const length = lengthIn(this.task.norm, this.task.image, this.point);
    if (!(length < this.length)) return;
    this.length = length;
    this.found.set(this.point);
  }
}

/** A search that is answered `budget` times at most, whatever it still asks for. */
export function* within(budget: number, search: RowSearch): RowSearch {
  let asked = search.next();
  for (let k = 0; k < budget && !asked.done; k++) asked = search.next(yield asked.value);
  if (!asked.done) search.return();
}
