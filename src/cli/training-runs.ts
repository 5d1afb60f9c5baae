/**
 * Runs of the experiments on training, on workers: each is in the journal as soon as it is finished, one that is stopped
 * leaves its checkpoint, and what is there is not made again.
 */
import type { Dataset } from "../data/index.ts";
import {
  Journal,
  openPool,
  type Plain,
  type Pool,
  type RunDescription,
  readCheckpoint,
  removeCheckpoint,
  shareDataset,
  writeCheckpoint,
} from "../node/index.ts";
import type { TrainingRun } from "../paper/training.ts";
import type { MinibatchedRecipe, MinibatchState, Recipe } from "../train/index.ts";
import { startProgress } from "./progress.ts";
import { CHECKPOINT_SECONDS } from "./train-run.ts";

/** A run is known again by its recipe and its seed. */
export interface WantedRun {
  /** For people and for the name of the checkpoint. */
  label: string;
  recipe: MinibatchedRecipe;
  seed: number;
}

export interface RunsOptions {
  /** The journal; checkpoints lie beside it. */
  path: string;
  /** What all runs of the journal have in common. */
  description: RunDescription;
  data: { train: Dataset; test: Dataset };
  /** Makes at most so many now; default all. */
  most?: number;
  workers: number;
  signal: AbortSignal;
  silent: boolean;
}

const key = ({ recipe, seed }: { recipe: Recipe; seed: number }) => JSON.stringify([recipe, seed]);

/** Makes the runs that are missing; of those wanted, the finished ones. */
export async function makeRuns(
  wanted: readonly WantedRun[],
  options: RunsOptions,
): Promise<Map<WantedRun, TrainingRun>> {
  const known = new Map<string, TrainingRun>();
  const journal = await Journal.open(options.path, options.description, {
    onRecord: (record) => {
      const run = record as unknown as TrainingRun;
      known.set(key(run), run);
    },
  });
  try {
    const missing = wanted.filter((run) => !known.has(key(run))).slice(0, options.most);
    if (missing.length > 0) {
      const pool = await openPool({ workers: Math.min(options.workers, missing.length) });
      try {
        for (const run of await runAll(pool, missing, journal, options)) known.set(key(run), run);
      } finally {
        await pool.close();
      }
    }
  } finally {
    await journal.close();
  }
  return new Map(
    wanted.flatMap((one): [WantedRun, TrainingRun][] => {
      const run = known.get(key(one));
      return run ? [[one, run]] : [];
    }),
  );
}

async function runAll(
  pool: Pool,
  missing: readonly WantedRun[],
  journal: Journal,
  { description, data, signal, silent }: RunsOptions,
): Promise<TrainingRun[]> {
  const shared = { train: shareDataset(data.train), test: shareDataset(data.test) };
  const stepsOf = ({ recipe: { minibatch } }: WantedRun) =>
    minibatch.epochs * Math.ceil(data.train.count / minibatch.batch);
  const total = missing.reduce((sum, run) => sum + stepsOf(run), 0);
  const progress = startProgress({ label: "training", total, unit: "steps", silent });
  const done = new Map<WantedRun, number>();
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const one = async (wanted: WantedRun): Promise<TrainingRun> => {
    const { label, recipe, seed } = wanted;
    const checkpoint = `${journal.path}.${label}-${seed}`;
    const run: RunDescription = { ...description, recipe: JSON.stringify(recipe), seed };
    const resume = await readCheckpoint<MinibatchState>(checkpoint, run);
    const input = { recipe, seed, ...shared, ...(resume && { resume }), checkpointSeconds: CHECKPOINT_SECONDS };
    const found = await pool.run("trainingRun", input, {
      signal: either,
      onMessage: async ({ step, error, state }) => {
        done.set(wanted, step);
        const all = [...done.values()].reduce((sum, some) => sum + some, 0);
        progress.update(all, `${label}, seed ${seed}: training error ${(100 * error).toFixed(2)} %`);
        if (state) await writeCheckpoint(checkpoint, run, state);
      },
    });
    done.set(wanted, stepsOf(wanted));
    await journal.append(found as unknown as Plain);
    await removeCheckpoint(checkpoint);
    return found;
  };
  try {
    // One lane a worker takes run after run in their order, which the pool's own queue does not keep.
    const rest = missing.values();
    const found: TrainingRun[] = [];
    const lane = async () => {
      for (const wanted of rest) found.push(await one(wanted));
    };
    const lanes = Array.from({ length: pool.workers }, lane);
    for (const running of lanes) running.catch((error) => stop.abort(error));
    // All are waited for, also when one fails and stops the others: each leaves its checkpoint.
    await Promise.allSettled(lanes);
    await Promise.all(lanes);
    return found;
  } finally {
    progress.stop();
  }
}
