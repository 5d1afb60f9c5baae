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
  /** f64[n], for the length of a change. */
  readonly change: F64Pointer;
  /** f32[points, size], for questions about several rows. */
  readonly points: Float32Array;
  /** What was last found of a box, and how. */
  readonly box: {
    lower?: Float64Array;
    upper?: Float64Array;
    find?: (space: RowSpace) => number;
    found: number;
  };
  /** Made by the first row, when all memory is reserved; the rows after it use them again. */
  views: SeatViews | undefined;
}

/** What a row sees of its seat. */
interface SeatViews {
  readonly image: Vector;
  readonly lower: Vector;
  readonly upper: Vector;
  /** f32[size]: what is evaluated, and the gradient there. */
  readonly point: Float32Array;
  readonly slope: Float32Array;
  readonly vectors: readonly Vector[];
  /** f64[count * n], all of these. */
  readonly block: Float64Array;
  /** The first 0, 1, 2, ... rows of `points`. */
  readonly firsts: readonly Float32Array[];
  /** f32[size] each, the rows of `points`. */
  readonly each: readonly Float32Array[];
}

export function reserveRowSeat(workspace: Workspace, size: number, count: number, points: number): RowSeat {
  const seat = reserveSeat(workspace, size);
  const vectors = workspace.arena.allocateF64(count * seat.n);
  const change = workspace.arena.allocateF64(seat.n);
  return {
    ...seat,
    vectors,
    count,
    change,
    points: new Float32Array(points * size),
    box: { found: 0 },
    views: undefined,
  };
}

