/** `blindspot paper --experiment tables`: tables 1 to 4 of Szegedy et al. (2014). */
import { digestSplits } from "../data/digest.ts";
import { loadSeedStudy, loadShipped, requireMnist, requireShippedData, trainedModelFiles } from "../node/index.ts";
import { paperFiles, paperText } from "../report/index.ts";
import { type PaperOptions, paperStudy, requirePaperOptions } from "../studies/paper/index.ts";
import { UsageError } from "./options.ts";
import { loadSplits } from "./splits.ts";
import { type OutputFlags, runStudy } from "./study.ts";

export interface TablesFlags extends Omit<PaperOptions, "trainSeed" | "count">, OutputFlags {
  count?: number;
  data: string;
  models?: string;
  retrain?: boolean;
  iterations?: number;
  seeds?: number;
  workers?: number;
  checkpoint: number;
}

export async function paperTables(flags: TablesFlags): Promise<void> {
  const { data: name, models, retrain, iterations, seeds, workers, checkpoint } = flags;
  if (seeds === 1) throw new UsageError("--seeds: expected a whole number in [2, 100], got 1");
  const { trainSeed: _, ...options } = requirePaperOptions(choicesOf(flags));
  const data = await loadSplits(name);
  const digest = await digestSplits(data);
  if (name === "mnist") requireMnist(digest);
  if (!retrain) requireShippedData(name, digest, models);
  await runStudy(flags, {
    name: "paper",
    asked: {
      data: digest,
      ...options,
      tables: options.tables.join(),
      retrain: String(retrain === true),
      models: models ?? "shipped",
      iterations: iterations ?? "the model's",
      seeds: seeds ?? 1,
    },
    ...(workers !== undefined && { workers }),
    saveSeconds: checkpoint,
    study: (run) =>
      paperStudy(
        { ...data, name },
        {
          ...options,
          ...(!retrain && { loadModel: (model: string) => loadShipped(model, models) }),
          ...(models !== undefined && { models }),
          ...(iterations !== undefined && { iterations }),
          ...(seeds !== undefined && { seeds }),
          knownSeeds: (own) => loadSeedStudy(own),
        },
        run,
      ),
    async files(result) {
      const files = await paperFiles(result, data.train.shape);
      for (const { seed, ...trained } of result.trained) {
        const folder = `${seed === 0 ? "models" : `models/seed-${seed}`}/${trained.note.name}`;
        for (const [file, content] of trainedModelFiles(trained)) files.set(`${folder}/${file}`, content);
      }
      return files;
    },
    text: ({ record }) => paperText(record),
  });
}

/** The choices that the paper leaves open, as the flags say. */
function choicesOf(flags: TablesFlags): Partial<PaperOptions> {
  const { tables, count, target, effort, margin, seed, noise, amplification, distortion } = flags;
  return {
    ...{ tables, target, effort, margin, seed, noise, amplification, distortion },
    ...(count !== undefined && { count }),
  };
}
