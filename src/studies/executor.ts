/**
 * Who does the work of a study. A study describes its work as jobs; an executor runs them in process, on threads or on other
 * machines, and may keep what is finished. A job is plain data: the same job has the same results, bit for bit, wherever
 * and whenever it runs, so that a finished item is never computed again.
 */
import type { TaskInput, TaskItem, TaskName, TaskOf, TaskProgress } from "./tasks/index.ts";

/** Work as plain data: a task, its input, and the items that it consists of. */
export interface Job<Name extends TaskName = TaskName> {
  /** Name of the task. */
  task: Name;
  /** JSON's values, typed arrays and networks. Nobody writes to them while the job runs. */
  input: TaskInput<Name>;
  /** How many items there are. The result of an item depends on the input and its position alone. */
  items: number;
  /** The order in which items begin; default ascending. */
  order?: readonly number[];
  /** "single": each item is handed out by itself, as is right for long ones. Default "guided": many at once, ever fewer. */
  share?: "guided" | "single";
}

/** How a job is followed and stopped. */
export interface RunOptions<Name extends TaskName = TaskName> {
  /** Stops the job; `run` rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called for each item that was computed now, soon after; a promise is awaited, a failure ends the job. */
  onItem?: ((item: number, result: TaskItem<Name>) => void | Promise<void>) | undefined;
  /** Called with the number of items that are known, and with what the task tells in between. */
  onProgress?: ((done: number, progress?: TaskProgress<Name>) => void) | undefined;
}

/** Runs the jobs of a study: in process, on threads, or elsewhere. */
export interface Executor {
  /** How many shares run at once. No result depends on it. */
  readonly workers: number;
  /** Whether a task may write to typed arrays of a job's input, for whoever runs the job to read: shared ones, or any in process. */
  readonly sharesMemory?: boolean;
  /** Runs a job and returns the results of its items in their order. When one fails, the others stop and its error is thrown. */
  run<Name extends TaskName>(job: Job<Name>, options?: RunOptions<Name>): Promise<TaskItem<Name>[]>;
  /**
   * Runs a job in this thread, kept like any other, with a task of the caller's, which gets an executor that runs its parts on the same
   * workers and keeps nothing.
   */
  readonly coordinate?:
    | (<Name extends TaskName>(
        job: Job<Name>,
        task: (workers: Executor) => TaskOf<Name>,
        options?: RunOptions<Name>,
      ) => Promise<TaskItem<Name>[]>)
    | undefined;
  /** How many items of the job need not be computed again. */
  known(job: Job): Promise<number>;
}
