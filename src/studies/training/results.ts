/** What the arms of the experiment on adversarial training come to: errors over seeds, and the robustness that each bought. */
import { pooledDistortion, type SeedInterval, seedInterval, selectRows } from "../../analysis/index.ts";
import { lbfgsAttack, targetLabels } from "../../attacks/index.ts";
import { failed } from "../../check.ts";
import type { Dataset } from "../../data/index.ts";
import { type Network, predictedClasses, rankingOf } from "../../model/index.ts";
import type { TrainingRun } from "../train/minibatch-run.ts";
import { settingsText, TRAINING_ARMS } from "./arms.ts";

/** The robustness of one trained network on some test images. */
export interface Robustness {
  /** Root mean square over all pixels of the smallest changes found that reach a random wrong label; null where none was found. */
  distortion: number | null;
  /** Images attacked: those answered rightly. */
  attacked: number;
  /** Share of the rival's adversarial images, of originals that this network answers rightly, which it answers wrongly. */
  transfer: number;
}

export interface MeasuredRun {
  arm: string;
  run: TrainingRun;
  robustness: Robustness;
}

/** Images that fool an independent network. */
export interface RivalImages {
  name: string;
  originals: Float32Array;
  rows: Float32Array;
  labels: Int32Array;
}

/** The images of a set on which the attack on a network succeeds, beside their originals. */
export async function rivalImages(name: string, network: Network, images: Dataset, seed: number): Promise<RivalImages> {
  const truth = Int32Array.from(images.labels);
  const labels = targetLabels("random", truth, { classes: network.classes, seed });
  const found = await lbfgsAttack(network, { rows: images.rows, labels, truth });
  const fooled = found.success;
  if (!fooled.includes(1)) failed(name, "a network that some of the images can fool", "none");
  const size = network.inputSize;
  return {
    name,
    originals: selectRows(images.rows, size, fooled),
    rows: selectRows(found.rows, size, fooled),
    labels: truth.filter((_, i) => fooled[i] === 1),
  };
}

export async function measureRobustness(
  network: Network,
  images: Dataset,
  rival: RivalImages,
  seed: number,
): Promise<Robustness> {
  const truth = Int32Array.from(images.labels);
  const labels = targetLabels("random", truth, { classes: network.classes, seed });
  const found = await lbfgsAttack(network, { rows: images.rows, labels, truth });
  const moved = found.success;
  const size = network.inputSize;
  const [clean, changed] = [rival.originals, rival.rows].map((rows) =>
    predictedClasses(rankingOf(network, rows), network.classes),
  ) as [Int32Array, Int32Array];
  const right = Array.from(rival.labels, (label, i) => ({ label, i })).filter(({ label, i }) => clean[i] === label);
  const fooled = right.filter(({ label, i }) => changed[i] !== label).length;
  return {
    distortion: moved.includes(1)
      ? pooledDistortion(selectRows(images.rows, size, moved), selectRows(found.rows, size, moved))
      : null,
    attacked: found.stop.filter((stop) => stop !== "misclassified").length,
    transfer: right.length === 0 ? 0 : fooled / right.length,
  };
}

/** One arm over its seeds. */
export interface ArmResult {
  arm: string;
  title: string;
  settings: string;
  /** The paper's test error, and what the mean over seeds is meant to stay under, as shares; both are MNIST's. */
  paper?: number;
  goal?: number;
  seeds: readonly number[];
  testError: SeedInterval;
  /** Mean cross-entropy, nats. */
  testLoss: SeedInterval;
  trainError: SeedInterval;
  /** Updates of the parameters that a run made. */
  updates: SeedInterval;
  /** Of the seeds where an attack succeeded; undefined where none did. */
  distortion?: SeedInterval;
  transfer: SeedInterval;
  /** Runs that did not end as "finished". */
  unfinished: number;
}

/** The arms for which there is a run, in the order of the experiment. */
export function armResults(measured: readonly MeasuredRun[], { isMnist }: { isMnist: boolean }): ArmResult[] {
  return TRAINING_ARMS.flatMap(({ name, title, paper, goal, recipe }) => {
    const own = measured.filter(({ arm }) => arm === name).sort((a, b) => a.run.seed - b.run.seed);
    if (own.length === 0) return [];
    const moved = own.flatMap(({ robustness: { distortion } }) => distortion ?? []);
    return [
      {
        arm: name,
        title,
        settings: settingsText(recipe),
        ...(isMnist && paper !== undefined && { paper }),
        ...(isMnist && goal !== undefined && { goal }),
        seeds: own.map(({ run }) => run.seed),
        testError: seedInterval(own.map(({ run }) => run.testError)),
        testLoss: seedInterval(own.map(({ run }) => run.testLoss)),
        trainError: seedInterval(own.map(({ run }) => run.trainError)),
        updates: seedInterval(own.map(({ run }) => run.steps)),
        ...(moved.length > 0 && { distortion: seedInterval(moved) }),
        transfer: seedInterval(own.map(({ robustness }) => robustness.transfer)),
        unfinished: own.filter(({ run }) => run.status !== "finished").length,
      },
    ];
  });
}
