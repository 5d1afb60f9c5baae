/** Runs of the experiments on training, on the workers of an executor: one that is finished is not made again. */
import type { Dataset } from "../data/index.ts";
import { shareDataset } from "../node/index.ts";
import type { Job } from "../studies/executor.ts";
import type { StudyRun } from "../studies/study.ts";
import type { TrainingRun } from "../studies/training/run.ts";
import type { MinibatchedRecipe } from "../train/index.ts";

export interface WantedRun {
  /** For people. */
  label: string;
  recipe: MinibatchedRecipe;
  seed: number;
}

export interface RunsOptions {
  data: { train: Dataset; test: Dataset };
  /** Makes at most so many now; default all. */
  most?: number;
}

/** Makes the runs that are missing; of those wanted, the finished ones. */
export async function makeRuns<Wanted extends WantedRun>(
  wanted: readonly Wanted[],
  { data, most = Number.POSITIVE_INFINITY }: RunsOptions,
  { executor, signal, onProgress }: Required<StudyRun>,
): Promise<Map<Wanted, TrainingRun>> {
  const shared = { train: shareDataset(data.train), test: shareDataset(data.test) };
  const jobs = wanted.map((one) => {
    const job: Job<"trainingRun"> = {
      task: "trainingRun",
      input: { recipe: one.recipe, seed: one.seed, ...shared },
      items: 1,
      share: "single",
    };
    return { wanted: one, job };
  });
  const isKnown = await Promise.all(jobs.map(async ({ job }) => (await executor.known(job as Job)) > 0));
  const missing = jobs.filter((_, i) => !isKnown[i]).slice(0, most);
  const chosen = jobs.filter((one, i) => isKnown[i] || missing.includes(one));

  const stepsOf = ({ recipe: { minibatch } }: WantedRun) =>
    minibatch.epochs * Math.ceil(data.train.count / minibatch.batch);
  const total = missing.reduce((sum, one) => sum + stepsOf(one.wanted), 0);
  const done = new Map<WantedRun, number>();
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const tell = (one: WantedRun, step: number, note?: string) => {
    done.set(one, step);
    const all = [...done.values()].reduce((sum, some) => sum + some, 0);
    onProgress({ label: "training", done: all, total, unit: "steps", ...(note !== undefined && { note }) });
  };
  const runs = chosen.map(async (one): Promise<[Wanted, TrainingRun]> => {
    const { wanted: run, job } = one;
    const [found] = await executor.run(job, {
      signal: either,
      onProgress: (_, told) => {
        if (!told) return;
        tell(run, told.step, `${run.label}, seed ${run.seed}: training error ${(100 * told.error).toFixed(2)} %`);
      },
    });
    if (missing.includes(one)) tell(run, stepsOf(run));
    return [run, found as TrainingRun];
  });
  for (const running of runs) running.catch((error) => stop.abort(error));
  // All are awaited, also when one fails and stops the others: each leaves its checkpoint.
  await Promise.allSettled(runs);
  return new Map(await Promise.all(runs));
}
