/**
 * The public names of `blindspot/node`: what needs files or threads. A name becomes public here, and in
 * test/public-names.test.ts; the folders' own indexes have more.
 *
 * @module blindspot/node
 */
import "./wasm/inline.ts";

export {
  type AttackedRow,
  type AttackSettings,
  attackOnWorkers,
  defaultWorkers,
  fitOnWorkers,
  Journal,
  type JournalOptions,
  layerBoundsOnWorkers,
  loadData,
  loadFashion,
  loadIdx,
  loadImages,
  loadMnist,
  loadNetwork,
  loadSafetensors,
  type MnistOptions,
  type OnWorkersOptions,
  openPool,
  type Plain,
  type Pool,
  type PoolOptions,
  type QueueOptions,
  Run,
  type RunDescription,
  type RunPlace,
  readCheckpoint,
  removeCheckpoint,
  resolveModel,
  type SharedModel,
  type Split,
  saveNetwork,
  shareArray,
  shareDataset,
  shareModel,
  shippedModels,
  unitImagesOnWorkers,
  type WorkersAttackOptions,
  type WriteArtifactsOptions,
  writeCheckpoint,
} from "./node/index.ts";
