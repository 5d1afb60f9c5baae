/**
 * A run that can be stopped at any moment and resumed: an executor that keeps every finished item in a journal, and the states
 * of long ones in checkpoints. The same command resumes it, to the same bits.
 */

import { mkdir, readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { requireOptions } from "../check.ts";
import { errorCode, fileFailed } from "../node/file-error.ts";
import { removeAbandoned } from "../node/own-files.ts";
import type { Keeper, KeptJob } from "../studies/division.ts";
import type { Executor, Job, RunOptions } from "../studies/executor.ts";
import type { TaskItem, TaskName } from "../studies/tasks/index.ts";
import { isCheckpoint, type RunDescription, readCheckpoint, removeCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { Journal } from "./journal.ts";
import { jobKey } from "./key.ts";
import { openPool, POOL_OPTIONS, type Pool, type PoolOptions } from "./pool.ts";
import type { Plain } from "./record.ts";

/** Where a run keeps what is finished. */
export interface RunPlace {
  /** The journal's file. */
  journal: string;
  /** Folder of the checkpoints, made when the first one is written. */
  checkpoints: string;
  /** What the bits of the run follow from: what another run left is refused, naming the first difference. */
  description: RunDescription;
}

/** A record of the journal: the result of one item of one job. */
interface Entry {
  job: string;
  item: number;
  result: Plain;
}

class JournalKeeper implements Keeper {
  private readonly place: RunPlace;
  private readonly journal: Journal;
  private readonly left: ReadonlyMap<string, Map<number, unknown>>;

  constructor(place: RunPlace, journal: Journal, left: ReadonlyMap<string, Map<number, unknown>>) {
    this.place = place;
    this.journal = journal;
    this.left = left;
  }

  async job(job: Job): Promise<KeptJob> {
    const { checkpoints } = this.place;
    const key = jobKey(job);
    const file = (item: number) => join(checkpoints, `${job.task}-${key.slice(0, 16)}-${item}`);
    const run = { job: key }; // the key says all that the bits follow from
    return {
      items: this.left.get(key) ?? new Map(),
      stateOf: (item) => readCheckpoint<unknown>(file(item), run),
      keepItem: async (item, result) => {
        await this.journal.append({ job: key, item, result: result as Plain });
        await removeCheckpoint(file(item));
      },
      keepState: async (item, state) => {
        await mkdir(checkpoints, { recursive: true });
        await writeCheckpoint(file(item), run, state);
      },
    };
  }
}

/** A pool whose finished items are kept in a journal, so that a run that was stopped is resumed where it was. */
export class Run implements Executor {
  /** How many shares run at once. No result depends on it. */
  readonly workers: number;
  /** Whether tasks may write to shared arrays of a job's input, for the caller to read. */
  readonly sharesMemory: boolean;
  /** Items that an earlier run left. */
  readonly resumed: number;
  /** Bytes of a cut last record of the journal, which were dropped. */
  readonly dropped: number;
  private readonly place: RunPlace;
  private readonly journal: Journal;
  private readonly pool: Pool;

  private constructor(place: RunPlace, journal: Journal, pool: Pool) {
    this.place = place;
    this.journal = journal;
    this.pool = pool;
    this.workers = pool.workers;
    this.sharesMemory = pool.sharesMemory === true;
    this.resumed = journal.resumed;
    this.dropped = journal.dropped;
  }

  /** Opens a run, or resumes the one that was stopped. Refuses one that another process holds, and that of another description. */
  static async open(place: RunPlace, options: PoolOptions = {}): Promise<Run> {
    requireOptions("Run.open place", place, { journal: true, checkpoints: true, description: true });
    requireOptions("Run.open", options, POOL_OPTIONS);
    const left = new Map<string, Map<number, unknown>>();
    const journal = await Journal.open(place.journal, place.description, {
      onRecord: (record) => {
        const { job, item, result } = record as unknown as Entry;
        const items = left.get(job) ?? new Map<number, unknown>();
        left.set(job, items.set(item, result));
      },
    });
    try {
      await removeUnfinished(place.checkpoints);
      return new Run(place, journal, await openPool(options, new JournalKeeper(place, journal, left)));
    } catch (error) {
      await journal.close();
      throw error;
    }
  }

  /** Runs a job and returns the results of its items in their order; those in the journal are not computed again. */
  run<Name extends TaskName>(job: Job<Name>, options?: RunOptions<Name>): Promise<TaskItem<Name>[]> {
    return this.pool.run(job, options);
  }

  /** Runs a job in this thread, whose task divides its parts among the workers; undefined where these share no memory. */
  get coordinate(): Executor["coordinate"] {
    return this.pool.coordinate;
  }

  /** How many items of the job are in the journal. */
  known(job: Job): Promise<number> {
    return this.pool.known(job);
  }

  /** Items in the journal, those of this run too. */
  get records(): number {
    return this.journal.records;
  }

  /** Whether a state of a long item is kept. */
  async hasCheckpoints(): Promise<boolean> {
    const folder = this.place.checkpoints;
    for (const name of await checkpointsIn(folder)) if (await isCheckpoint(join(folder, name))) return true;
    return false;
  }

  /** Ends the workers and lets go of the journal, from which the next run resumes. */
  async close(): Promise<void> {
    await this.pool.close();
    await this.journal.close();
  }

  /** Ends the workers and removes the journal and the checkpoints: the results are in place. */
  async finish(): Promise<void> {
    await this.pool.close();
    await removeUnfinished(this.place.checkpoints);
    for (const name of await checkpointsIn(this.place.checkpoints)) {
      const file = join(this.place.checkpoints, name);
      // An item that was kept just before a kill may have left its state.
      if (await isCheckpoint(file)) await removeCheckpoint(file);
    }
    await rmdir(this.place.checkpoints).catch(() => {}); // not empty, or not there: what is left is not of this run
    await this.journal.remove();
  }
}

/** Names of the files in the folder of checkpoints, none where there is no folder. */
async function checkpointsIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    return fileFailed(folder, "a folder of checkpoints", error);
  }
}

/** What a checkpoint is written in first. */
const PARTIAL = /\.partial-[0-9a-f]{12}$/;

/**
 * Removes half-written checkpoints of a process that was killed, and folders of theirs into which it had written nothing, not
 * even its mark. The journal's lock says that no other process is at work here.
 */
async function removeUnfinished(folder: string): Promise<void> {
  const names = await checkpointsIn(folder);
  if (names.length > 0) removeAbandoned(folder, "");
  for (const name of names.filter((one) => PARTIAL.test(one))) {
    await rmdir(join(folder, name)).catch(() => {}); // gone, or not empty: then it is not ours
  }
}
