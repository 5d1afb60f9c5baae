export type { MinimalSummary } from "./attack/minimal.ts";
export type { AttackExample, AttackRecord, Outcome } from "./attack/record.ts";
export { type AttackStudyOptions, attackStudy } from "./attack/study.ts";
export type { AuditBaseline } from "./audit/baseline.ts";
export { auditBaseline } from "./audit/baseline.ts";
export type { AuditStudyOptions } from "./audit/options.ts";
export type {
  AuditBracket,
  AuditCheck,
  AuditClass,
  AuditComparison,
  AuditCorruption,
  AuditImage,
  AuditNorm,
  AuditProof,
  AuditRecord,
  ComparedWith,
  RobustShares,
  Spread,
} from "./audit/record.ts";
export { auditStudy } from "./audit/study.ts";
export type { Difference } from "./bench-attacks/optimality.ts";
export type {
  BenchAttacksRecord,
  BenchCell,
  BenchEntry,
  BenchNorm,
  BenchRun,
  Excess,
  LeftOut,
} from "./bench-attacks/record.ts";
export { type BenchAttacksStudyOptions, benchAttacksStudy, type KnownMinima } from "./bench-attacks/study.ts";
export type { CertifiedImage, CertifyRecord, CertifySummary } from "./certify/record.ts";
export { type CertifyStudyOptions, certifyStudy } from "./certify/study.ts";
export type { OptionValue, StudyOptions } from "./command.ts";
export type { Executor, Job, RunOptions } from "./executor.ts";
export type { Detector, FeatureErrors, FeatureKind, FeaturesRecord, ShapeMeasure } from "./features/record.ts";
export { type FeaturesStudyOptions, featuresStudy } from "./features/study.ts";
export { type InProcessOptions, inProcess } from "./in-process.ts";
export type {
  PaperModelUsed,
  PaperRecord,
  PaperRecordOptions,
  PaperResult,
} from "./paper/record.ts";
export { type PaperStudyOptions, paperStudy } from "./paper/study.ts";
export type {
  PocketBall,
  PocketDirections,
  PocketElsewhere,
  PocketImage,
  PocketsRecord,
} from "./pockets/record.ts";
export type { PocketQuestions } from "./pockets/settings.ts";
export { type PocketsStudyOptions, pocketsStudy } from "./pockets/study.ts";
export type {
  PreregisteredRecord,
  PreregisteredResult,
  PreregisteredRun,
  TestedHypothesis,
} from "./preregistered/record.ts";
export { type PreregisteredStudyOptions, preregisteredStudy } from "./preregistered/study.ts";
export {
  digestRecord,
  type Identified,
  type IdentifiedModel,
  type RecordHead,
  type RecordSeal,
  recordJson,
  type Timing,
} from "./record.ts";
export type { RobustAttack, RobustImage, RobustRecord } from "./robust/record.ts";
export { type RobustStudyOptions, robustStudy } from "./robust/study.ts";
export type { SparsitySearchRecord, SparsityTrial } from "./sparsity/record.ts";
export type { SparsitySettings } from "./sparsity/settings.ts";
export { type SparsitySearchOptions, sparsitySearchStudy } from "./sparsity/study.ts";
export type { StabilityImage, StabilityLayer, StabilityRecord } from "./stability/record.ts";
export { type StabilityStudyOptions, stabilityStudy } from "./stability/study.ts";
export type { StudyData, StudyModel, StudyProgress, StudyRun, StudySplits } from "./study.ts";
export type { FullBatchNote, MinibatchNote, ModelNote } from "./train/note.ts";
export type { TrainStudyOptions } from "./train/options.ts";
export { type TrainedModel, trainStudy } from "./train/study.ts";
export type { MeasuredTraining, TrainingRecord, TrainingSearchRecord } from "./training/record.ts";
export { type TrainingSearchOptions, trainingSearchStudy } from "./training/search-study.ts";
export { type TrainingStudyOptions, trainingStudy } from "./training/study.ts";
export type { FedImages, SetKind, SourceSummary, TransferRecord } from "./transfer/record.ts";
export { type TransferStudyModels, type TransferStudyOptions, transferStudy } from "./transfer/study.ts";
export {
  type AdjustedTest,
  type Between,
  type Measure,
  type SurveyRecord,
  type SurveyRow,
  type UnitsComparisonOptions,
  type UnitsGroup,
  type UnitsLine,
  type UnitsRecord,
  type UnitsStudyOptions,
  type UnitsTests,
  unitsStudy,
  unitsSurvey,
} from "./units/index.ts";
export type { RecordDifference } from "./verify/compare.ts";
export type { AskedRows } from "./verify/rows.ts";
export { type RecordVerification, type VerifyOptions, verifyRecord } from "./verify/verify.ts";
