/**
 * Tables 1 to 4 from data and models. All jobs that do not wait for another are handed to the executor at once; what comes
 * back is put together here, in an order that does not depend on which was done first.
 */

import { type PaperData, type Study, study } from "./attacked.ts";
import type { TransferResult } from "./feed.ts";
import type { LoadedModel, ModelJob, PaperExecutor } from "./jobs.ts";
import { COST } from "./jobs.ts";
import { paperModel, TABLE_1_MODELS, TABLE_3_MODELS } from "./models.ts";
import { type PaperOptions, requirePaperOptions, type TableNumber } from "./options.ts";
import { type Table1Result, table1 } from "./table1.ts";
import { table2 } from "./table2.ts";
import { type Table3Result, table3 } from "./table3.ts";
import { type Table4Result, table4 } from "./table4.ts";

export interface MeasuredTables {
  table1?: Table1Result[];
  table2?: TransferResult;
  table3?: Table3Result[];
  table4?: Table4Result;
}

export interface PaperResults {
  options: PaperOptions;
  tables: MeasuredTables;
  /** The adversarial examples that the tables are made of: of training images, and of test images. */
  studies: Study[];
}

/** The models that these tables need. */
export function modelsOf(tables: readonly TableNumber[]): string[] {
  return [
    ...(tables.some((table) => table <= 2) ? TABLE_1_MODELS : []),
    ...(tables.some((table) => table >= 3) ? TABLE_3_MODELS : []),
  ];
}

/** Runs whatever the tables need. The same options, data and models give the same bits on every executor. */
export async function runPaper(
  given: Partial<PaperOptions>,
  data: PaperData,
  executor: PaperExecutor,
): Promise<PaperResults> {
  const options = requirePaperOptions(given);
  const { tables } = options;
  const models = startModels(modelsOf(tables), options.trainSeed, data.train.count, executor);
  const wants = (table: TableNumber) => tables.includes(table);
  const [first, second] = await Promise.all([
    wants(1) || wants(2) ? study(TABLE_1_MODELS, "train", data, options, models, executor) : undefined,
    wants(3) || wants(4) ? study(TABLE_3_MODELS, "test", data, options, models, executor) : undefined,
  ]);
  const [one, two, three, four] = await Promise.all([
    first && wants(1) ? table1(first, data, options.distortion, executor) : undefined,
    first && wants(2) ? table2(first, options, executor) : undefined,
    second && wants(3) ? table3(second, data, options.distortion, executor) : undefined,
    second && wants(4) ? table4(second, options, executor) : undefined,
  ]);
  return {
    options,
    tables: {
      ...(one && { table1: one }),
      ...(two && { table2: two }),
      ...(three && { table3: three }),
      ...(four && { table4: four }),
    },
    studies: [first, second].filter((found) => found !== undefined),
  };
}

/** Starts every model, the longest trainings first, so that the last thread to finish is not long alone. */
function startModels(
  names: readonly string[],
  seed: number,
  images: number,
  executor: PaperExecutor,
): Map<string, Promise<LoadedModel>> {
  const jobs = names.map((name): ModelJob => ({ kind: "model", recipe: paperModel(name).recipe, seed }));
  jobs.sort((a, b) => COST.model(b, images) - COST.model(a, images));
  const started = new Map<string, Promise<LoadedModel>>();
  for (const job of jobs) {
    const loading = executor.model(job);
    loading.catch(() => {}); // whoever waits for it learns of it
    started.set(job.recipe.name, loading);
  }
  return started;
}
