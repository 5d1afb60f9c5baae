import "../wasm/inline.ts";

export { layerBoundsOnWorkers, type OnWorkersOptions, unitImagesOnWorkers } from "./analysis-workers.ts";
export { writeFileAtomic } from "./atomic-file.ts";
export { attackOnWorkers, type WorkersAttackOptions, worthwhileWorkers } from "./attack-workers.ts";
export { type RunDescription, readCheckpoint, removeCheckpoint, writeCheckpoint } from "./checkpoint.ts";
export { loadImages } from "./image-folder.ts";
export { Journal, type JournalOptions } from "./journal.ts";
export { loadData } from "./load-data.ts";
export { loadFashion, loadIdx, loadMnist, type MnistOptions, type Split } from "./mnist-files.ts";
export {
  isOurModel,
  modelFiles,
  readArtifacts,
  type WriteArtifactsOptions,
  writeArtifacts,
} from "./model-folder.ts";
export { loadNetwork, saveNetwork } from "./network-folder.ts";
export { OutputFolder, type OutputFolderOptions, outputFolder } from "./output-folder.ts";
export { paperData, requireShippedData } from "./paper-data.ts";
export { PaperWorkers, type PaperWorkersOptions, type Training } from "./paper-executor.ts";
export { defaultWorkers, openPool, type Pool, type PoolOptions, type RunOptions } from "./pool.ts";
export type { Plain } from "./record.ts";
export { resolveModel, shippedModels } from "./resolve-model.ts";
export { lockRun } from "./run-lock.ts";
export { loadSafetensors } from "./safetensors-file.ts";
export { loadSeedStudy } from "./seed-study.ts";
export { type SharedModel, shareArray, shareDataset, shareModel } from "./share.ts";
export { loadShipped } from "./shipped-model.ts";
export type { AttackedImage, AttackSettings } from "./tasks/attack.ts";
