/**
 * One row as an attack by name sees it: its image, box and question, vectors to compute in, and the target behind three
 * questions (a gradient, scores, a decision). It counts evaluations and keeps successes, so that no attack can forget to.
 */
import { outOfRange, requireFinite } from "../../check.ts";
import { Random } from "../../numeric/random.ts";
import { type F64Pointer, type Kernels, offset64, type Workspace } from "../../wasm/index.ts";
import type { Criterion } from "../criterion.ts";
import type { Query, Reply, RowSearch } from "../minimal/lockstep.ts";
import { lengthIn, type NormName } from "../minimal/norm.ts";
import { reserveSeat, type Seat, takeSlope, writeBox } from "../minimal/problem.ts";
import type { Question } from "../question.ts";
import type { RowSpace, Vector } from "../row-space.ts";
import { hashOfRow } from "./random-start.ts";

/** The weights of one row's scores whose gradient is asked, from these scores: it may return one array again and again. */
export type RowWeigh = (scores: Float32Array) => ArrayLike<number>;

/** What the target says of a point. The scores are a view that holds until the next question. */
export interface Answer {
  readonly scores: Float32Array;
  /** Positive where the question is met. */
  readonly margin: number;
}

/** How large a target's rows and answers are. */
export interface TargetShape {
  /** Numbers in a row. */
  readonly size: number;
  readonly classes: number;
  /** The shape of a row, where the target says it: [28, 28, 1]. */
  readonly inputShape?: readonly number[];
}

/** The memory of one row among those that are searched at once. */
export interface RowSeat extends Seat {
  /** f64[count,n] */
  readonly vectors: F64Pointer;
  readonly count: number;
  /** f32[points, size], for questions about several rows. */
  readonly points: Float32Array;
}

export function reserveRowSeat(workspace: Workspace, size: number, count: number, points: number): RowSeat {
  const seat = reserveSeat(workspace, size);
  const vectors = workspace.arena.allocateF64(count * seat.n);
  return { ...seat, vectors, count, points: new Float32Array(points * size) };
}

/** What is asked for of a row. */
export interface RowTask {
  readonly norm: NormName;
  /** The most that a change may measure; infinite where the smallest is looked for. */
  readonly epsilon: number;
  /** f32[size] */
  readonly image: Float32Array;
  /** f64[size], the row's box. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly question: Question;
  readonly criterion: Criterion;
  /** The scores of the image. */
  readonly scores: Float32Array;
  /** Evaluations at most. */
  readonly budget: number;
  readonly seed: number;
  readonly shape: TargetShape;
}

export class AttackRow implements RowSpace {
  readonly norm: NormName;
  readonly epsilon: number;
  readonly size: number;
  readonly n: number;
  readonly kernels: Kernels;
  readonly image: Vector;
  readonly lower: Vector;
  readonly upper: Vector;
  /** The scores of the image. */
  readonly scores: Float32Array;
  readonly criterion: Criterion;
  /** Whether a label is to be reached; otherwise any label but one is. */
  readonly isTargeted: boolean;
  /** The label to be reached, or left; -1 where an output is asked about. */
  readonly label: number;
  readonly shape: TargetShape;
  /** f32[points, size]: rows for `meets`. */
  readonly points: Float32Array;
  evaluations = 0;
  /** Length of the smallest success; infinite while there is none. */
  length = Number.POSITIVE_INFINITY;
  /** f32[size], the smallest success; the image while there is none. */
  readonly found: Float32Array;
  private readonly seat: RowSeat;
  private readonly task: RowTask;
  private readonly point: Float32Array;
  private readonly slope: Float32Array;
  private readonly met: Uint8Array;
  private hash: number | undefined;
  // What is asked and answered again and again is kept, so that a step allocates nothing.
  private readonly steep: { point: Float32Array; weigh: RowWeigh };
  private readonly flat: { readonly point: Float32Array };
  private readonly answer: { scores: Float32Array; margin: number };

  /** Writes the image and the box into the seat. No memory may be reserved in its workspace while the search runs. */
  constructor(seat: RowSeat, task: RowTask) {
    const { workspace, size, n } = seat;
    const { question } = task;
    writeBox(seat, task);
    this.seat = seat;
    this.task = task;
    this.norm = task.norm;
    this.epsilon = task.epsilon;
    this.size = size;
    this.n = n;
    this.kernels = workspace.kernels;
    this.image = this.viewed(seat.image);
    this.lower = this.viewed(offset64(seat.image, n));
    this.upper = this.viewed(offset64(seat.image, 2 * n));
    this.scores = task.scores;
    this.criterion = task.criterion;
    this.isTargeted = "label" in question;
    this.label = "label" in question ? question.label : "not" in question ? question.not : -1;
    this.shape = task.shape;
    this.points = seat.points;
    this.found = task.image.slice();
    this.point = workspace.arena.f32(seat.row, size);
    this.slope = workspace.arena.f32(seat.slope, n).fill(0, size).subarray(0, size);
    this.met = new Uint8Array(seat.points.length / size);
    this.steep = { point: this.point, weigh: () => task.scores };
    this.flat = { point: this.point };
    this.answer = { scores: task.scores, margin: 0 };
    workspace.arena.f64(seat.vectors, seat.count * n).fill(0);
  }

