/**
 * Many searches over one batch. Each search holds a seat, writes the row to be evaluated and suspends. One call of the
 * target evaluates the rows of all seats. A seat whose search has ended takes the next problem from the queue. A row's
 * results do not depend on its batch, so neither does the course of a search.
 */
import { outOfRange, requireLength } from "../check.ts";
import { every, TURN_MILLISECONDS } from "../clock.ts";
import { type LossGradient, marginOf } from "../model/index.ts";
import { type F32Pointer, offset32, type Workspace } from "../wasm/index.ts";
import type { AttackTarget } from "./target.ts";

/** The target's answer to the row of a seat; the gradient of the loss lies at the seat's `slope`. */
export interface Evaluation {
  /** Cross-entropy against the seat's label, nats. */
  loss: number;
  /** Logit of the label minus the largest other logit: positive where the label is the answer. */
  margin: number;
}

/** A search that suspends for each evaluation of the row in its seat. */
export type Search = Generator<void, void, Evaluation>;

/** A place in the batch. Both buffers are padded to a multiple of 8 with zeros. */
export interface Seat {
  readonly index: number;
  /** f32[inputSize], what the target evaluates. */
  readonly row: F32Pointer;
  /** f32[inputSize], the gradient of the loss to that row. */
  readonly slope: F32Pointer;
}

export interface LockstepJob {
  /** Whether there is a problem `index`: they are asked for one after another. Once there is none, there are no more. */
  has(index: number): boolean | Promise<boolean>;
  /** Label that problem `index` is evaluated against. */
  label(index: number): number;
  /** Begins problem `index` in a seat; the search may end without any evaluation. */
  begin(index: number, seat: Seat): Search;
  /** Called when the row in the seat of a problem has been evaluated, before its search goes on. */
  evaluated?: ((index: number, seat: Seat) => void) | undefined;
  /** Called when the search of a problem has ended, before its seat is reused. A promise is awaited. */
  finish(index: number, seat: Seat): void | Promise<void>;
}

export interface LockstepOptions {
  signal?: AbortSignal | undefined;
  /**
   * Called several times a second, and once more at the end, with the value-and-gradient calls so far. A promise is awaited.
   */
  onTurn?: ((evaluations: number) => void | Promise<void>) | undefined;
}

interface Running {
  seat: Seat;
  problem: number;
  search: Search;
}

export class Lockstep {
  readonly seats: readonly Seat[];
  private readonly workspace: Workspace;
  private readonly target: AttackTarget;
  private readonly stride: number;

  /** Reserves `seats` rows and gradients in the workspace. */
  constructor(workspace: Workspace, target: AttackTarget, seats: number) {
    this.workspace = workspace;
    this.target = target;
    this.stride = padded(target.inputSize);
    const rows = this.reserve(seats);
    const slopes = this.reserve(seats);
    this.seats = Array.from({ length: seats }, (_, index) => ({
      index,
      row: offset32(rows, index * this.stride),
      slope: offset32(slopes, index * this.stride),
    }));
  }

  private reserve(seats: number): F32Pointer {
    const at = this.workspace.arena.allocateF32(seats * this.stride);
    this.workspace.arena.f32(at, seats * this.stride).fill(0);
    return at;
  }

  /** Runs all problems of the queue. The workspace's memory must not grow meanwhile. */
  async run(job: LockstepJob, { signal, onTurn }: LockstepOptions = {}): Promise<void> {
    const batch = new Batch(this.workspace, this.target, this.seats, this.stride);
    const free = [...this.seats].reverse();
    let running: Running[] = [];
    let next = 0;
    let evaluations = 0;
    const isTurn = every(TURN_MILLISECONDS);

    while (true) {
      signal?.throwIfAborted();
      for (let seat = free.pop(); seat; seat = free.pop()) {
        if (!(await job.has(next))) break;
        const problem = next++;
        const search = job.begin(problem, seat);
        if (search.next().done) {
          await job.finish(problem, seat);
          free.push(seat);
        } else {
          running.push({ seat, problem, search });
        }
      }
      if (running.length === 0) break;

      running.sort((a, b) => a.seat.index - b.seat.index);
      const labels = running.map(({ problem }) => job.label(problem));
      const answers = await batch.evaluate(
        running.map(({ seat }) => seat),
        labels,
      );
      evaluations += running.length;
      const unfinished: Running[] = [];
      for (const [i, one] of running.entries()) {
        job.evaluated?.(one.problem, one.seat);
        if (one.search.next(answers[i] as Evaluation).done) {
          await job.finish(one.problem, one.seat);
          free.push(one.seat);
        } else {
          unfinished.push(one);
        }
      }
      running = unfinished;

      if (isTurn()) {
        await onTurn?.(evaluations);
        await new Promise((resolve) => setTimeout(resolve));
      }
    }
    await onTurn?.(evaluations);
  }
}