function viewsOf({ workspace, size, n, image, row, slope, vectors, count, points }: RowSeat): SeatViews {
  const { arena } = workspace;
  const vector = (at: F64Pointer): Vector => ({ at, values: arena.f64(at, size) });
  return {
    image: vector(image),
    lower: vector(offset64(image, n)),
    upper: vector(offset64(image, 2 * n)),
    point: arena.f32(row, size),
    slope: arena.f32(slope, n).fill(0, size).subarray(0, size),
    vectors: Array.from({ length: count }, (_, i) => vector(offset64(vectors, i * n))),
    block: arena.f64(vectors, count * n),
    firsts: Array.from({ length: points.length / size + 1 }, (_, i) => points.subarray(0, i * size)),
    each: Array.from({ length: points.length / size }, (_, i) => points.subarray(i * size, (i + 1) * size)),
  };
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

/** What a success is measured by, of the image and the point, f32[size] each: the smallest is kept. */
export type Measure = (image: Float32Array, point: Float32Array) => number;

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
  /** f32[points, size]: rows for `askMeets`. */
  readonly points: Float32Array;
  evaluations = 0;
  /** Length of the success that is kept: the smallest, unless `measure` says what else is. Infinite while there is none. */
  length = Number.POSITIVE_INFINITY;
  /** What decides which success is kept; its length in the norm where it is not set. */
  measure: Measure | undefined;
  private readonly seat: RowSeat;
  private readonly task: RowTask;
  private readonly views: SeatViews;
  private least = Number.POSITIVE_INFINITY;
  private kept: Float32Array | undefined;
  private hash: number | undefined;
  // What is asked and answered again and again is kept, so that a step allocates nothing.
  private readonly met: Uint8Array;
  private readonly flat: { point: Float32Array };
  private readonly steep: { point: Float32Array; weigh(scores: Float32Array, i: number): ArrayLike<number> };
  private weighs: readonly RowWeigh[] = [];
  private readonly answer: { scores: Float32Array; margin: number };
  private readonly gradients: { scores: Float32Array; margin: number; gradients: Float32Array };
  /** The scores of one row of an answer about several. */
  private readonly own: Float32Array;

  /** Writes the image and the box into the seat. No memory may be reserved in its workspace while the search runs. */
  constructor(seat: RowSeat, task: RowTask) {
    const { workspace, size, n } = seat;
    const { question, scores } = task;
    writeBox(seat, task);
    seat.views ??= viewsOf(seat);
    const { views } = seat;
    this.seat = seat;
    this.task = task;
    this.views = views;
    this.norm = task.norm;
    this.epsilon = task.epsilon;
    this.size = size;
    this.n = n;
    this.kernels = workspace.kernels;
    this.image = views.image;
    this.lower = views.lower;
    this.upper = views.upper;
    this.scores = scores;
    this.criterion = task.criterion;
    this.isTargeted = "label" in question;
    this.label = "label" in question ? question.label : "not" in question ? question.not : -1;
    this.shape = task.shape;
    this.points = seat.points;
    this.met = new Uint8Array(views.each.length);
    this.own = new Float32Array(scores.length);
    this.flat = { point: views.point };
    this.steep = { point: views.point, weigh: this.weighEach };
    this.answer = { scores, margin: 0 };
    this.gradients = { scores, margin: 0, gradients: scores };
    views.block.fill(0);
  }

  /** Evaluations that are left. */
  get left(): number {
    return this.task.budget - this.evaluations;
  }

  get isFound(): boolean {
    return this.length < Number.POSITIVE_INFINITY;
  }

  /** f32[size], the success that is kept; the image while there is none. */
  get found(): Float32Array {
    return this.kept ?? this.task.image;
  }

  /** The first `count` vectors of the row, all 0 when its search begins. */
  vectors(count: number): Vector[] {
    const { count: reserved } = this.seat;
    if (count > reserved) outOfRange("vectors of an attack", `at most ${reserved}, as it declares`, count);
    return this.views.vectors.slice(0, count);
  }

  /**
   * Random numbers for one use of this row: they follow from the seed, the row's own numbers and `use`, not from where the row
   * stands in a batch.
   */
  random(use: number): Random {
    return new Random(this.task.seed, this.stream(use));
  }

  /** Sets random numbers of this row to those of another use. */
  reuse(random: Random, use: number): Random {
    return random.setStream(this.stream(use));
  }

  /**
   * Asks for the scores at a point of the box, rounded to f32, and for the gradient of their weighted sum: one evaluation.
   *
   *     const { margin } = row.takeGradient(yield row.askGradient(x, weigh), gradient);
   */
  askGradient(at: Vector, weigh: RowWeigh): Query {
    const { steep, views } = this;
    this.kernels.demote_f64_to_f32(this.n, at.at, this.seat.row);
    steep.point = views.point;
    steep.weigh = weigh;
    return steep;
  }

  /** What came of `askGradient`. The answer holds until the next one. @param gradient overwritten */
  takeGradient({ scores, gradient: slope }: Reply, gradient: Vector): Answer {
    takeSlope(this.seat, this.views.slope, slope, gradient.at);
    return this.judge(this.views.point, scores);
  }

  /**
   * Asks for the gradients of several weighted sums at one point: as many evaluations, asked at once. `points` of the attack must be
   * as many.
   *
   *     const { scores, gradients } = row.takeGradients(yield row.askGradients(x, weighs));
   */
  askGradients(at: Vector, weighs: readonly RowWeigh[]): Query {
    const { steep, size, points } = this;
    this.kernels.demote_f64_to_f32(this.n, at.at, this.seat.row);
    for (let i = 0; i < weighs.length; i++) points.set(this.views.point, i * size);
    this.weighs = weighs;
    steep.point = this.views.firsts[weighs.length] as Float32Array;
    steep.weigh = this.weighEach;
    return steep;
  }

  /** What came of `askGradients`: the gradients are rows of f32[weighs.length, size]. The answer holds until the next one. */
  takeGradients({ scores, gradient }: Reply): Answer & { readonly gradients: Float32Array } {
    requireFinite("target's gradient", gradient);
    this.evaluations += this.weighs.length - 1;
    const { gradients } = this;
    gradients.scores = this.scoresAt(scores, 0);
    gradients.margin = this.judge(this.views.point, gradients.scores).margin;
    gradients.gradients = gradient;
    return gradients;
  }

  /** Asks for the scores at a point of the box, rounded to f32: one evaluation, whose answer `takeScores` gives. */
  askScores(at: Vector): Query {
    const { flat } = this;
    this.kernels.demote_f64_to_f32(this.n, at.at, this.seat.row);
    flat.point = this.views.point;
    return flat;
  }

  /** What came of `askScores`. The answer holds until the next one. */
  takeScores({ scores }: Reply): Answer {
    return this.judge(this.views.point, scores);
  }

  /** Asks whether the first `count` rows of `points` meet the question: as many evaluations. An attack that needs labels asks nothing else. */
  askMeets(count: number): Query {
    this.flat.point = this.views.firsts[count] as Float32Array;
    return this.flat;
  }

  /** What came of `askMeets`: 1 or 0 for each row. The array is overwritten by the next answer. */
  takeMeets({ scores }: Reply): Uint8Array {
    const { met, views } = this;
    const count = scores.length / this.own.length;
    for (let i = 0; i < count; i++) {
      met[i] = Number(this.judge(views.each[i] as Float32Array, this.scoresAt(scores, i)).margin > 0);
    }
    return met;
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

  /** What follows from the row's box alone: found once, and kept for the rows after it that have the same. */
  ofBox(find: (space: RowSpace) => number): number {
    const { seat, task } = this;
    const { box } = seat;
    if (box.lower !== task.lower || box.upper !== task.upper || box.find !== find) {
      Object.assign(box, { lower: task.lower, upper: task.upper, find, found: find(this) });
    }
    return box.found;
  }

  private readonly weighEach = (scores: Float32Array, i: number): ArrayLike<number> =>
    (this.weighs[i] as RowWeigh)(scores);

  private stream(use: number): number {
    this.hash ??= hashOfRow(this.task.image);
    return (this.hash + Math.imul(use, 0x9e3779b1)) >>> 0;
  }

  /** The scores of row `i` of an answer about several, copied: they hold until the next are. */
  private scoresAt(scores: Float32Array, i: number): Float32Array {
    const { own } = this;
    for (let k = 0; k < own.length; k++) own[k] = scores[i * own.length + k] as number;
    return own;
  }

  /** Counts an evaluation, and keeps the row if it is a success and the smallest so far. */
  private judge(row: Float32Array, scores: Float32Array): Answer {
    this.evaluations++;
    const { answer, measure, task } = this;
    const margin = task.criterion.margin(scores);
    if (margin > 0) {
      const length = this.lengthOf(row);
      const measured = measure ? measure(task.image, row) : length;
      if (length <= this.epsilon && measured < this.least) {
        this.least = measured;
        this.length = length;
        this.kept ??= new Float32Array(this.size);
        this.kept.set(row);
      }
    }
    answer.scores = scores;
    answer.margin = margin;
    return answer;
  }

  /**
   * How far a row is from the image. Kernels find the lengths that they find to the same bits; the squares of L2 are added up in
   * another order there.
   */
  private lengthOf(row: Float32Array): number {
    const { kernels, n, norm, seat, task } = this;
    if (row !== this.views.point || norm === "l2") return lengthIn(norm, task.image, row);
    kernels.promote_f32_to_f64(n, seat.row, seat.change);
    kernels.sub_f64(n, seat.change, this.image.at, seat.change);
    if (norm === "linf") return kernels.norm_inf_f64(n, seat.change);
    return norm === "l1" ? kernels.norm1_f64(n, seat.change) : kernels.norm0_f64(n, seat.change);
  }
}
