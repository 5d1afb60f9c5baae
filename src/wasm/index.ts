export { Arena } from "./arena.ts";
export type { Border, Draw, History, Kernels, SolverKernels, Volume, Window } from "./kernels.ts";
export { initialize, kernelBytes, kernelModule } from "./module.ts";
export {
  type Block,
  type EntryPointer,
  type F32Pointer,
  type F64Pointer,
  type I32Pointer,
  type I64Pointer,
  NOWHERE,
  offset32,
  offset64,
} from "./pointers.ts";
export { Region } from "./region.ts";
export { type SolverWorkspace, solverWorkspace } from "./solver-workspace.ts";
export { Workspace } from "./workspace.ts";
