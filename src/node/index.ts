import "../wasm/inline.ts";

export { type RunDescription, readCheckpoint, removeCheckpoint, writeCheckpoint } from "../jobs/checkpoint.ts";
export { Journal, type JournalOptions } from "../jobs/journal.ts";
export { defaultWorkers, openPool, type Pool, type PoolOptions } from "../jobs/pool.ts";
export type { QueueOptions } from "../jobs/queue/coordinator.ts";
export type { Plain } from "../jobs/record.ts";
export { Run, type RunPlace } from "../jobs/run.ts";
export { type SharedModel, shareArray, shareDataset, shareModel } from "../jobs/share.ts";
export { layerBoundsOnWorkers, type OnWorkersOptions, unitImagesOnWorkers } from "../studies/on-workers/analyses.ts";
export { attackOnWorkers, type WorkersAttackOptions, worthwhileWorkers } from "../studies/on-workers/attack.ts";
export { fitOnWorkers } from "../studies/on-workers/fit.ts";
export type { AttackedRow, AttackSettings } from "../studies/tasks/attack.ts";
export { writeFileAtomic } from "./atomic-file.ts";
export { loadImages } from "./image-folder.ts";
export { loadData } from "./load-data.ts";
export { loadFashion, loadIdx, loadMnist, type MnistOptions, type Split } from "./mnist-files.ts";
export {
  modelFiles,
  readArtifacts,
  type WriteArtifactsOptions,
  writeArtifacts,
} from "./model-folder.ts";
export { loadNetwork, saveNetwork } from "./network-folder.ts";
export { OutputFolder, type OutputFolderOptions, outputFolder } from "./output-folder.ts";
export type { OutputKind } from "./own-files.ts";
export { resolveModel, shippedModels } from "./resolve-model.ts";
export { lockRun } from "./run-lock.ts";
export { loadSafetensors } from "./safetensors-file.ts";
export { loadSeedStudy } from "./seed-study.ts";
export { requireMnist, requireShippedData } from "./shipped-data.ts";
export { loadShipped } from "./shipped-model.ts";
export { trainedModelFiles } from "./trained-model.ts";
