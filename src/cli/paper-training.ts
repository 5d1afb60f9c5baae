/**
 * The experiment on adversarial training: runs one arm and seed after another, keeps each in a journal as soon as it is
 * finished, and goes on from there when it is called again, for as many runs or minutes as it is given.
 */
import process from "node:process";
import {
  Journal,
  loadData,
  type RunDescription,
  readCheckpoint,
  removeCheckpoint,
  writeCheckpoint,
} from "../node/index.ts";
import { armOf, SHARED, type TrainingRun, trainArm, trainingArms } from "../paper/training.ts";
import { digestArrays } from "../report/index.ts";
import type { MinibatchState } from "../train/index.ts";
import { startProgress } from "./progress.ts";
import { packageVersion } from "./run.ts";

export interface TrainingExperimentFlags {
  data: string;
  arms: readonly string[];
  seeds: number;
  epochs: number;
  /** Stops before a new run when so many have been made; undefined: all. */
  runs?: number;
  silent: boolean;
  /** Path of the journal; `.run` behind it is that of a checkpoint. */
  journal: string;
}

/** Every run that is known in the end, those of earlier calls first. */
export async function runTrainingExperiment(
  { data, arms, seeds, epochs, runs = Number.POSITIVE_INFINITY, silent, journal: path }: TrainingExperimentFlags,
  signal: AbortSignal,
): Promise<TrainingRun[]> {
  const train = await loadData(`${data}:train`);
  const test = await loadData(`${data}:test`);
  const description: RunDescription = {
    experiment: "training",
    version: packageVersion(),
    data: await digestArrays({ rows: { data: train.rows }, labels: { data: train.labels } }),
    epochs,
    shared: JSON.stringify(SHARED),
  };
  const known: TrainingRun[] = [];
  const journal = await Journal.open(path, description, {
    onRecord: (record) => known.push(record as unknown as TrainingRun),
  });
  try {
    const wanted = Array.from({ length: seeds }, (_, seed) => arms.map((arm) => ({ arm, seed }))).flat();
    let made = 0;
    for (const { arm: name, seed } of wanted) {
      if (known.some((run) => run.arm === name && run.seed === seed)) continue;
      if (made++ >= runs) break;
      const arm = armOf(name, train.count);
      const run: RunDescription = { ...description, arm: name, seed };
      const resume = await readCheckpoint<MinibatchState>(`${path}.run`, run).catch(() => undefined);
      const steps = epochs * Math.ceil(train.count / SHARED.batch);
      const progress = startProgress({ label: `${name}, seed ${seed}`, total: steps, unit: "steps", silent });
      try {
        const found = await trainArm(
          arm,
          seed,
          { train, test },
          {
            epochs,
            signal,
            ...(resume && { resume }),
            onProgress: ({ epoch, step, error }) =>
              progress.update(step, `epoch ${epoch + 1}, training error ${(100 * error).toFixed(2)} %`),
          },
        );
        if ("stopped" in found) {
          await writeCheckpoint(`${path}.run`, run, found.stopped);
          signal.throwIfAborted();
          continue;
        }
        await journal.append(found as never);
        await removeCheckpoint(`${path}.run`);
        known.push(found);
        if (!silent) {
          process.stderr.write(`${name}, seed ${seed}: test error ${(100 * found.testError).toFixed(2)} %\n`);
        }
      } finally {
        progress.stop();
      }
    }
    return known;
  } finally {
    await journal.close();
  }
}

export const TRAINING_ARMS: readonly string[] = trainingArms(1).map(({ name }) => name);
