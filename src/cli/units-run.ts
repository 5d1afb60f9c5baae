/** What `blindspot units` needs with and without --survey: its images, its pool. */
import { outOfRange } from "../check.ts";
import { UNLABELLED } from "../data/index.ts";
import type { Network } from "../model/index.ts";
import { defaultWorkers, loadData, openPool, unitImagesOnWorkers } from "../node/index.ts";
import type { RankImages, UnitsData } from "../studies/units/index.ts";
import { selectImages } from "./attack-input.ts";
import { startProgress } from "./progress.ts";
import type { UnitsFlags } from "./units-options.ts";

/** The images that the flags select; where the set says nothing of them, labels are what the model answers. */
export async function labelledImages(network: Network, { data: name, first, count }: UnitsFlags): Promise<UnitsData> {
  const all = await loadData(name);
  const selected = selectImages(all, network, {
    data: name,
    first,
    count: count ?? all.count - first,
    truth: "labels",
  });
  const labelled = all.labels[0] === UNLABELLED ? "the model's own answers" : "of the set";
  return { ...selected, name, first, labelled };
}

/** Images of a row: ten, or all where there are fewer. */
export function topOf({ top, data }: UnitsFlags, count: number): number {
  if (top !== undefined && top > count) outOfRange("--top", `at most the ${count} images of ${data}`, `${top}`);
  return top ?? Math.min(10, count);
}

/** Runs a study that ranks images on the workers of a pool. */
export async function onPool<T>(
  { workers, json, quiet }: UnitsFlags,
  count: number,
  study: (rank: RankImages) => Promise<T>,
): Promise<T> {
  const pool = await openPool({ workers: workers ?? defaultWorkers() });
  try {
    return await study(async (network, layer, rows, options) => {
      const silent = json === true || quiet === true;
      const progress = startProgress({ label: `rank ${layer}`, total: count, unit: "images", silent });
      const onProgress = (done: number) => progress.update(done);
      try {
        return await unitImagesOnWorkers(pool, network, layer, rows, { ...options, onProgress });
      } finally {
        progress.stop();
      }
    });
  } finally {
    await pool.close();
  }
}
