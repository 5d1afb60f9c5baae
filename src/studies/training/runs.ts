/** Runs of the experiments on training, on the workers of an executor: one that is finished is not made again. */
import type { Dataset } from "../../data/index.ts";
import type { MinibatchedRecipe } from "../../train/index.ts";
import type { Job } from "../executor.ts";
import { running, type StudyRun } from "../study.ts";
import type { TrainingRun } from "../train/minibatch-run.ts";

export interface WantedRun {
  /** For people. */
  label: string;
  recipe: MinibatchedRecipe;
  seed: number;
}

export interface RunsOptions {
  data: { train: Dataset; test: Dataset };
  /** Makes at most so many now; default all. */
  most?: number | undefined;
}

/** What the command of a record says where some runs are not made yet: with all of them the numbers would be others. */
export function partial(wanted: readonly WantedRun[], known: ReadonlyMap<WantedRun, TrainingRun>): { runs?: number } {
  return known.size < wanted.length ? { runs: known.size } : {};
}

/** Makes the runs that are missing; of those wanted, the finished ones. */
export async function makeRuns<Wanted extends WantedRun>(
  wanted: readonly Wanted[],
  { data: { train, test }, most = Number.POSITIVE_INFINITY }: RunsOptions,
  run: StudyRun,
): Promise<Map<Wanted, TrainingRun>> {
  const { executor, signal, tell: report } = running(run);
  const jobs = wanted.map((one) => {
    const { recipe, seed } = one;
    const job: Job<"trainingRun"> = {
      task: "trainingRun",
      input: { recipe, seed, train, test },
      items: 1,
      share: "single",
    };
    return { wanted: one, job };
  });
  const isKnown = await Promise.all(jobs.map(async ({ job }) => (await executor.known(job as Job)) > 0));
  const missing = jobs.filter((_, i) => !isKnown[i]).slice(0, most);
  const chosen = jobs.filter((one, i) => isKnown[i] || missing.includes(one));

  const stepsOf = ({ recipe: { minibatch } }: WantedRun) => minibatch.epochs * Math.ceil(train.count / minibatch.batch);
  const total = missing.reduce((sum, one) => sum + stepsOf(one.wanted), 0);
  const done = new Map<WantedRun, number>();
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const tell = (one: WantedRun, step: number, note?: string) => {
    done.set(one, step);
    const all = [...done.values()].reduce((sum, some) => sum + some, 0);
    report({ label: "training", done: all, total, unit: "steps", ...(note !== undefined && { note }) });
  };
  const runs = chosen.map(async (one): Promise<[Wanted, TrainingRun]> => {
    const { wanted: made, job } = one;
    const [found] = await executor.run(job, {
      signal: either,
      onProgress: (_, told) => {
        if (!told) return;
        tell(made, told.step, `${made.label}, seed ${made.seed}: training error ${(100 * told.error).toFixed(2)} %`);
      },
    });
    if (missing.includes(one)) tell(made, stepsOf(made));
    return [made, found as TrainingRun];
  });
  for (const one of runs) one.catch((error) => stop.abort(error));
  // All are awaited, also when one fails and stops the others: each saves its state.
  await Promise.allSettled(runs);
  return new Map(await Promise.all(runs));
}
