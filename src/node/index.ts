import "../wasm/inline.ts";

export { writeFileAtomic } from "./atomic-file.ts";
export { type RunDescription, readCheckpoint, removeCheckpoint, writeCheckpoint } from "./checkpoint.ts";
export { loadImages } from "./image-folder.ts";
export { loadData } from "./load-data.ts";
export { loadIdx, loadMnist, type MnistOptions, type Split } from "./mnist-files.ts";
export {
  isOurModel,
  modelFiles,
  readArtifacts,
  type WriteArtifactsOptions,
  writeArtifacts,
} from "./model-folder.ts";
export { loadNetwork, saveNetwork } from "./network-folder.ts";
export { OutputFolder, type OutputFolderOptions, outputFolder } from "./output-folder.ts";
export { resolveModel, shippedModels } from "./resolve-model.ts";
export { loadSafetensors } from "./safetensors-file.ts";