/** The rows of the busy seats as one array: in place where they are adjacent, copied where they are not. */
class Batch {
  private readonly workspace: Workspace;
  private readonly target: AttackTarget;
  private readonly stride: number;
  private readonly rows: Float32Array;
  private readonly slopes: Float32Array;
  private readonly first: Seat;
  private readonly gathered: Float32Array;
  private readonly loss: Float32Array;
  private readonly logits: Float32Array;
  private readonly scattered: Float32Array;

  constructor(workspace: Workspace, target: AttackTarget, seats: readonly Seat[], stride: number) {
    this.workspace = workspace;
    this.target = target;
    this.stride = stride;
    this.first = seats[0] as Seat;
    this.rows = workspace.arena.f32(this.first.row, seats.length * stride);
    this.slopes = workspace.arena.f32(this.first.slope, seats.length * stride);
    this.gathered = new Float32Array(seats.length * target.inputSize);
    this.scattered = new Float32Array(seats.length * target.inputSize);
    this.loss = new Float32Array(seats.length);
    this.logits = new Float32Array(seats.length * target.classes);
  }

  async evaluate(seats: readonly Seat[], labels: readonly number[]): Promise<Evaluation[]> {
    const { target, stride } = this;
    const { inputSize, classes } = target;
    const n = seats.length;
    const inPlace = stride === inputSize && seats.every((seat, i) => seat.index === i);
    if (!inPlace) {
      seats.forEach(({ index }, i) => {
        this.gathered.set(this.rows.subarray(index * stride, index * stride + inputSize), i * inputSize);
      });
    }
    const into: LossGradient = {
      loss: this.loss.subarray(0, n),
      logits: this.logits.subarray(0, n * classes),
      gradient: (inPlace ? this.slopes : this.scattered).subarray(0, n * inputSize),
    };
    const rows = (inPlace ? this.rows : this.gathered).subarray(0, n * inputSize);
    const pending = target.lossGradient(rows, labels, into);
    const out = "then" in pending ? await pending : pending;
    requireLength("target's loss", out.loss, n);
    requireLength("target's gradient", out.gradient, n * inputSize);
    requireLength("target's logits", out.logits, n * classes);
    if (!inPlace || out.gradient !== into.gradient) {
      seats.forEach(({ index }, i) => {
        this.slopes.set(out.gradient.subarray(i * inputSize, (i + 1) * inputSize), index * stride);
      });
    }
    this.requireFiniteSlopes(seats);
    return labels.map((label, i) => {
      const loss = out.loss[i] as number;
      if (!Number.isFinite(loss)) outOfRange("target's loss", "finite numbers", loss);
      const margin = marginOf(out.logits, i * classes, classes, label);
      if (Number.isNaN(margin)) outOfRange("target's logits", "numbers whose differences are numbers", margin);
      return { loss, margin };
    });
  }

  /**
   * Throws for NaN, which would end a search as "not-found", as if it were a result. The slopes of free seats between those
   * of the batch are finite.
   */
  private requireFiniteSlopes(seats: readonly Seat[]): void {
    const { kernels } = this.workspace;
    const [first, last] = [seats[0] as Seat, seats.at(-1) as Seat];
    const bad = kernels.first_not_finite_f32((last.index + 1 - first.index) * this.stride, first.slope);
    if (bad >= 0) outOfRange("target's gradient", "finite numbers", this.slopes[first.index * this.stride + bad]);
  }
}

/** n rounded up to a multiple of 8, which the vector kernels need. */
export function padded(n: number): number {
  return Math.ceil(n / 8) * 8;
}
