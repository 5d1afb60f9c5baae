/** The images that a command trains on and tests with. */
import type { Dataset } from "../data/index.ts";
import { loadData, shareDataset } from "../node/index.ts";

/** A set in memory that all threads see: no job copies it, and its SHA-256 is computed once. */
export async function loadShared(spec: string): Promise<Dataset> {
  return shareDataset(await loadData(spec));
}

/** Both splits of a set. */
export async function loadSplits(name: string): Promise<{ train: Dataset; test: Dataset }> {
  const train = await loadShared(`${name}:train`);
  return { train, test: await loadShared(`${name}:test`) };
}
