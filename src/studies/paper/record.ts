/** The record of the paper's tables: the tables, what they were made from, and how they compare with the paper. */
import { digestArrays, type NamedArrays } from "../../data/digest.ts";
import type { Identified, RecordHead, RecordSeal } from "../record.ts";
import type { FullBatchTraining } from "../train/full-batch.ts";
import type { TrainedModel } from "../train/study.ts";
import type { Study } from "./attacked.ts";
import type { PaperComparison } from "./compare.ts";
import type { PaperOptions } from "./options.ts";
import type { MeasuredTables } from "./run.ts";
import type { SeedStudy } from "./seeds.ts";
import { tableCells } from "./tables.ts";

/** A model of a run. */
export interface PaperModelUsed extends Identified {
  /** Whether its weights came with the package or were trained in this run. */
  origin: "shipped" | "trained";
}

/** The choices that the numbers follow from, and which models were trained. */
export type PaperRecordOptions = Pick<PaperOptions, keyof PaperOptions> & {
  /** Whether the models were trained anew. */
  retrain?: boolean;
  /** The folder that models were taken from. */
  models?: string;
  /** Iterations of training at most, where they were cut. */
  iterations?: number;
  /** Trainings of each model, where there were several. */
  seeds?: number;
};

/** The record of the paper's tables. */
export interface PaperRecord extends RecordHead<"paper">, RecordSeal {
  /** The choices that the numbers follow from. */
  options: PaperRecordOptions;
  /** The images. */
  data: Identified;
  /** The models of the tables. */
  models: readonly PaperModelUsed[];
  /** Our numbers. */
  tables: MeasuredTables;
  /** Our numbers beside the paper's. */
  comparison: PaperComparison;
  /** The same numbers over several trainings. */
  seeds?: SeedStudy;
}

/** A record, and what was made on the way to it. */
export interface PaperResult {
  /** The record. */
  record: PaperRecord;
  /** The images that were attacked, and what became of them with each model. */
  studies: readonly Study[];
  /** The models that were trained, each with its training seed. */
  trained: readonly (TrainedModel & Pick<FullBatchTraining, "seed">)[];
}

/** Every number of the tables by its id, as arrays of one: what the digest covers. */
export function paperArrays(tables: MeasuredTables): NamedArrays {
  return Object.fromEntries(
    Array.from(tableCells(tables), ([id, value]) => [id, { data: Float64Array.of(value), shape: [] }]),
  );
}

/** SHA-256 of the tables' numbers. */
export function paperDigest(tables: MeasuredTables): Promise<string> {
  return digestArrays(paperArrays(tables));
}
