export {
  compareDigests,
  compareMachine,
  type Digests,
  type GoldenFile,
  type MachineComparison,
  type MachineOptions,
  machineDigests,
} from "./machine.ts";
export { PARTS, type PartName } from "./parts.ts";
