/** `blindspot paper --experiment sparsity-search`: which settings of the sparse autoencoder serve AE400-10. */
import { digestDataset } from "../data/digest.ts";
import { sparsityFiles, sparsityText } from "../report/index.ts";
import type { SparsitySettings } from "../studies/sparsity/settings.ts";
import { type SparsitySearchOptions, sparsitySearchStudy } from "../studies/sparsity/study.ts";
import { sparsitySettings } from "./sparsity-settings.ts";
import { loadShared } from "./splits.ts";
import { type OutputFlags, runStudy } from "./study.ts";

export interface SparsityFlags extends SparsitySearchOptions, OutputFlags {
  data: string;
  workers?: number;
  checkpoint: number;
}

/** "3e-3/3/0.1,1e-3/3/0.1" */
export function parseSettings(text: string): SparsitySettings[] {
  return text.split(",").map((one) => sparsitySettings("--settings", one));
}

export async function paperSparsity({ settings, count, iterations, ...flags }: SparsityFlags): Promise<void> {
  const { data: name, workers, checkpoint } = flags;
  const dataset = await loadShared(`${name}:train`);
  await runStudy(flags, {
    name: "paper",
    asked: { experiment: "sparsity-search", data: await digestDataset(dataset) },
    ...(workers !== undefined && { workers }),
    saveSeconds: checkpoint,
    unit: "runs",
    keepsJournal: true,
    study: (run) =>
      sparsitySearchStudy(
        { dataset, name },
        {
          ...(settings && { settings }),
          ...(count !== undefined && { count }),
          ...(iterations !== undefined && { iterations }),
        },
        run,
      ),
    files: async (record) => sparsityFiles(record),
    text: sparsityText,
  });
}
