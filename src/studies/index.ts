export type { AttackExample, AttackRecord, Outcome } from "./attack/record.ts";
export { type AttackStudyOptions, attackStudy } from "./attack/study.ts";
export type { OptionValue, StudyOptions } from "./command.ts";
export type { Executor, Job, RunOptions } from "./executor.ts";
export { inProcess } from "./in-process.ts";
export { digestRecord, type Identified, type RecordHead, type RecordSeal, recordJson, type Timing } from "./record.ts";
export type { StudyData, StudyModel, StudyProgress, StudyRun } from "./study.ts";
