/**
 * What a job asks for: a function of plain data (JSON's values, typed arrays, networks) and of the position of an item, whose
 * bits depend on these alone. It runs in process, on a thread or on another machine, and does not know where.
 */

export interface TaskContext<Item, Progress = never, State = never> {
  /** Aborted when nobody wants the results any more. A task that yields to the event loop sees it, and throws its reason. */
  readonly signal: AbortSignal;
  /** What an earlier run of the first item saved. */
  readonly resume: State | undefined;
  /**
   * Takes over further items of the job, undefined where none are left: for a task that works on several at once and would
   * otherwise run out of them one by one. Whoever does not ask is called again, with those items.
   */
  more(): readonly number[] | undefined;
  /** Delivers the result of an item. Typed arrays that fill their buffer may be moved, not copied. */
  done(item: number, result: Item): void;
  /** Tells how far the items are. */
  tell(progress: Progress): void;
  /** Shows a point that is evaluated in the search for an item, where somebody in this thread looks on. */
  watch?: ((item: number, point: Float32Array) => void) | undefined;
  /** Offers a state from which the first item can resume. It is taken now and then, and always once the signal is aborted. */
  save(snapshot: () => State): void;
}

/** Computes the results of some items of a job, and delivers each by `context.done`. */
export type Task<Input, Item, Progress = never, State = never> = (
  input: Input,
  items: readonly number[],
  context: TaskContext<Item, Progress, State>,
) => void | Promise<void>;
