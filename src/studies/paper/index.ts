export type {
  AttackFigures,
  PaperData,
  Split,
  StudiedModel,
  Study,
} from "./attacked.ts";
export { choices } from "./choices.ts";
export {
  type Claim,
  claims,
  compareWithPaper,
  type Difference,
  difference,
  type PaperComparison,
} from "./compare.ts";
export type { FedRow, TransferResult, Variant } from "./feed.ts";
export type {
  AnswerJob,
  AttackJob,
  LoadedModel,
  ModelJob,
  PaperExecutor,
  PaperJob,
} from "./jobs.ts";
export { PAPER_RECIPES, type PaperModel, paperModel, TABLE_1_MODELS, TABLE_3_MODELS } from "./models.ts";
export {
  DISTORTION_MODES,
  type DistortionMode,
  NOISE_MODES,
  type NoiseMode,
  PAPER_DEFAULTS,
  type PaperOptions,
  requirePaperOptions,
  type TableNumber,
} from "./options.ts";
export type { PaperModelUsed, PaperRecord, PaperRecordOptions, PaperResult } from "./record.ts";
export { REFERENCE } from "./reference.ts";
export { type MeasuredTables, modelsOf, type PaperResults, runPaper } from "./run.ts";
export { drawSample, type PaperTarget, parseTarget, type Sample, sampleTargets } from "./sample.ts";
export {
  isStudyOf,
  requireSeedStudy,
  type SeedStudy,
  type SeedVerdict,
  seedDifferences,
  seedIntervals,
  seedSpread,
  seedStudy,
  seedVerdicts,
} from "./seeds.ts";
export { type PaperStudyOptions, paperStudy } from "./study.ts";
export type { Table1Result } from "./table1.ts";
export { STRONG_NOISE } from "./table2.ts";
export type { Table3Result } from "./table3.ts";
export type { Table4Result } from "./table4.ts";
export { isDistortion, type PaperTables, type TransferTable, type TransferTableRow, tableCells } from "./tables.ts";