  /** Evaluations that are left. */
  get left(): number {
    return this.task.budget - this.evaluations;
  }

  get isFound(): boolean {
    return this.length < Number.POSITIVE_INFINITY;
  }

  /** The first `count` vectors of the row, all 0 when its search begins. */
  vectors(count: number): Vector[] {
    const { vectors, count: reserved } = this.seat;
    if (count > reserved) outOfRange("vectors of an attack", `at most ${reserved}, as it declares`, count);
    return Array.from({ length: count }, (_, i) => this.viewed(offset64(vectors, i * this.n)));
  }

  /**
   * Random numbers for one use of this row: they follow from the seed, the row's own numbers and `use`, not from where the row
   * stands in a batch.
   */
  random(use: number): Random {
    this.hash ??= hashOfRow(this.task.image);
    return new Random(this.task.seed, (this.hash + Math.imul(use, 0x9e3779b1)) >>> 0);
  }

  /**
   * Asks for the scores at a point of the box, rounded to f32, and for the gradient of their weighted sum: one evaluation.
   *
   *     const { margin } = row.takeGradient(yield row.askGradient(x, weigh), gradient);
   */
  askGradient(at: Vector, weigh: RowWeigh): Query {
    this.kernels.demote_f64_to_f32(this.n, at.at, this.seat.row);
    this.steep.weigh = weigh;
    return this.steep;
  }

  /** What came of `askGradient`. The answer holds until the next one. @param gradient overwritten */
  takeGradient({ scores, gradient: slope }: Reply, gradient: Vector): Answer {
    takeSlope(this.seat, this.slope, slope, gradient.at);
    return this.judge(this.point, scores);
  }

  /**
   * The gradients of several weighted sums at one point: as many evaluations, asked at once. `points` of the attack must be as
   * many. The gradients are rows of the view that is returned, f32[weighs.length, size], which holds until the next question.
   */
  *gradients(at: Vector, weighs: readonly RowWeigh[]): Generator<Query, Answer & { gradients: Float32Array }, Reply> {
    const { seat, kernels, n, size, points } = this;
    kernels.demote_f64_to_f32(n, at.at, seat.row);
    for (let i = 0; i < weighs.length; i++) points.set(this.point, i * size);
    const reply = yield {
      point: points.subarray(0, weighs.length * size),
      weigh: (scores, i) => (weighs[i] as RowWeigh)(scores),
    };
    requireFinite("target's gradient", reply.gradient);
    this.evaluations += weighs.length - 1;
    const answer = this.judge(this.point, reply.scores.subarray(0, this.scores.length));
    return { ...answer, gradients: reply.gradient };
  }

  /** Asks for the scores at a point of the box, rounded to f32: one evaluation, whose answer `takeScores` gives. */
  askScores(at: Vector): Query {
    this.kernels.demote_f64_to_f32(this.n, at.at, this.seat.row);
    return this.flat;
  }

  /** What came of `askScores`. The answer holds until the next one. */
  takeScores({ scores }: Reply): Answer {
    return this.judge(this.point, scores);
  }

  /**
   * Whether the first `count` rows of `points` meet the question, 1 or 0 each: as many evaluations. An attack that needs labels
   * alone asks nothing else. The view holds until the next question.
   */
  *meets(count: number): Generator<Query, Uint8Array, Reply> {
    const { points, size, met } = this;
    const classes = this.scores.length;
    const { scores } = yield { point: points.subarray(0, count * size) };
    for (let i = 0; i < count; i++) {
      const own = scores.subarray(i * classes, (i + 1) * classes);
      met[i] = Number(this.judge(points.subarray(i * size, (i + 1) * size), own).margin > 0);
    }
    return met.subarray(0, count);
  }

  /** The search, ended where its evaluations are spent; within epsilon also at the first success. */
  *bounded(search: RowSearch): RowSearch {
    const { size, epsilon } = this;
    const isWithin = epsilon < Number.POSITIVE_INFINITY;
    let asked = search.next();
    while (!asked.done && asked.value.point.length / size <= this.left && !(isWithin && this.isFound)) {
      asked = search.next(yield asked.value);
    }
    if (!asked.done) search.return();
  }

  /** Counts an evaluation, and keeps the row if it is a success and the smallest so far. */
  private judge(row: Float32Array, scores: Float32Array): Answer {
    this.evaluations++;
    const margin = this.task.criterion.margin(scores);
    if (margin > 0) {
      const length = lengthIn(this.norm, this.task.image, row);
      if (length <= this.epsilon && length < this.length) {
        this.length = length;
        this.found.set(row);
      }
    }
    const { answer } = this;
    answer.scores = scores;
    answer.margin = margin;
    return answer;
  }

  private viewed(at: F64Pointer): Vector {
    return { at, values: this.seat.workspace.arena.f64(at, this.size) };
  }
}
