/** The sets of images that a transfer feeds to the models: what the attack found, the same amplified, and noise. */
import {
  type AdversarialSet,
  amplify,
  countKeptAt8Bits,
  gaussianNoise,
  pooledDistortion,
  selectRows,
} from "../../analysis/index.ts";
import type { AttackResult } from "../../attacks/index.ts";
import { type Dataset, imageSize } from "../../data/index.ts";
import type { StudyModel } from "../study.ts";
import type { FedImages } from "./record.ts";

/** A set before it is fed. */
export type MadeSet = AdversarialSet &
  Pick<FedImages, "kind" | "keptAt8Bits" | "source" | "originals" | "truth" | "targets" | "found">;

/** The images made for one model, and the same with their change amplified to these distortions. */
export async function setsFor(
  { name, network }: StudyModel,
  { rows, targets, success: found }: AttackResult,
  { rows: originals, labels: truth, shape }: Dataset,
  amplifications: readonly number[],
  signal: AbortSignal | undefined,
): Promise<MadeSet[]> {
  const size = imageSize(shape);
  const from = pooledDistortion(selectRows(originals, size, found), selectRows(rows, size, found));
  const made = [
    { name, kind: "adversarial" as const, rows },
    ...amplifications.map((to) => {
      return { name: `${name} at ${to}`, kind: "amplified" as const, rows: amplify(originals, rows, { to, from }) };
    }),
  ];
  const sets: MadeSet[] = [];
  for (const set of made) {
    const keptAt8Bits = await countKeptAt8Bits(network, set.rows, targets, found, { signal });
    sets.push({ ...set, source: name, originals, truth, targets, found, keptAt8Bits });
  }
  return sets;
}

/** The images with Gaussian noise; `first` is the position of the first one in the whole set, whose noise it gets. */
export function noisySet(
  { rows: originals, labels: truth, shape }: Dataset,
  { std, seed, first }: { std: number; seed: number; first: number },
): MadeSet {
  const rows = gaussianNoise(originals, { std, seed, first: first * imageSize(shape) });
  return { name: `noise ${std}`, kind: "noise", rows, originals, truth };
}
